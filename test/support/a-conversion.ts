import { open } from 'node:fs/promises'
import path from 'node:path'
import type { ModelDescription } from '../../src/main/model-bundle/index.ts'
import type { ConversionPlan, ConversionStep } from '../../src/main/model-converter/index.ts'
import { AppCancel } from '../../src/shared/kernel/index.ts'

/** The dimensions of CosyVoice 3, for bundles that nobody will run. */
export const A_MODEL: ModelDescription = {
  architecture: 'cosyvoice3',
  llm: {
    form: 'cpu',
    weights: 'int8',
    hiddenSize: 896,
    layers: 24,
    queryHeads: 14,
    keyValueHeads: 2,
    headSize: 64,
    textVocabularySize: 151_936,
    speechVocabularySize: 6761,
    sosRow: 6561,
    taskRow: 6563,
    eosId: 6562,
    fillId: 6564,
    firstStopId: 6561,
    textTable: 'float16',
  },
  flow: {
    weights: 'int8',
    speechCodes: 6561,
    melBins: 80,
    framesPerToken: 2,
    lookaheadTokens: 3,
    chunkTokens: 25,
    modulation: { rows: 22, width: 1024, stepCounts: [10] },
  },
  vocoder: {
    isCausal: true,
    sampleRateHz: 24_000,
    melBins: 80,
    samplesPerFrame: 480,
    stftSize: 16,
    stftHop: 4,
    pitchLookaheadFrames: 3,
    decoderLookaheadFrames: 4,
    sourceWeights: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    sourceBias: 0.01,
  },
}

const PIECE_BYTES = 4096

/** What every byte of a file is, by the file's name: conversions can be compared without keeping one. */
const pieceOf = (file: string): Uint8Array =>
  Uint8Array.from({ length: PIECE_BYTES }, (_, index) => (index * 31 + file.length * 7 + file.charCodeAt(0)) & 255)

export type StepOptions = {
  /** Called with each piece; what it throws, or waits for, happens midway. */
  onPiece?: (stepId: string, writtenBytes: number) => void | Promise<void>
  /** Says less than it writes, as no step should. */
  statedBytes?: number
}

/** A step that writes real files, four kilobytes at a time. @param fileBytes size of each of its files */
export const aStep = (
  id: string,
  files: readonly string[],
  fileBytes: number,
  { onPiece = () => undefined, statedBytes = files.length * fileBytes }: StepOptions = {},
): ConversionStep => ({
  id,
  files,
  sizeBytes: statedBytes,
  write: async (directory, { signal, onBytes }) => {
    for (const file of files) {
      await using handle = await open(path.join(directory, file), 'w')
      const piece = pieceOf(file)
      for (let done = 0; done < fileBytes; ) {
        if (signal.aborted) throw new AppCancel()
        const bytes = piece.subarray(0, Math.min(PIECE_BYTES, fileBytes - done))
        await handle.writeFile(bytes)
        done += bytes.length
        onBytes(bytes.length)
        await onPiece(id, done)
      }
    }
  },
})

/** Three parts, 170 KB in four files, one of them in a folder of its own. */
export const aPlan = (options: StepOptions = {}, changes: Partial<ConversionPlan> = {}): ConversionPlan => ({
  model: A_MODEL,
  steps: [
    aStep('llm', ['llm.onnx', 'llm.onnx.data'], 30_000, options),
    aStep('flow-estimator', ['flow-estimator.onnx'], 100_000, options),
    aStep('tokenizer', ['tokenizer/vocab.json'], 10_000, options),
  ],
  verification: { diskBytes: 0, writtenBytes: 0 },
  fingerprint: 'checkpoint-1 cpu',
  sources: [{ file: 'llm.pt', sizeBytes: 2_024_669_519, sha256: 'a'.repeat(64) }],
  precision: 'cpu',
  missing: ['campplus.onnx'],
  ...changes,
})
