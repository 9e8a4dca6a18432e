import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ActionId } from '../../shared/actions/index.ts'
import type { MessageKey, MessageParams } from '../../shared/i18n/index.ts'
import { AppCancel, type AppErrorData, toAppError } from '../../shared/kernel/index.ts'

/** Something to tell that has no place of its own in the window. */
export type Notice = { noticeId: number } & (
  | { kind: 'error'; error: AppErrorData }
  | { kind: 'done'; textKey: MessageKey; params: MessageParams; offer: ActionId | null }
)

export type Notices = {
  store: StoreApi<readonly Notice[]>
  tell(textKey: MessageKey, params?: MessageParams, offer?: ActionId): void
  /** Shows a failure. Cancelling is not failing and shows nothing. */
  tellError(error: unknown): void
  dismiss(noticeId: number): void
}

const LARGEST_COUNT = 4

export const createNotices = (): Notices => {
  const store = createStore<readonly Notice[]>(() => [])
  let lastId = 0
  const add = (notice: Notice): void => store.setState((known) => [...known, notice].slice(-LARGEST_COUNT), true)
  return {
    store,
    tell(textKey, params = {}, offer) {
      lastId += 1
      add({ noticeId: lastId, kind: 'done', textKey, params, offer: offer ?? null })
    },
    tellError(error) {
      if (error instanceof AppCancel) return
      lastId += 1
      add({ noticeId: lastId, kind: 'error', error: toAppError(error).toData() })
    },
    dismiss(noticeId) {
      store.setState((known) => known.filter((notice) => notice.noticeId !== noticeId), true)
    },
  }
}
