import type { CosyBridge } from '../../shared/contract/index.ts'

declare global {
  interface Window {
    /** Put there by preload. */
    readonly cosy: CosyBridge
  }
}
