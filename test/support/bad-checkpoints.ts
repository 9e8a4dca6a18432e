import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { AppErrorCode, AppErrorParams } from '../../src/shared/kernel/index.ts'
import { alterTensors, writeHostileCheckpoint } from './altered-checkpoint.ts'
import { type TinyCheckpoint, tinyCheckpointDirectory } from './tiny-checkpoint.ts'

export type BadCheckpoint = {
  readonly what: string
  readonly base: TinyCheckpoint
  /** Spoils a copy of the base. */
  readonly spoil: (checkpoint: string) => void | Promise<void>
  readonly code: AppErrorCode
  readonly params: AppErrorParams
  /** What the second sentence says, in English. */
  readonly why: string
}

const CONFIG = 'CosyVoice-BlankEN/config.json'
const THREE = 'cosyvoice3-tiny'
const TWO = 'cosyvoice2-tiny'
const REMAINING_LAYERS = 1

const truncated = (file: string, keep: number) => (checkpoint: string) => {
  const { size } = statSync(path.join(checkpoint, file))
  truncateSync(path.join(checkpoint, file), Math.floor(size * keep))
}
const fileOf = (from: TinyCheckpoint, file: string) => (checkpoint: string) =>
  cpSync(path.join(tinyCheckpointDirectory(from), file), path.join(checkpoint, file))
const config = (change: (text: string) => string) => (checkpoint: string) =>
  writeFileSync(path.join(checkpoint, CONFIG), change(readFileSync(path.join(checkpoint, CONFIG), 'utf8')))

const unreadable = (file: string, reason: string, clause: string) => ({
  code: 'checkpoint.unreadable' as const,
  params: { file, reason },
  why: `${file} cannot be read as a checkpoint: ${clause}.`,
})
const missingTensor = (file: string, tensor: string) => ({
  code: 'checkpoint.missing-tensor' as const,
  params: { file, tensor },
  why: `${file} lacks the tensor “${tensor}”.`,
})
const unknown = (reason: string, clause = reason) => ({
  code: 'checkpoint.unknown-architecture' as const,
  params: { reason },
  why: `The folder holds neither a CosyVoice 2 nor a CosyVoice 3 checkpoint: ${clause}.`,
})

/** Checkpoints that must be refused before anything is written, each with what the person is told. */
export const BAD_CHECKPOINTS: readonly BadCheckpoint[] = [
  {
    what: 'a file that was cut in the middle',
    base: THREE,
    spoil: truncated('llm.pt', 0.5),
    ...unreadable('llm.pt', 'ends-early', 'the file ends early'),
  },
  {
    what: 'a file that lost its last bytes',
    base: TWO,
    spoil: truncated('flow.pt', 0.9999),
    ...unreadable('flow.pt', 'ends-early', 'the file ends early'),
  },
  {
    what: 'an empty file',
    base: THREE,
    spoil: truncated('hift.pt', 0),
    ...unreadable('hift.pt', 'empty', 'it is empty'),
  },
  {
    what: 'a file that runs a command when Python loads it',
    base: THREE,
    spoil: (checkpoint) => writeHostileCheckpoint(path.join(checkpoint, 'flow.pt'), 'os', 'system'),
    code: 'checkpoint.forbidden-code',
    params: { file: 'flow.pt', global: 'os.system' },
    why: 'flow.pt asks to run “os.system”. A checkpoint holds numbers alone; a file that wants more may be harmful. Nothing in it was run.',
  },
  {
    what: 'a tensor of another shape',
    base: THREE,
    spoil: (checkpoint) =>
      alterTensors(path.join(checkpoint, 'llm.pt'), (tensor) =>
        tensor.name.endsWith('layers.1.mlp.up_proj.weight') ? [{ ...tensor, shape: [64, 128] }] : [tensor],
      ),
    code: 'checkpoint.wrong-shape',
    params: {
      file: 'llm.pt',
      tensor: 'llm.model.model.layers.1.mlp.up_proj.weight',
      expected: '[128, 64]',
      found: '[64, 128]',
    },
    why: 'In llm.pt the tensor “llm.model.model.layers.1.mlp.up_proj.weight” has the shape [64, 128], where [128, 64] was expected.',
  },
  {
    what: 'a tensor that is missing',
    base: TWO,
    spoil: (checkpoint) =>
      alterTensors(path.join(checkpoint, 'flow.pt'), (tensor) =>
        tensor.name === 'encoder.after_norm.bias' ? [] : [tensor],
      ),
    ...missingTensor('flow.pt', 'encoder.after_norm.bias'),
  },
  {
    what: 'the last layer missing as a whole',
    base: THREE,
    spoil: (checkpoint) =>
      alterTensors(path.join(checkpoint, 'llm.pt'), (tensor) =>
        tensor.name.startsWith(`llm.model.model.layers.${REMAINING_LAYERS}.`) ? [] : [tensor],
      ),
    ...missingTensor('llm.pt', `llm.model.model.layers.${REMAINING_LAYERS}`),
  },
  {
    what: 'an estimator that nobody knows',
    base: THREE,
    spoil: (checkpoint) =>
      alterTensors(path.join(checkpoint, 'flow.pt'), (tensor) => [
        { ...tensor, name: tensor.name.replace('decoder.estimator', 'decoder.mamba') },
      ]),
    ...unknown('the estimator in flow.pt is of a kind that is not known'),
  },
  {
    what: 'a flow of another version',
    base: TWO,
    spoil: fileOf(THREE, 'flow.pt'),
    ...unknown('mixed-versions', 'its parts come from different versions of CosyVoice'),
  },
  {
    what: 'a vocoder of another version',
    base: THREE,
    spoil: fileOf(TWO, 'hift.pt'),
    ...unknown('mixed-versions', 'its parts come from different versions of CosyVoice'),
  },
  {
    what: 'a language model that knows fewer tokens than the flow has codes',
    base: THREE,
    spoil: (checkpoint) =>
      alterTensors(path.join(checkpoint, 'llm.pt'), (tensor) =>
        /^(speech_embedding|llm_decoder)\.weight$/.test(tensor.name) ? [{ ...tensor, shape: [50, 64] }] : [tensor],
      ),
    ...unknown('the language model knows 50 speech tokens, and the flow has 48 codes'),
  },
  {
    what: 'no configuration',
    base: THREE,
    spoil: (checkpoint) => rmSync(path.join(checkpoint, CONFIG)),
    code: 'checkpoint.missing-file',
    params: { file: CONFIG },
    why: `The folder lacks ${CONFIG}, which every CosyVoice checkpoint has.`,
  },
  {
    what: 'a configuration that is no JSON',
    base: THREE,
    spoil: config((text) => text.slice(0, 200)),
    ...unreadable(CONFIG, 'not-json', 'it is not JSON'),
  },
  {
    what: 'a configuration without what is needed',
    base: TWO,
    spoil: config((text) => text.replace('num_attention_heads', 'attention_heads')),
    code: 'checkpoint.unreadable',
    params: { file: CONFIG },
    why: `${CONFIG} cannot be read as a checkpoint: num_attention_heads: Invalid input: expected number, received undefined.`,
  },
  {
    what: 'no vocoder',
    base: TWO,
    spoil: (checkpoint) => rmSync(path.join(checkpoint, 'hift.pt')),
    code: 'checkpoint.missing-file',
    params: { file: 'hift.pt' },
    why: 'The folder lacks hift.pt, which every CosyVoice checkpoint has.',
  },
  {
    what: 'a folder in the place of a file',
    base: TWO,
    spoil: (checkpoint) => {
      rmSync(path.join(checkpoint, 'hift.pt'))
      mkdirSync(path.join(checkpoint, 'hift.pt'))
    },
    code: 'checkpoint.unreadable',
    params: { file: 'hift.pt' },
    why: 'hift.pt cannot be read as a checkpoint: ',
  },
  {
    what: 'something else under the name',
    base: THREE,
    spoil: (checkpoint) => writeFileSync(path.join(checkpoint, 'llm.pt'), 'Not Found\n'),
    ...unreadable('llm.pt', 'no-checkpoint', 'it is neither a PyTorch nor a safetensors file'),
  },
]
