import { type Command, Option } from 'commander'
import { EXIT, json, type SharedFlags, withReporter } from './command-line.ts'
import type { SayFlags } from './say-line.ts'

/** `cosy say`. */
export const registerSay = (program: Command): void => {
  json(program.command('say'))
    .description('speak a line with a model on this machine')
    .option('--engine <id>', 'what speaks', 'local')
    .requiredOption('--model <folder>', 'folder of the model (see: cosy models, cosy model convert)')
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
    .option('--seed <n>', 'the same seed says the same', '0')
    .option('--steps <n>', 'steps of the flow: fewer are faster', '10')
    .option('--speed <factor>', '2 is twice as fast', '1')
    .option('--device <provider>', 'cpu, cuda, tensorrt, dml, coreml or webgpu; tried first', 'automatic')
    .addOption(
      new Option('--memory <how>', 'staged: one part of the model in memory at a time')
        .choices(['resident', 'staged'])
        .default('resident'),
    )
    .option('--stream', 'speak while the line is still being made')
    .option('--trace <dir>', 'keep every intermediate as .npy')
    .option('--given <dir>', 'use the intermediates of this folder instead of computing them')
    .action((flags: SayFlags & SharedFlags) =>
      withReporter(flags, async (reporter, signal) => {
        // Loaded when it is needed: no other command has the model itself in its own process.
        const { sayLine } = await import('./say-line.ts')
        await sayLine(flags, reporter, signal)
        return EXIT.done
      }),
    )
}
