import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { MessageChannelMain, type MessagePortMain, type PortMessage, PortTransport } from './ports.ts'

const nextMessage = async (port: MessagePortMain): Promise<{ data: unknown; ports: MessagePortMain[] }> => {
  const message = once(port, 'message')
  port.start()
  return (await message)[0]
}

/** A transport that only notes what it would send. */
const recordingTransport = (): { transport: PortTransport; sent: PortMessage[] } => {
  const sent: PortMessage[] = []
  return { transport: new PortTransport((message) => sent.push(message)), sent }
}

describe('message ports', () => {
  it('queue until started, then carry copies', async () => {
    const { port1, port2 } = new MessageChannelMain()
    const block = { samples: new Float32Array([1, 2]) }
    port1.postMessage(block)
    block.samples[0] = 9
    expect((await nextMessage(port2)).data).toStrictEqual({ samples: new Float32Array([1, 2]) })
  })

  it('carry other ports', async () => {
    const outer = new MessageChannelMain()
    const inner = new MessageChannelMain()
    outer.port1.postMessage('here', [inner.port2])
    const { ports } = await nextMessage(outer.port2)
    inner.port1.postMessage('through')
    expect((await nextMessage(ports[0] as MessagePortMain)).data).toBe('through')
  })

  it('relay to a transport, what was queued first', () => {
    const { transport, sent } = recordingTransport()
    const { port1, port2 } = new MessageChannelMain()
    port1.postMessage('early')
    const [id] = transport.lend([port2])
    port1.postMessage('late')
    expect(sent).toEqual([
      { kind: 'port-message', id, data: 'early', ports: [] },
      { kind: 'port-message', id, data: 'late', ports: [] },
    ])
    expect(() => port2.postMessage('no')).toThrow('transferred')
  })

  it('become local again when a transport sends one back', async () => {
    const { transport } = recordingTransport()
    const local = transport.borrow('page-1')
    transport.receive({ kind: 'port-message', id: 'page-1', data: 'from the page', ports: [] })
    expect((await nextMessage(local)).data).toBe('from the page')
  })

  it('close at both ends, also when a transport dies', async () => {
    const { port1, port2 } = new MessageChannelMain()
    const closed = once(port2, 'close')
    port1.close()
    await closed

    const { transport, sent } = recordingTransport()
    const other = new MessageChannelMain()
    transport.lend([other.port2])
    const lost = once(other.port1, 'close')
    transport.drop()
    await lost
    expect(sent).toEqual([])
  })

  it('tell a transport when the local end closes', async () => {
    const { transport, sent } = recordingTransport()
    const { port1, port2 } = new MessageChannelMain()
    const [id] = transport.lend([port2])
    port1.close()
    await Promise.resolve()
    expect(sent).toEqual([{ kind: 'port-close', id }])
  })
})
