import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CONTENT_SECURITY_POLICY, createAppScheme } from './app-scheme.ts'

const root = mkdtempSync(path.join(tmpdir(), 'cosy-scheme-'))
const rendererDirectory = path.join(root, 'renderer')
mkdirSync(path.join(rendererDirectory, 'assets'), { recursive: true })
writeFileSync(path.join(rendererDirectory, 'index.html'), '<!doctype html>')
writeFileSync(path.join(rendererDirectory, 'assets', 'a.js'), 'export {}')
writeFileSync(path.join(root, 'secret.txt'), 'secret')
writeFileSync(path.join(root, 'renderer-secret.txt'), 'secret')
const wav = path.join(root, 'take.wav')
writeFileSync(wav, Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251)))

let sendMore = (): void => undefined
async function* growing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array([1, 2, 3])
  await new Promise<void>((resolve) => {
    sendMore = resolve
  })
  yield new Uint8Array([4, 5])
}

const scheme = createAppScheme({
  rendererDirectory,
  takePath: (takeId) => (takeId === 'take_1' ? wav : undefined),
  takePeaks: (takeId) => (takeId === 'take_1' ? Promise.resolve(new Uint8Array([1, 2, 3])) : undefined),
  mixWav: (planId) =>
    planId === 'plan1'
      ? {
          sizeBytes: 10,
          async *read(start, end) {
            yield new Uint8Array(Array.from({ length: end - start + 1 }, (_, index) => start + index))
          },
        }
      : undefined,
  voicePreview: (previewId) => (previewId === 'p1' ? new Uint8Array([7, 8, 9]) : undefined),
  mixStream: (planId) => (planId === 'plan1' ? growing() : undefined),
})
const get = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  scheme(new Request(url, { headers, method }))
const bytes = async (response: Response) => [...new Uint8Array(await response.arrayBuffer())]

test('the window and its files are served under the strict policy', async () => {
  for (const url of ['app://main/', 'app://main/index.html', 'app://main/assets/a.js']) {
    const response = await get(url)
    expect(response.status, url).toBe(200)
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
  }
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*/)
  expect((await get('app://main/assets/a.js')).headers.get('content-type')).toMatch(/javascript/)
})

test('nothing outside the window, the takes, the announced mixes and the previews can be read', async () => {
  const attempts = [
    'app://main/../secret.txt',
    'app://main/..%2fsecret.txt',
    'app://main/%2e%2e/secret.txt',
    'app://main/%2e%2e%2fsecret.txt',
    'app://main/assets/..%2f..%2fsecret.txt',
    'app://main/..%5csecret.txt',
    'app://main/..%2frenderer-secret.txt',
    'app://main//etc/passwd',
    'app://main/%2fetc%2fpasswd',
    'app://main/assets%00/a.js',
    'app://main/assets',
    'app://main/%E0%A4%A',
    'app://other/index.html',
    'app://main/take/',
    'app://main/take/take_2',
    'app://main/take/..%2f..%2fsecret.txt',
    'app://main/take/take_1/../../secret.txt',
    'app://main/take/take_1/peaks/more',
    'app://main/mix/plan2',
    'app://main/mix/plan1/more',
    'app://main/mix/plan2/stream',
    'app://main/mix/plan1/stream/more',
    'app://main/voice-preview/p2',
    'app://main/voice-preview/p1/more',
    'app://main/voice-preview/..%2f..%2fsecret.txt',
  ]
  for (const url of attempts) {
    const response = await get(url)
    expect([400, 404], url).toContain(response.status)
    expect(await response.text(), url).toBe('')
  }
  expect((await get('app://main/index.html', {}, 'POST')).status).toBe(405)
})

test('a take answers ranges byte by byte', async () => {
  const whole = await get('app://main/take/take_1')
  expect(whole.status).toBe(200)
  const all = await bytes(whole)
  expect(all).toHaveLength(1000)
  for (const [range, start, end] of [
    ['bytes=0-', 0, 999],
    ['bytes=10-19', 10, 19],
    ['bytes=990-5000', 990, 999],
    ['bytes=-5', 995, 999],
  ] as const) {
    const part = await get('app://main/take/take_1', { range })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end}/1000`)
    expect(await bytes(part)).toEqual(all.slice(start, end + 1))
  }
  for (const range of ['bytes=1000-', 'bytes=5-2', 'bytes=-', 'lines=1-2'])
    expect((await get('app://main/take/take_1', { range })).status, range).toBe(416)
})

test('a mix and a preview answer ranges, and a head request carries no body', async () => {
  expect(await bytes(await get('app://main/mix/plan1', { range: 'bytes=3-5' }))).toEqual([3, 4, 5])
  expect(await bytes(await get('app://main/voice-preview/p1', { range: 'bytes=1-' }))).toEqual([8, 9])
  const head = await get('app://main/mix/plan1', {}, 'HEAD')
  expect(head.headers.get('content-length')).toBe('10')
  expect(await bytes(head)).toEqual([])
})

test('what is still being rendered arrives as it comes, and says nothing of its length', async () => {
  const response = await get('app://main/mix/plan1/stream')
  expect(response.headers.get('content-length')).toBeNull()
  const reader = response.body?.getReader()
  expect([...((await reader?.read())?.value ?? [])]).toEqual([1, 2, 3])
  const next = reader?.read()
  sendMore()
  expect([...((await next)?.value ?? [])]).toEqual([4, 5])
  expect((await reader?.read())?.done).toBe(true)
})
