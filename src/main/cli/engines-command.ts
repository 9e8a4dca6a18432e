import type { Command } from 'commander'
import { EXIT, type SharedFlags, shared, withStudio } from './command-line.ts'
import { registerCuda } from './cuda-command.ts'
import { registerProve } from './prove-command.ts'
import { registerRemote, remoteFactsOf, remoteWords } from './remote-command.ts'

/** `cosy engines`. @param mainDirectory where the built worker entries lie (out/main) */
export const registerEngines = (program: Command, mainDirectory: string): void => {
  const engines = program.command('engines').description('engines and devices: list, add, try, fetch what they need')

  shared(engines.command('list', { isDefault: true }))
    .description('list the engines and what they can do')
    .action((flags: SharedFlags) =>
      withStudio(flags, async (studio, reporter) => {
        await studio.localEngine.adopt()
        const elsewhere = new Map(studio.remote.list().map((listing) => [listing.engine.engineId, listing]))
        for (const engine of studio.engines.list()) {
          const label = engine.isDraft ? `${engine.name} (draft)` : engine.name
          const listing = elsewhere.get(engine.engineId)
          const more = listing ? remoteWords(listing) : engine.languages.join(' ')
          const facts = listing ? { ...engine, ...remoteFactsOf(listing) } : engine
          reporter.say('engine', facts, `${engine.engineId}  ${label}  ${more}`)
        }
        return EXIT.done
      }),
    )

  registerRemote(engines)
  registerProve(engines, mainDirectory)
  registerCuda(engines, mainDirectory)
}
