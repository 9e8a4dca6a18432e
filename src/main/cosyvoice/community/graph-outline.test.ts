import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { buildGraph, type OnnxGraph } from '../../onnx/index.ts'
import { encodeGraph } from '../../onnx/write-graph.ts'
import { type GraphOutline, NoGraphError, readGraphOutline } from './graph-outline.ts'

const outlineOf = (bytes: Uint8Array): GraphOutline => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'graph.onnx')
  writeFileSync(file, bytes)
  return readGraphOutline(file)
}

const graph: OnnxGraph = buildGraph('graph', (g) => {
  const ids = g.input('ids', 'int64', ['batch', 3])
  const scale = g.input('scale', 'float32', [])
  const table = g.float32([1.5, -2, 4])
  const rows = g.op('Gather', [table, ids], { axis: 0 })
  g.output('rows', g.op('Mul', [g.op('Mul', [rows, scale]), scale]), 'float32', ['batch', 3, 16_777_216])
})

describe('the outline of a graph', () => {
  test('says what goes in and out, which operators there are, and where its numbers lie', () => {
    const bytes = encodeGraph(graph)
    const outline = outlineOf(bytes)
    expect(outline.inputs).toEqual([
      { name: 'ids', elementType: 7, dims: [undefined, 3] },
      { name: 'scale', elementType: 1, dims: [] },
    ])
    expect(outline.outputs).toEqual([{ name: 'rows', elementType: 1, dims: [undefined, 3, 16_777_216] }])
    expect(outline.operators).toEqual(['Gather', 'Mul', 'Identity'])
    const [table] = outline.tensors
    expect(table).toMatchObject({ elementType: 1, dims: [3], data: { sizeBytes: 12 } })
    const from = table?.data?.offset ?? 0
    expect(new Float32Array(Uint8Array.from(bytes.subarray(from, from + 12)).buffer)).toEqual(
      Float32Array.of(1.5, -2, 4),
    )
  })

  test('leaves out inputs that the graph keeps itself', () => {
    const kept = graph.constants.map(({ name }) => ({ ...graph.inputs[0], name }))
    const inputs = [...graph.inputs, ...kept.flatMap(({ name, type }) => (type ? [{ name, type }] : []))]
    expect(outlineOf(encodeGraph({ ...graph, inputs })).inputs.map(({ name }) => name)).toEqual(['ids', 'scale'])
  })

  test('of a file that ends anywhere before its end is none', () => {
    const bytes = encodeGraph(graph)
    // The sets of operators stand behind the graph, so the last bytes may be missing without the outline being another.
    for (let length = 0; length < bytes.length; length++) {
      try {
        expect(outlineOf(bytes.subarray(0, length))).toEqual(outlineOf(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(NoGraphError)
      }
    }
    expect(() => outlineOf(bytes.subarray(0, 100))).toThrow(NoGraphError)
  })

  test('of anything else ends, with an outline or without', () => {
    const bytes = encodeGraph(graph)
    for (let at = 0; at < bytes.length; at += 3)
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = Uint8Array.from(bytes)
        damaged[at] = value
        try {
          outlineOf(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(NoGraphError)
        }
      }
  })
})
