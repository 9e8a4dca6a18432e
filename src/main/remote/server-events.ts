import { createParser } from 'eventsource-parser'

export type ServerEvent = { readonly event: string | undefined; readonly data: string }

/** Events of a `text/event-stream`, as its pieces come; several data lines of one event are joined by line feeds. */
export async function* serverEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const waiting: ServerEvent[] = []
  const decoder = new TextDecoder()
  const parser = createParser({ onEvent: ({ event, data }) => waiting.push({ event, data }) })
  for await (const piece of pieces) {
    parser.feed(decoder.decode(piece, { stream: true }))
    yield* waiting.splice(0)
  }
  parser.feed(`${decoder.decode()}\n\n`)
  yield* waiting.splice(0)
}
