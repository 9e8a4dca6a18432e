/**
 * Why a model cannot be used, where that is a sentence of our own: `params.reason` of `model.*` and `checkpoint.*` errors. Each
 * has a text `reason.<name>` in every catalogue, which mentions further params. Whatever else is given as a reason, e.g. what
 * a library said, is shown as it is.
 */
export const REASONS = [
  'cannot-be-read',
  'checksum-differs',
  'compressed',
  'empty',
  'ends-early',
  'foreign-file',
  'git-lfs-pointer',
  'index-damaged',
  'mixed-versions',
  'no-checkpoint',
  'no-pack',
  'no-pytorch-archive',
  'no-tensors',
  'not-a-file',
  'not-as-written',
  'not-in-checkpoint',
  'not-json',
  'not-there',
  'old-pytorch',
  'size-differs',
  'tensor-damaged',
] as const
export type Reason = (typeof REASONS)[number]

export const isReason = (text: unknown): text is Reason => REASONS.some((reason) => reason === text)
