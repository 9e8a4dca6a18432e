import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { A_MODEL } from '../../../test/support/a-conversion.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel, type AppErrorParams } from '../../shared/kernel/index.ts'
import { checkBundle, hashFile } from './check-bundle.ts'
import { inspectBundle } from './inspect-bundle.ts'
import { openBundle } from './open-bundle.ts'
import { type VerificationReport, verificationReportJson } from './verification-report.ts'

/** SHA-256 of 'hello' and of 'abc' (FIPS 180-2, appendix B.1). */
const SHA256 = {
  hello: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  abc: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
}
const job = { signal: new AbortController().signal, onBytes: () => undefined }

const aManifest = () => ({
  formatVersion: 1,
  converterVersion: '1',
  fingerprint: 'checkpoint-1 cpu',
  precision: 'cpu',
  model: structuredClone(A_MODEL),
  sources: [{ file: 'llm.pt', sizeBytes: 12, sha256: 'a'.repeat(64) }],
  missing: ['campplus.onnx'],
  files: [
    { path: 'llm.onnx', part: 'llm', sizeBytes: 5, sha256: SHA256.hello },
    { path: 'llm.onnx.data', part: 'llm', sizeBytes: 3, sha256: SHA256.abc },
    { path: 'tokenizer/vocab.json', part: 'tokenizer', sizeBytes: 3, sha256: SHA256.abc },
  ],
})

/** A bundle written by hand. */
const aBundle = (manifest: unknown = aManifest()): TestFolder & { at(file: string): string } => {
  const folder = temporaryFolder()
  const at = (file: string): string => path.join(folder.directory, file)
  mkdirSync(at('tokenizer'))
  writeFileSync(at('llm.onnx'), 'hello')
  writeFileSync(at('llm.onnx.data'), 'abc')
  writeFileSync(at('tokenizer/vocab.json'), 'abc')
  writeFileSync(at('bundle.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  return { ...folder, at }
}

describe('opening a bundle', () => {
  test('gives its manifest and says where each file lies', async () => {
    using folder = aBundle()
    const bundle = await openBundle(folder.directory)
    expect(bundle.directory).toBe(folder.directory)
    expect(bundle.manifest).toEqual(aManifest())
    expect(bundle.pathOf('tokenizer/vocab.json')).toBe(folder.at('tokenizer/vocab.json'))
    expect(() => bundle.pathOf('campplus.onnx')).toThrow(expect.objectContaining({ code: 'model.corrupt' }))
  })

  test('finds none where there is no folder, a file, or no manifest', async () => {
    using folder = aBundle()
    renameSync(folder.at('bundle.json'), folder.at('bundle.json.new'))
    for (const place of [folder.directory, folder.at('nowhere'), folder.at('llm.onnx')])
      await expect(openBundle(place)).rejects.toMatchObject({
        code: 'model.not-found',
        params: { folder: place },
        remedies: ['choose-another-folder'],
      })
  })

  test('of a newer app says so, whatever else is in it', async () => {
    using folder = aBundle({ formatVersion: 2, everything: 'else' })
    await expect(openBundle(folder.directory)).rejects.toMatchObject({
      code: 'model.newer-than-app',
      remedies: ['update-app'],
    })
  })

  test.each<[string, unknown, string]>([
    ['is empty', '', 'not-json'],
    ['ends early', JSON.stringify(aManifest()).slice(0, -20), 'not-json'],
    ['is no object', '[]', 'content'],
    ['has no version', { ...aManifest(), formatVersion: undefined }, 'formatVersion'],
    ['has a version that never was', { ...aManifest(), formatVersion: 0 }, 'formatVersion'],
    ['is of another architecture', { ...aManifest(), model: { ...A_MODEL, architecture: 'x' } }, 'model.architecture'],
    [
      'has a checksum too short',
      { ...aManifest(), files: [{ ...aManifest().files[0], sha256: 'ab' }] },
      'files.0.sha256',
    ],
    [
      'has a negative size',
      { ...aManifest(), files: [{ ...aManifest().files[0], sizeBytes: -1 }] },
      'files.0.sizeBytes',
    ],
    ['names a file twice', { ...aManifest(), files: [aManifest().files[0], aManifest().files[0]] }, 'files'],
    ['is beyond all measure', ' '.repeat(17 * 1024 * 1024), 'it has 17825792 bytes'],
  ])('whose manifest %s is refused by name', async (_what, manifest, reason) => {
    using folder = aBundle(manifest)
    await expect(openBundle(folder.directory)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'bundle.json', reason: expect.stringContaining(reason) },
      remedies: ['convert-again', 'download-again'],
    })
  })

  test.each([
    '../secret',
    'tokenizer/../../secret',
    '/etc/passwd',
    'C:/secret',
    '..\\secret',
    'a//b',
    './a',
    '.hidden',
    'bundle.json',
    'report.json',
    'a\0b',
    'end.',
    '',
  ])('refuses a file called %j', async (file) => {
    using folder = aBundle({ ...aManifest(), files: [{ ...aManifest().files[0], path: file }] })
    await expect(openBundle(folder.directory)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { reason: expect.stringContaining('files.0.path') },
    })
  })

  test.each<[string, (at: (file: string) => string) => void, AppErrorParams]>([
    ['is not there', (at) => rmSync(at('llm.onnx.data')), { reason: 'not-there' }],
    [
      'is too long',
      (at) => appendFileSync(at('llm.onnx.data'), 'd'),
      { reason: 'size-differs', foundBytes: 4, expectedBytes: 3 },
    ],
    [
      'is cut short',
      (at) => writeFileSync(at('llm.onnx.data'), 'ab'),
      { reason: 'size-differs', foundBytes: 2, expectedBytes: 3 },
    ],
    [
      'is a folder',
      (at) => {
        rmSync(at('llm.onnx.data'))
        mkdirSync(at('llm.onnx.data'))
      },
      { reason: 'not-a-file' },
    ],
    [
      'is a link in a circle',
      (at) => {
        rmSync(at('llm.onnx.data'))
        symlinkSync(at('llm.onnx.data'), at('llm.onnx.data'))
      },
      { reason: 'cannot-be-read', detail: 'ELOOP' },
    ],
  ])('with a file that %s names it', async (_what, damage, why) => {
    using folder = aBundle()
    damage(folder.at)
    await expect(openBundle(folder.directory)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'llm.onnx.data', ...why },
    })
  })
})

describe('checking a bundle', () => {
  test('reads every byte and finds the one that changed', async () => {
    using folder = aBundle()
    let readBytes = 0
    const addBytes = (bytes: number): void => {
      readBytes += bytes
    }
    await checkBundle(folder.directory, { ...job, onBytes: addBytes })
    expect(readBytes).toBe(11)
    writeFileSync(folder.at('tokenizer/vocab.json'), 'abd')
    await openBundle(folder.directory)
    await expect(checkBundle(folder.directory, job)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'tokenizer/vocab.json', reason: 'checksum-differs' },
    })
  })

  test('can be cancelled', async () => {
    using folder = aBundle()
    const cancel = new AbortController()
    const checked = checkBundle(folder.directory, { signal: cancel.signal, onBytes: () => cancel.abort() })
    await expect(checked).rejects.toBeInstanceOf(AppCancel)
  })

  test('hashes long files piece by piece', async () => {
    using folder = temporaryFolder()
    const file = path.join(folder.directory, 'a')
    writeFileSync(file, 'a'.repeat(1_000_000))
    // FIPS 180-2, appendix B.3.
    const expected = 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'
    expect(await hashFile(file, job)).toBe(expected)
  })
})

describe('inspecting a bundle', () => {
  test('sums up its parts', async () => {
    using folder = aBundle()
    const facts = await inspectBundle(folder.directory)
    expect(facts).toMatchObject({ precision: 'cpu', sizeBytes: 11, missing: ['campplus.onnx'], converterVersion: '1' })
    expect(facts.parts).toEqual([
      { part: 'llm', files: ['llm.onnx', 'llm.onnx.data'], sizeBytes: 8 },
      { part: 'tokenizer', files: ['tokenizer/vocab.json'], sizeBytes: 3 },
    ])
    expect(facts.report).toBeUndefined()
  })

  test('reads the report beside it, and refuses one that it cannot read', async () => {
    using folder = aBundle()
    const report: VerificationReport = {
      graphs: [
        {
          graph: 'llm',
          figures: [
            { name: 'top-1 disagreement', measured: 0.01, threshold: 0.02 },
            { name: 'ratio', measured: Number.NEGATIVE_INFINITY },
          ],
        },
      ],
    }
    writeFileSync(folder.at('report.json'), verificationReportJson(report))
    expect((await inspectBundle(folder.directory)).report).toEqual(report)
    writeFileSync(folder.at('report.json'), readFileSync(folder.at('report.json'), 'utf8').replace('0.01', '"low"'))
    await expect(inspectBundle(folder.directory)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'report.json' },
    })
  })
})
