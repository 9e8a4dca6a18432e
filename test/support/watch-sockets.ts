import { createHook } from 'node:async_hooks'
import { appendFileSync } from 'node:fs'

// Loaded before everything else (`--import`): writes down every way to a network that this process and its children take.
// Node makes one of these objects for each connection, for each name that is looked up and for each datagram, whichever
// library asks.
// @source nodejs.org/api/async_hooks.html, type
const WAYS = new Set([
  'TCPCONNECTWRAP',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'QUERYWRAP',
  'UDPWRAP',
  'UDPSENDWRAP',
])
const file = process.env.COSY_SOCKETS_SEEN

if (file !== undefined)
  createHook({
    init: (_id, type) => {
      if (WAYS.has(type)) appendFileSync(file, `${JSON.stringify({ seen: type })}\n`)
    },
  }).enable()
