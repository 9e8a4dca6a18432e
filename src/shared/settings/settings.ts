import { z } from 'zod'
import { audioOutputKindSchema } from '../audio/index.ts'
import { deviceWishSchema } from '../device/index.ts'
import { engineIdSchema } from '../kernel/index.ts'
import { installedModelIdSchema } from '../model/index.ts'

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
  /** The installed model that the local engine speaks with; null: none was chosen. */
  localModelId: installedModelIdSchema.nullable().default(null),
  localDevice: deviceWishSchema.default('automatic'),
  /** `resident`: the whole model stays in memory. `staged`: one part at a time, slower, in little more than half of it. */
  localMemory: z.enum(['resident', 'staged']).default('resident'),
  /** `streamed`: heard while it is thought of. `whole`: the fewest steps for a line, heard piece by piece. */
  localSpeaking: z.enum(['streamed', 'whole']).default('whole'),
  /** Euler steps of the flow. */
  localSteps: z.number().int().min(1).max(100).default(10),
  /** Lines at the same time, each in a process of its own: more lines in an hour, each of them later, in as much memory again. */
  localLines: z.number().int().min(1).max(8).default(1),
  /** Folder of the models; null: beside the library. */
  modelsDirectory: z.string().max(4096).nullable().default(null),
  exportFolder: z.string().max(4096).nullable().default(null),
  /** Nothing is sent or fetched: no engine elsewhere, no download. */
  staysOffline: z.boolean().default(false),
})
export type Settings = z.output<typeof settingsSchema>

const { shape } = settingsSchema

/** What is to be different; the rest stays. (`settingsSchema.partial()` would set what is left out back to its preset.) */
export const settingsChangeSchema = z.object({
  language: shape.language.unwrap().optional(),
  theme: shape.theme.unwrap().optional(),
  zoomFactor: shape.zoomFactor.unwrap().optional(),
  audioOutput: shape.audioOutput.unwrap().optional(),
  audioDeviceName: shape.audioDeviceName.unwrap().optional(),
  defaultEngineId: shape.defaultEngineId.unwrap().optional(),
  localModelId: shape.localModelId.unwrap().optional(),
  localDevice: shape.localDevice.unwrap().optional(),
  localMemory: shape.localMemory.unwrap().optional(),
  localSpeaking: shape.localSpeaking.unwrap().optional(),
  localSteps: shape.localSteps.unwrap().optional(),
  localLines: shape.localLines.unwrap().optional(),
  modelsDirectory: shape.modelsDirectory.unwrap().optional(),
  exportFolder: shape.exportFolder.unwrap().optional(),
  staysOffline: shape.staysOffline.unwrap().optional(),
} satisfies Record<keyof Settings, z.ZodType>)
export type SettingsChange = z.output<typeof settingsChangeSchema>
