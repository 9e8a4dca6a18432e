import { type Command, Option } from 'commander'
import { EXIT, json, type SharedFlags, withReporter, withStudio } from './command-line.ts'
import type { SayFlags } from './say-line.ts'
import { type SayRemoteFlags, sayRemote } from './say-remote.ts'
import { usageError } from './usage-error.ts'

/** `cosy say`. */
export const registerSay = (program: Command): void => {
  json(program.command('say'))
    .description('speak a line with a model on this machine, or by an engine elsewhere')
    .option('--engine <id|name>', 'what speaks: local, or an engine elsewhere (see: cosy engines)', 'local')
    .option('--model <folder>', 'local: folder of the model (see: cosy models, cosy model convert)')
    .option('--voice <id|name>', 'elsewhere: voice that speaks (preset: the first that the engine has)')
    .option('--allow-sending', 'elsewhere: the text, and the recording where one goes along, may be sent')
    .option('--library <dir>', "elsewhere: folder of the library (preset: the app's own)")
    .requiredOption('--text <text>', 'what is said')
    .requiredOption('--out <wav>', 'file to write')
    .option('--prompt <audio>', 'a recording of the voice, 3 to 10 seconds')
    .option('--prompt-text <text>', 'the words of the recording, exactly')
    .addOption(
      new Option(
        '--mode <mode>',
        'how the voice is asked for (preset: instruct with --instruct, zero-shot with --prompt-text, else cross-lingual)',
      ).choices(['zero-shot', 'cross-lingual', 'instruct']),
    )
    .option('--instruct <text>', 'how it is said: 请用四川话表达。')
    .option('--language <tag>', 'language of the text (preset: told from it)')
    .option('--no-normalise', 'leave numbers and signs to the model')
    .option('--seed <n>', 'the same seed says the same (preset of local: 0)')
    .option('--steps <n>', 'steps of the flow: fewer are faster', '10')
    .option('--speed <factor>', '2 is twice as fast (preset: 1)')
    .option('--device <provider>', 'cpu, cuda, tensorrt, dml, coreml or webgpu; tried first', 'automatic')
    .addOption(
      new Option('--memory <how>', 'staged: one part of the model in memory at a time')
        .choices(['resident', 'staged'])
        .default('resident'),
    )
    .option('--stream', 'speak while the line is still being made')
    .option('--trace <dir>', 'keep every intermediate as .npy')
    .option('--given <dir>', 'use the intermediates of this folder instead of computing them')
    .action((flags: Partial<SayFlags> & SayRemoteFlags & SharedFlags) => {
      const { library, json: isJson } = flags
      if (flags.engine !== 'local')
        return withStudio(
          { ...(library !== undefined && { library }), ...(isJson !== undefined && { json: isJson }) },
          async (studio, reporter, signal) => {
            await sayRemote(studio, flags, reporter, signal)
            return EXIT.done
          },
        )
      return withReporter(flags, async (reporter, signal) => {
        const { model, steps = '10', device = 'automatic', memory = 'resident', normalise = true } = flags
        if (model === undefined) throw usageError('--model, the folder of a model, is missing')
        // Loaded when it is needed: no other command has the model itself in its own process.
        const { sayLine } = await import('./say-line.ts')
        const { seed = '0', speed = '1' } = flags
        await sayLine({ ...flags, model, steps, device, memory, normalise, seed, speed }, reporter, signal)
        return EXIT.done
      })
    })
}
