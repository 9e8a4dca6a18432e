import { expect, it } from 'vitest'
import { parseCommandLine } from './command-line.ts'

it('reads what Playwright passes', () => {
  const parsed = parseCommandLine([
    '--no-sandbox',
    '-r',
    '/loader.js',
    '--inspect=0',
    '--user-data-dir=/书=1',
    '/app',
    'extra',
  ])
  expect(parsed.requires).toEqual(['/loader.js'])
  expect(parsed.target).toBe('/app')
  expect(Object.fromEntries(parsed.switches)).toEqual({ 'no-sandbox': '', inspect: '0', 'user-data-dir': '/书=1' })
})

it('takes the working folder when no app is named', () => {
  expect(parseCommandLine(['--inspect']).target).toBe('.')
})
