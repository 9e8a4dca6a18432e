import { peaksToBytes } from '../../../src/shared/audio/index.ts'
import { createInMemoryCosy } from './in-memory-cosy.ts'

const query = new URLSearchParams(location.search)
const numberOf = (name: string, preset: number): number => Number(query.get(name) ?? preset)

const cosy = createInMemoryCosy({
  lines: numberOf('lines', 24),
  chapters: numberOf('chapters', 3),
  rendered: numberOf('rendered', 0.8),
  settings: {
    language: query.get('lang') === 'zh' ? 'zh-Hans' : 'en',
    theme: query.get('theme') === 'dark' ? 'dark' : 'light',
  },
  hasProject: query.get('home') !== 'empty',
  failingLine: query.has('failing') ? numberOf('failing', 3) : null,
  outputFallback: query.has('fallback'),
})
Object.defineProperty(window, 'cosy', { value: cosy })

/** A syllable-like envelope, the same for the same take. */
const tonePeaks = (url: string): ArrayBuffer => {
  let seed = [...url].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)
  const peaks = new Int16Array(2 * 400)
  for (let pair = 0; pair < peaks.length / 2; pair += 1) {
    seed = (seed * 1664525 + 1013904223) >>> 0
    const level = Math.abs(Math.sin(pair / 9)) ** 1.5 * (0.35 + (seed / 2 ** 32) * 0.6)
    peaks[pair * 2] = -level * 30000
    peaks[pair * 2 + 1] = level * 28000
  }
  return peaksToBytes(peaks).buffer
}
const realFetch = window.fetch
window.fetch = async (input, init) =>
  /take\/[^/]+\/peaks$/.test(String(input)) ? new Response(tonePeaks(String(input))) : realFetch(input, init)
