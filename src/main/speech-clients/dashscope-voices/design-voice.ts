import { z } from 'zod'
import { type DashscopeDesign, dashscopeDesignSchema } from '../../../shared/endpoint/index.ts'
import { audioKindOf, createPcmAssembler, RemoteFailure } from '../../remote/index.ts'
import { decodeBase64 } from '../base64.ts'
import { type CreatedVoice, checked, checkRegion, requestVoice, voiceIdOf } from './create-voice.ts'
import { makeOnce } from './make-once.ts'
import type { ServiceAnswer, VoiceServiceDeps } from './voice-service.ts'

/** What the voice said, mono. */
export type VoicePreview = { readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }

export type DesignedVoice = CreatedVoice & {
  /** Null where it did not come whole; why is a warning. */
  readonly preview: VoicePreview | null
  readonly warnings: readonly { readonly field: string; readonly reason: string }[]
}

export type DesignAsked = DashscopeDesign & { readonly knownVoiceIds?: ReadonlySet<string> }

const PREVIEW_RATE_HZ = 24_000
const previewSchema = z.object({ data: z.string().min(1) })

const previewOf = ({ output }: ServiceAnswer): VoicePreview | { readonly reason: string } => {
  const preview = previewSchema.safeParse(output.preview_audio)
  if (!preview.success) return { reason: 'not-sent' }
  const bytes = decodeBase64(preview.data.data)
  if (!bytes) return { reason: 'cut-short' }
  if (audioKindOf(bytes) !== 'wav') return { reason: 'not-a-wav' }
  try {
    const assembler = createPcmAssembler(PREVIEW_RATE_HZ)
    const pcm = assembler.push(bytes)
    if (pcm.length === 0 || assembler.isOdd) return { reason: 'cut-short' }
    return { pcm, sampleRateHz: assembler.sampleRateHz }
  } catch (error) {
    if (error instanceof RemoteFailure) return { reason: 'unreadable' }
    throw error
  }
}

/**
 * Makes a voice from words, and lets it be heard. The same words make another voice each time.
 * @throws RemoteFailure; AppCancel, after which the voice may have been made
 */
export const designVoice = async (
  deps: VoiceServiceDeps,
  asked: DesignAsked,
  signal: AbortSignal,
): Promise<DesignedVoice> => {
  const { targetModel, prefix, voicePrompt, previewText, language } = checked(dashscopeDesignSchema, asked)
  checkRegion(deps, targetModel)
  const request = {
    action: 'create_voice',
    input: {
      target_model: targetModel,
      prefix,
      voice_prompt: voicePrompt,
      preview_text: previewText,
      ...(language !== null && { language_hints: [language] }),
    },
    parameters: { sample_rate: PREVIEW_RATE_HZ, response_format: 'wav' },
    secrets: [voicePrompt, previewText],
  }
  const { answer, adopted } = await makeOnce(
    deps,
    {
      targetModel,
      prefix,
      isDesigned: true,
      knownVoiceIds: asked.knownVoiceIds ?? new Set(),
    },
    () => requestVoice(deps, request, signal),
    signal,
  )
  const heard = answer ? previewOf(answer) : { reason: 'answer-lost' }
  return {
    voiceId: adopted ? adopted.voiceId : voiceIdOf(answer),
    targetModel,
    requestId: answer?.requestId ?? null,
    isAdopted: adopted !== undefined,
    preview: 'pcm' in heard ? heard : null,
    warnings: 'pcm' in heard ? [] : [{ field: 'preview', reason: heard.reason }],
  }
}
