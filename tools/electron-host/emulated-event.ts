/** An event whose default an app's listener may prevent. */
export type PreventableEvent<Details extends object = object> = Details & {
  defaultPrevented: boolean
  preventDefault(): void
}

export function makeEvent<Details extends object = object>(details?: Details): PreventableEvent<Details> {
  const event = {
    ...(details as Details),
    defaultPrevented: false,
    preventDefault() {
      event.defaultPrevented = true
    },
  }
  return event
}
