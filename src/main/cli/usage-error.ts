import { AppError } from '../../shared/kernel/index.ts'

/** An option is missing, or is another one than is wanted. */
export const usageError = (detail: string): AppError =>
  new AppError('usage.invalid', { params: { detail }, remedies: ['see-help'] })
