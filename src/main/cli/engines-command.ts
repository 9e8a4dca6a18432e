import type { Command } from 'commander'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import { registerCuda } from './cuda-command.ts'
import { registerProve } from './prove-command.ts'

/** `cosy engines`. @param mainDirectory where the built worker entries lie (out/main) */
export const registerEngines = (program: Command, mainDirectory: string): void => {
  const engines = program.command('engines').description('engines and devices: list, try, fetch what they need')

  shared(engines.command('list', { isDefault: true }))
    .description('list the engines and what they can do')
    .action((flags: SharedFlags) =>
      withStudio(flags, async (studio, reporter) => {
        await studio.localEngine.adopt()
        for (const engine of studio.engines.list()) {
          const label = engine.isDraft ? `${engine.name} (draft)` : engine.name
          reporter.say('engine', engine, `${engine.engineId}  ${label}  ${engine.languages.join(' ')}`)
        }
        return EXIT.done
      }),
    )

  registerProve(engines, mainDirectory)
  registerCuda(engines, mainDirectory)
}
