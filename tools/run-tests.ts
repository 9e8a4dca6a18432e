import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

// Runs every check of the project in turn and ends with one line: `N passed, N failed`.

const root = path.resolve(import.meta.dirname, '..')
const results = path.join(root, 'test-results')
const bin = path.join(root, 'node_modules', '.bin')

type Counts = { passed: number; failed: number }
type Step = { name: string; command: string; args: string[]; counts?: () => Counts }

const vitestReport = path.join(results, 'unit.json')
const playwrightReport = path.join(results, 'e2e.json')

const vitestCounts = (): Counts => {
  const report = z
    .object({ numPassedTests: z.number(), numFailedTests: z.number(), numFailedTestSuites: z.number() })
    .parse(JSON.parse(readFileSync(vitestReport, 'utf8')))
  // A file that cannot even be loaded has no tests to count, and still failed.
  return {
    passed: report.numPassedTests,
    failed: Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0),
  }
}

const playwrightCounts = (): Counts => {
  const { stats, errors } = z
    .object({
      stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
      errors: z.array(z.unknown()),
    })
    .parse(JSON.parse(readFileSync(playwrightReport, 'utf8')))
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + (errors.length > 0 ? 1 : 0) }
}

const steps: Step[] = [
  { name: 'types', command: 'tsc', args: ['-b'] },
  { name: 'lint', command: 'biome', args: ['ci', '.'] },
  { name: 'build', command: 'electron-vite', args: ['build', '--logLevel', 'warn'] },
  {
    name: 'unit and integration',
    command: 'vitest',
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
    counts: vitestCounts,
  },
  { name: 'window', command: 'playwright', args: ['test'], counts: playwrightCounts },
]

const run = ({ name, command, args, counts }: Step): Counts => {
  console.log(`\n== ${name}`)
  const startedMs = performance.now()
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` }
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32' })
  console.log(`== ${name}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  const broke: Counts = { passed: 0, failed: 1 }
  if (!counts) return status === 0 ? { passed: 1, failed: 0 } : broke
  try {
    const counted = counts()
    return status !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted
  } catch (error) {
    console.error(`${name} left no report:`, error)
    return broke
  }
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
const only = process.argv.slice(2)
const outcomes = steps
  .filter(({ name }) => only.length === 0 || only.includes(name))
  .map((step) => ({ name: step.name, counts: run(step) }))
const total = outcomes
  .map(({ counts }) => counts)
  .reduce((sum, counts) => ({ passed: sum.passed + counts.passed, failed: sum.failed + counts.failed }))
const broken = outcomes.filter(({ counts }) => counts.failed > 0).map(({ name }) => name)
if (broken.length > 0) console.log(`\nfailures in: ${broken.join(', ')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
