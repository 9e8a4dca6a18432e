#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { EXIT } from './command-line.ts'
import { registerDoctor } from './doctor-command.ts'
import { registerEngines } from './engines-command.ts'
import { registerProjects } from './export-command.ts'
import { registerModel } from './model-command.ts'
import { registerModels } from './models-command.ts'
import { registerScripts } from './render-command.ts'
import { registerSay } from './say-command.ts'
import { registerVoices } from './voice-command.ts'

// Whoever reads the output may have seen enough: `cosy voices | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.done)
})

const program = new Command('cosy')
  .description('Spoken-word production with CosyVoice, without a window.')
  .exitOverride()
  .showHelpAfterError()

registerScripts(program)
registerProjects(program)
registerVoices(program)
// Here and not where they are registered: a bundler may put those elsewhere, and the workers lie beside this file.
registerEngines(program, import.meta.dirname)
registerDoctor(program)
registerSay(program)
registerModel(program)
registerModels(program, import.meta.dirname)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Help and version were asked for; everything else was a slip of the fingers, and commander has said which.
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
}
