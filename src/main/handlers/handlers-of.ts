import type { AppContract, CommandChannel, Handlers, JobChannel } from '../../shared/contract/index.ts'

/** Every channel that main answers. */
export type AnsweredChannel = CommandChannel<AppContract> | JobChannel<AppContract>

/** The handlers of some channels of the app's contract, or of all. */
export type HandlersOf<Channels extends AnsweredChannel = AnsweredChannel> = Handlers<
  AppContract,
  Channels,
  AbortSignal
>
