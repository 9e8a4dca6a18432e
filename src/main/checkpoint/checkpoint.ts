/** How the numbers of a tensor are stored. All are handed out as f32. */
export type TensorDtype = 'f64' | 'f32' | 'f16' | 'bf16' | 'i64' | 'i32' | 'i16' | 'i8' | 'u8' | 'bool'

/** A tensor as the file names it; an empty shape is a single number. */
export type CheckpointTensor = {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: TensorDtype
}

/** An open checkpoint file. Tensors are read on request, rows at a time; the file is never held whole. */
export interface Checkpoint extends AsyncDisposable {
  /** Base name of the file, for messages. */
  readonly fileName: string
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>
  /**
   * The whole tensor as f32, row-major, whatever its dtype, strides and offset in the file. Integers beyond 2^24 are rounded.
   * @throws AppError `checkpoint.missing-tensor` | `checkpoint.unreadable`
   */
  read(name: string): Promise<Float32Array<ArrayBuffer>>
  /**
   * Rows [fromRow, toRow) of the first dimension as f32, row-major; costs memory for those rows alone.
   * @throws AppError `checkpoint.missing-tensor` | `checkpoint.unreadable`
   */
  readRows(name: string, fromRow: number, toRow: number): Promise<Float32Array<ArrayBuffer>>
}
