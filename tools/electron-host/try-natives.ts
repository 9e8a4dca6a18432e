// Tries each native module once where it hands memory to JavaScript. Run by check-natives.ts under the memory cage.
import assert from 'node:assert/strict'
import Database from 'better-sqlite3'
import { AV_CHANNEL_ORDER_NATIVE, AV_SAMPLE_FMT_FLT, FilterAPI, Frame, Rational } from 'node-av'
import { InferenceSession, Tensor } from 'onnxruntime-node'

function trySqlite(): void {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE take (bytes BLOB) STRICT')
  const bytes = Buffer.from([1, 2, 3])
  database.prepare('INSERT INTO take VALUES (?)').run(bytes)
  assert.deepEqual(database.prepare('SELECT bytes FROM take').pluck().get(), bytes)
  assert.ok(database.serialize().length > 0)
  database.close()
}

/** Field of a protocol buffer: number, and bytes or a small integer. */
const field = (number: number, value: number | Buffer): Buffer =>
  typeof value === 'number'
    ? Buffer.from([number << 3, value])
    : Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value])
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields)
const text = (value: string): Buffer => Buffer.from(value)

/** A graph of one node, y = Identity(x) over one float. @source onnx/onnx onnx/onnx.proto */
function identityModel(): Buffer {
  const shape = message(field(1, message(field(1, 1))))
  const floats = field(1, message(field(1, 1), field(2, shape)))
  const value = (name: string): Buffer => message(field(1, text(name)), field(2, floats))
  const node = message(field(1, text('x')), field(2, text('y')), field(4, text('Identity')))
  const graph = message(field(1, node), field(2, text('g')), field(11, value('x')), field(12, value('y')))
  return message(field(1, 8), field(7, graph), field(8, message(field(2, 13))))
}

async function tryOnnxRuntime(): Promise<void> {
  const session = await InferenceSession.create(identityModel())
  const { y } = await session.run({ x: new Tensor('float32', [0.5], [1]) })
  assert.deepEqual(y?.data, new Float32Array([0.5]))
}

function tryFfmpeg(): void {
  const SAMPLES = 480
  const frame = new Frame()
  frame.alloc()
  frame.nbSamples = SAMPLES
  frame.format = AV_SAMPLE_FMT_FLT
  frame.sampleRate = 24_000
  frame.channelLayout = { nbChannels: 1, order: AV_CHANNEL_ORDER_NATIVE, mask: 4n }
  frame.timeBase = new Rational(1, 24_000)
  assert.equal(frame.getBuffer(), 0)
  frame.fromBuffer(Buffer.from(new Float32Array(SAMPLES).fill(0.25).buffer))
  frame.pts = 0n
  using graph = FilterAPI.create('volume=2.0')
  const [louder] = [...graph.processAllSync(frame), ...graph.flushFramesSync()]
  assert.equal(louder?.data?.[0]?.readFloatLE(0), 0.5)
}

trySqlite()
console.log('better-sqlite3 works without external buffers')
await tryOnnxRuntime()
console.log('onnxruntime-node works without external buffers')
tryFfmpeg()
console.log('node-av works without external buffers')
