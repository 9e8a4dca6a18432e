import { createMintId } from '../../shared/kernel/index.ts'

/** New ids for what is made in the window. */
export const mintId = createMintId((count) => crypto.getRandomValues(new Uint8Array(count)))
