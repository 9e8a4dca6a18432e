import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * Runs every bench of this folder, one after the other and each in a process of its own, and prints one table. A bench is
 * a plain script that prints its figures as JSON objects, one per line; whatever else it prints is shown as it comes.
 *
 *     node bench/run.ts [name ...] [--flags that each of them is given]
 */
const words = process.argv.slice(2)
const firstFlag = words.findIndex((word) => word.startsWith('--'))
const wanted = firstFlag < 0 ? words : words.slice(0, firstFlag)
const flags = firstFlag < 0 ? [] : words.slice(firstFlag)
const benches = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .sort()

type Row = { bench: string; figure: string; value: unknown }
const rows: Row[] = []
const failed: string[] = []

const figuresOf = (line: string): Record<string, unknown> | undefined => {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    // A line that merely begins like JSON is shown like any other.
    return undefined
  }
}

for (const bench of benches) {
  const child = spawn(process.execPath, [`${import.meta.dirname}/${bench}.ts`, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    const figures = figuresOf(line)
    if (!figures) console.log(`${bench}: ${line}`)
    else rows.push(...Object.entries(figures).map(([figure, value]) => ({ bench, figure, value })))
  }
  if ((await exited) !== 0) failed.push(bench)
}

const widthOf = (column: 'bench' | 'figure'): number => Math.max(0, ...rows.map((row) => row[column].length))
for (const { bench, figure, value } of rows)
  console.log(`${bench.padEnd(widthOf('bench'))}  ${figure.padEnd(widthOf('figure'))}  ${value}`)
if (failed.length > 0) {
  console.log(`failed: ${failed.join(', ')}`)
  process.exitCode = 1
}
