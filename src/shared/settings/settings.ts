import { z } from 'zod'
import { audioOutputKindSchema } from '../audio/index.ts'
import { engineIdSchema } from '../kernel/index.ts'

/** What a person prefers; kept beside the library, read with a preset for every field. */
export const settingsSchema = z.object({
  language: z.enum(['system', 'en', 'zh-Hans']).default('system'),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  zoomFactor: z.number().min(0.5).max(3).default(1),
  /** `auto`: PortAudio where it passes its self-test, else web audio. */
  audioOutput: z.union([z.literal('auto'), audioOutputKindSchema]).default('auto'),
  /** Name of the chosen device; null: the system's own choice. */
  audioDeviceName: z.string().max(300).nullable().default(null),
  defaultEngineId: engineIdSchema.default(engineIdSchema.parse('draft')),
  exportFolder: z.string().max(4096).nullable().default(null),
})
export type Settings = z.output<typeof settingsSchema>
