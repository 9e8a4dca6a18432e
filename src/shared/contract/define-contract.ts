import type { z } from 'zod'

export type CommandRow<Input extends z.ZodType, Output extends z.ZodType> = {
  kind: 'command'
  input: Input
  output: Output
}
export type EventRow<Payload extends z.ZodType> = { kind: 'event'; payload: Payload }
export type JobRow<
  Input extends z.ZodType,
  Progress extends z.ZodType,
  Item extends z.ZodType,
  Output extends z.ZodType,
> = {
  kind: 'job'
  input: Input
  progress: Progress
  item: Item
  output: Output
}

/** Ask and get an answer. */
export const command = <Input extends z.ZodType, Output extends z.ZodType>(row: {
  input: Input
  output: Output
}): CommandRow<Input, Output> => ({ kind: 'command', ...row })

/** Main tells every window that something changed: past tense, ids rather than payloads. */
export const event = <Payload extends z.ZodType>(payload: Payload): EventRow<Payload> => ({ kind: 'event', payload })

/** Anything a person could wait for, watch or cancel: progress and items, then exactly one of done, failed, cancelled. */
export const job = <
  Input extends z.ZodType,
  Progress extends z.ZodType,
  Item extends z.ZodType,
  Output extends z.ZodType,
>(row: {
  input: Input
  progress: Progress
  item: Item
  output: Output
}): JobRow<Input, Progress, Item, Output> => ({ kind: 'job', ...row })

type AnyRow =
  | CommandRow<z.ZodType, z.ZodType>
  | EventRow<z.ZodType>
  | JobRow<z.ZodType, z.ZodType, z.ZodType, z.ZodType>
export type Contract = { readonly [channel: string]: AnyRow }

export const defineContract = <Table extends Contract>(table: Table): Table => table

type ChannelOf<Table extends Contract, Kind extends AnyRow['kind']> = {
  [Channel in keyof Table]: Table[Channel]['kind'] extends Kind ? Channel : never
}[keyof Table] &
  string

export type CommandChannel<Table extends Contract> = ChannelOf<Table, 'command'>
export type EventChannel<Table extends Contract> = ChannelOf<Table, 'event'>
export type JobChannel<Table extends Contract> = ChannelOf<Table, 'job'>

type Part<Table extends Contract, Channel extends keyof Table, Name extends string> =
  Table[Channel] extends Record<Name, infer Schema extends z.ZodType> ? z.output<Schema> : never
/** What a caller passes, before parsing. */
export type InputOf<Table extends Contract, Channel extends keyof Table> = Table[Channel] extends {
  input: infer Schema extends z.ZodType
}
  ? z.output<Schema>
  : never
export type OutputOf<Table extends Contract, Channel extends keyof Table> = Part<Table, Channel, 'output'>
export type ProgressOf<Table extends Contract, Channel extends keyof Table> = Part<Table, Channel, 'progress'>
export type ItemOf<Table extends Contract, Channel extends keyof Table> = Part<Table, Channel, 'item'>
export type PayloadOf<Table extends Contract, Channel extends keyof Table> = Part<Table, Channel, 'payload'>

/** What a job's handler may say while it runs. */
export type JobReporter<Progress, Item, Signal> = {
  signal: Signal
  progress(progress: Progress): void
  item(item: Item): void
}

/** The handlers that main owes the contract, by channel. `Signal` is the platform's AbortSignal, unknown to pure code. */
export type Handlers<Table extends Contract, Channels extends keyof Table, Signal> = {
  [Channel in Channels & (CommandChannel<Table> | JobChannel<Table>)]: Table[Channel]['kind'] extends 'command'
    ? (input: InputOf<Table, Channel>) => OutputOf<Table, Channel> | Promise<OutputOf<Table, Channel>>
    : (
        input: InputOf<Table, Channel>,
        job: JobReporter<ProgressOf<Table, Channel>, ItemOf<Table, Channel>, Signal>,
      ) => Promise<OutputOf<Table, Channel>>
}
