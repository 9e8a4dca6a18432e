import { checkDashscopeSample, checkEasSample, type SampleCheck } from '../../../shared/endpoint/index.ts'
import { AppError, type Remedy } from '../../../shared/kernel/index.ts'
import type { RecordingReport } from '../../../shared/voice/index.ts'
import type { Recording } from './remote-setup.ts'

export type SampleRule =
  | ReturnType<typeof checkDashscopeSample>['problems'][number]['rule']
  /** The service wants to know what is said in it. */
  | 'no-transcript'

/** As the texts of errors choose by it. */
export const asParameter = (rule: string): string =>
  rule.replaceAll(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase())

const unfit = (rule: SampleRule, measured: number, limit: number): AppError => {
  const remedies: Remedy[] = rule === 'no-transcript' ? [] : ['choose-another-voice']
  // What lies beyond a limit never reads as the limit itself.
  const round = measured < limit ? Math.floor : Math.ceil
  return new AppError('cloud.sample-unfit', {
    params: { rule: asParameter(rule), measured: round(measured * 100) / 100, threshold: limit },
    remedies,
  })
}

/** @throws AppError `cloud.sample-unfit`: the first rule of DashScope that a recording breaks */
export const requireDashscopeSample = (report: RecordingReport, sizeBytes: number): void =>
  refuseFirst(checkDashscopeSample(report, sizeBytes))

/** @throws AppError `cloud.sample-unfit`: what PAI-EAS could not use a recording for */
export const requireEasSample = (report: RecordingReport, sizeBytes: number): void =>
  refuseFirst(checkEasSample(report, sizeBytes))

const refuseFirst = ({ problems: [problem] }: SampleCheck): void => {
  if (problem) throw unfit(problem.rule, problem.measured, problem.limit)
}

/** @returns the words of a recording @throws AppError `cloud.sample-unfit` where nobody knows them */
export const requireTranscript = ({ transcript }: Recording): string => {
  if (transcript !== null && transcript.trim() !== '') return transcript
  throw unfit('no-transcript', 0, 0)
}
