import { z } from 'zod'

/** What ONNX Runtime can compute with; its own names. `cpu` is the processor, every other one a device. */
export const providerSchema = z.enum(['cpu', 'cuda', 'tensorrt', 'dml', 'coreml', 'webgpu'])
export type ProviderId = z.output<typeof providerSchema>

/** What a person asked for; `automatic` is the fastest device that was proved, or the processor. */
export const deviceWishSchema = z.union([z.literal('automatic'), providerSchema])
export type DeviceWishId = z.output<typeof deviceWishSchema>

/**
 * What can be said of a provider before it is tried.
 * - `ready`: nothing is missing that the app knows of
 * - `installable`: its libraries can be fetched
 * - `incomplete`: something is missing that the app does not fetch; `missing` says what
 * - `absent`: this platform has none, ever
 */
export const providerFactsSchema = z.object({
  provider: providerSchema,
  /** As its maker writes it; the same in every language. */
  name: z.string(),
  state: z.enum(['ready', 'installable', 'incomplete', 'absent']),
  /** Products and libraries by name, in no language: 'NVIDIA driver 525.60.13', 'libcudnn.so.9'. */
  missing: z.array(z.string()).readonly(),
})
export type ProviderFactsView = z.output<typeof providerFactsSchema>
