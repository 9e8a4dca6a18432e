import { makeFullSizeCheckpoint } from './support/full-size-checkpoint.ts'

/** Among the benches this one measures nothing: without a folder it only says what it is for. */
const [directory] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
if (directory === undefined) {
  console.log('writes a checkpoint of official size: node bench/make-full-size-checkpoint.ts <folder> [--cosyvoice2]')
} else {
  const started = performance.now()
  const architecture = process.argv.includes('--cosyvoice2') ? 'cosyvoice2' : 'cosyvoice3'
  for (const { file, sizeBytes } of makeFullSizeCheckpoint(directory, { architecture }))
    console.log(JSON.stringify({ [`${file}, bytes`]: sizeBytes }))
  const figures = {
    'time, s': Number(((performance.now() - started) / 1000).toFixed(1)),
    'peak memory, MB': Math.round(process.resourceUsage().maxRSS / 1024),
  }
  console.log(JSON.stringify(figures))
}
