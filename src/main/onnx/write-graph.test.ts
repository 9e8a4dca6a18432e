import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { readOnnx, usesBeforeDefinition } from '../../../test/support/read-onnx.ts'
import { noTestDiskReason, smallDisk, temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { float32Of, networkTensor, openNetwork, openNetworkFrom } from '../cosyvoice/index.ts'
import {
  buildGraph,
  encodeGraph,
  graphFiles,
  graphSizeBytes,
  type OnnxGraph,
  type TensorSpec,
  type TensorType,
  writeGraph,
} from './index.ts'

const quiet = { signal: new AbortController().signal, onBytes: () => undefined }
const numbers = (count: number): Float32Array<ArrayBuffer> => Float32Array.from({ length: count }, (_, i) => i - 0.5)

const DATA: Readonly<Record<TensorType, ArrayBufferView>> = {
  float32: Float32Array.of(0.5, -2, 3),
  uint8: Uint8Array.of(1, 2, 255),
  int8: Int8Array.of(1, -2, 127),
  int32: Int32Array.of(1, -2, 3),
  int64: BigInt64Array.of(1n, -2n, 3n),
  bool: Uint8Array.of(1, 0, 1),
  float16: new Float16Array([0.5, -2, 3]),
}
const TYPES = Object.keys(DATA) as TensorType[]
const MEANT: Readonly<Record<TensorType, readonly number[]>> = {
  float32: [0.5, -2, 3],
  uint8: [1, 2, 255],
  int8: [1, -2, 127],
  int32: [1, -2, 3],
  int64: [1, -2, 3],
  bool: [1, 0, 1],
  float16: [0.5, -2, 3],
}

/** x plus a weight of each type, which lie in two groups. */
const everyType = (name: string): OnnxGraph =>
  buildGraph(name, (g) => {
    const x = g.input('x', 'float32', [3])
    const spec = (type: TensorType): TensorSpec => ({ name: `w.${type}`, type, dims: [3] })
    const groups = [TYPES.slice(0, 3), TYPES.slice(3)]
    const weights = groups.flatMap((types) => g.weights(types.map(spec), async () => types.map((type) => DATA[type])))
    for (const [index, weight] of weights.entries())
      g.output(`y.${TYPES[index]}`, g.op('Add', [x, g.op('Cast', [weight], { to: 1 })]), 'float32', [3])
  })

/** A graph with one weight in each group, whose data comes from `load`. */
const groupsOf = (count: number, load: (group: number) => Promise<readonly ArrayBufferView[]>): OnnxGraph =>
  buildGraph('groups', (g) => {
    for (let group = 0; group < count; group++)
      g.weights([{ name: `w.${group}`, type: 'float32', dims: [1000] }], () => load(group))
  })

describe('a graph on disk', () => {
  test('has each weight where the model says, on a page of its own and without spare bytes', async () => {
    using folder = temporaryFolder()
    const sizes = [3, 1024, 1025, 1]
    const graph = buildGraph('pages', (g) => {
      for (const [index, size] of sizes.entries())
        g.weights([{ name: `w.${index}`, type: 'float32', dims: [size] }], async () => [numbers(size)])
    })
    await writeGraph(graph, folder.directory, {}, quiet)
    const files = graphFiles('pages')
    const { tensors } = readOnnx(path.join(folder.directory, files.model))
    const weights = readFileSync(path.join(folder.directory, files.weights))
    expect(tensors.map(({ name }) => name)).toEqual(sizes.map((_, index) => `w.${index}`))
    let end = 0
    for (const [index, size] of sizes.entries()) {
      const { external, isExternal, dims, raw, type } = tensors[index] ?? {}
      expect({ isExternal, dims, raw, type }).toEqual({ isExternal: true, dims: [size], raw: undefined, type: 1 })
      const [offset, length] = [Number(external?.offset), Number(external?.length)]
      expect(external?.location).toBe('pages.weights')
      expect(length).toBe(4 * size)
      expect(offset % 4096).toBe(0)
      expect(offset - end).toBeGreaterThanOrEqual(0)
      expect(offset - end).toBeLessThan(4096)
      const expected = Buffer.from(numbers(size).buffer)
      expect(weights.subarray(offset, offset + length).equals(expected)).toBe(true)
      end = offset + length
    }
    expect(weights.length).toBe(end)
  })

  test('means the same numbers to ONNX Runtime, in every type', async () => {
    using folder = temporaryFolder()
    await writeGraph(everyType('types'), folder.directory, {}, quiet)
    const modelPath = path.join(folder.directory, 'types.onnx')
    expect(usesBeforeDefinition(readOnnx(modelPath))).toEqual([])
    await using network = await openNetwork(modelPath)
    const outputs = await network.run({ x: networkTensor(Float32Array.of(10, 20, 30), [3]) })
    for (const type of TYPES)
      expect([type, ...float32Of(outputs[`y.${type}`])]).toEqual([
        type,
        ...MEANT[type].map((value, index) => 10 * (index + 1) + value),
      ])
  })

  test('writes a view into a larger buffer, and not the buffer', async () => {
    using folder = temporaryFolder()
    const graph = groupsOf(1, async () => [numbers(3000).subarray(1000, 2000)])
    await writeGraph(graph, folder.directory, {}, quiet)
    const weights = readFileSync(path.join(folder.directory, 'groups.weights'))
    expect(weights.equals(Buffer.from(numbers(3000).slice(1000, 2000).buffer))).toBe(true)
  })

  test('carries its facts, its maker and the versions of its operators', async () => {
    using folder = temporaryFolder()
    const metadata = { converterVersion: '7', architecture: 'cosyvoice3', note: 'für Menschen' }
    await writeGraph(everyType('facts'), folder.directory, metadata, quiet)
    expect(readOnnx(path.join(folder.directory, 'facts.onnx'))).toMatchObject({
      irVersion: 8,
      opsets: { '': 17, 'com.microsoft': 1 },
      producer: ['Cosy Studio', '7'],
      metadata,
      graph: 'facts',
    })
  })

  test('says every byte of its files, and how many they will be', async () => {
    using folder = temporaryFolder()
    const metadata = { note: 'für Menschen' }
    const graph = everyType('sizes')
    let said = 0
    const onBytes = (bytes: number): void => {
      said += bytes
    }
    await writeGraph(graph, folder.directory, metadata, { ...quiet, onBytes })
    const files = readdirSync(folder.directory)
    expect(files.toSorted()).toEqual(['sizes.onnx', 'sizes.weights'])
    const size = files.reduce((sum, file) => sum + statSync(path.join(folder.directory, file)).size, 0)
    expect(said).toBe(size)
    expect(graphSizeBytes(graph, metadata)).toBe(size)
  })
})

describe('weights', () => {
  test('of another size than the graph says are refused, and so is a group with one too few', async () => {
    using folder = temporaryFolder()
    const write = (data: readonly ArrayBufferView[]) =>
      writeGraph(
        groupsOf(1, async () => data),
        folder.directory,
        {},
        quiet,
      )
    await expect(write([new Float32Array(999)])).rejects.toThrow('groups: w.0 has 3996 bytes, not 4000')
    await expect(write([new Float64Array(1000)])).rejects.toThrow('w.0 has 8000 bytes, not 4000')
    await expect(write([])).rejects.toThrow('groups: a group of weights is incomplete')
    expect(readdirSync(folder.directory)).not.toContain('groups.onnx')
  })

  test('are loaded when those before them are written, and are not held any longer', async () => {
    using folder = temporaryFolder()
    setFlagsFromString('--expose-gc')
    const collectGarbage: () => void = runInNewContext('gc')
    const loaded: WeakRef<Float32Array>[] = []
    let written = 0
    const onBytes = (): void => {
      written++
    }
    const held: number[] = []
    const graph = groupsOf(6, async (group) => {
      expect(written).toBe(group)
      await setImmediate()
      collectGarbage()
      held.push(loaded.filter((reference) => reference.deref() !== undefined).length)
      const data = numbers(1000)
      loaded.push(new WeakRef(data))
      return [data]
    })
    await writeGraph(graph, folder.directory, {}, { ...quiet, onBytes })
    expect(held).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('are not loaded once the writing is cancelled', async () => {
    using folder = temporaryFolder()
    const cancel = new AbortController()
    const loads: number[] = []
    const graph = groupsOf(4, async (group) => {
      loads.push(group)
      return [numbers(1000)]
    })
    const onBytes = (): void => {
      if (loads.length === 2) cancel.abort()
    }
    const writing = writeGraph(graph, folder.directory, {}, { signal: cancel.signal, onBytes })
    await expect(writing).rejects.toBeInstanceOf(AppCancel)
    expect(loads).toEqual([0, 1])
    expect(readdirSync(folder.directory)).toEqual(['groups.weights'])
  })

  test('that cannot be loaded stop the writing with their own error', async () => {
    using folder = temporaryFolder()
    const graph = groupsOf(2, async () => {
      throw new Error('the checkpoint is gone')
    })
    await expect(writeGraph(graph, folder.directory, {}, quiet)).rejects.toThrow('the checkpoint is gone')
  })

  test.skipIf(noTestDiskReason())('that do not fit the disk stop the writing, and no model claims them', async () => {
    using disk = smallDisk(16)
    const graph = groupsOf(8, async () => [numbers(1000)])
    await expect(writeGraph(graph, disk.directory, {}, quiet)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(readdirSync(disk.directory)).toEqual(['groups.weights'])
  })
})

test('a graph without weights is bytes that run as they are, and one with weights needs its file', async () => {
  const graph = buildGraph('small', (g) =>
    g.output('y', g.op('Add', [g.input('x', 'float32', ['n']), g.float32(1)]), 'float32', ['n']),
  )
  await using network = await openNetworkFrom(encodeGraph(graph))
  const { y } = await network.run({ x: networkTensor(Float32Array.of(1, 2), [2]) })
  expect([...float32Of(y)]).toEqual([2, 3])
  expect(() => encodeGraph(everyType('large'))).toThrow('weights need a file')
})
