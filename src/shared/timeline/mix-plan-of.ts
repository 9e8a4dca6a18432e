import type { MixPlan } from '../audio/index.ts'
import type { Project } from '../project/index.ts'
import type { Arrangement } from './arrange.ts'

/** The arrangement with the tracks' levels: muted tracks are left out, and where any track is solo, all that are not. */
export const mixPlanOf = (project: Project, arrangement: Arrangement): MixPlan => {
  const tracks = [...project.tracks.values()]
  const anySolo = tracks.some((track) => track.isSolo)
  return {
    sampleRateHz: project.settings.sampleRateHz,
    durationSamples: arrangement.durationSamples,
    clips: [...arrangement.clips],
    tracks: tracks
      .filter((track) => (anySolo ? track.isSolo : !track.isMuted))
      .map(({ trackId, gainDb, pan }) => ({ trackId, gainDb, pan })),
  }
}
