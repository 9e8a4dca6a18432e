export type { Checkpoint, CheckpointTensor, TensorDtype } from './checkpoint.ts'
export { openCheckpoint } from './open-checkpoint.ts'
