import { z } from 'zod'

const countSchema = z.int().positive()
const idSchema = z.int().nonnegative()

/**
 * What a converted model is, beyond its graphs: the dimensions, token ids and small tables that whoever runs it needs.
 * @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py, cosyvoice/flow/flow.py, cosyvoice/hifigan/generator.py
 */
export const modelDescriptionSchema = z.object({
  architecture: z.enum(['cosyvoice2', 'cosyvoice3']),
  llm: z.object({
    /** `cpu`: keys and values belong to JavaScript and the graph returns new rows alone. `gpu`: they stay on the device. */
    form: z.enum(['cpu', 'gpu']),
    weights: z.enum(['fp32', 'fp16', 'int8', 'int4']),
    hiddenSize: countSchema,
    layers: countSchema,
    queryHeads: countSchema,
    keyValueHeads: countSchema,
    headSize: countSchema,
    textVocabularySize: countSchema,
    speechVocabularySize: countSchema,
    /** Rows of the speech table, or for CosyVoice 2 of the table `llm-control`. */
    sosRow: idSchema,
    taskRow: idSchema,
    eosId: idSchema,
    fillId: idSchema,
    /** Every speech id from here on ends a line. */
    firstStopId: idSchema,
    textTable: z.enum(['float16', 'float32']),
  }),
  flow: z.object({
    weights: z.enum(['fp32', 'fp16', 'int8']),
    speechCodes: countSchema,
    melBins: countSchema,
    framesPerToken: countSchema,
    lookaheadTokens: countSchema,
    chunkTokens: countSchema,
    /** One table [steps, rows, width] for each number of Euler steps. */
    modulation: z.object({ rows: countSchema, width: countSchema, stepCounts: z.array(countSchema).min(1) }),
  }),
  vocoder: z.object({
    isCausal: z.boolean(),
    sampleRateHz: countSchema,
    melBins: countSchema,
    samplesPerFrame: countSchema,
    stftSize: countSchema,
    stftHop: countSchema,
    /** Mel frames to the right that the pitch predictor and the decoder look at; silence follows the last frame. */
    pitchLookaheadFrames: z.int().nonnegative(),
    decoderLookaheadFrames: z.int().nonnegative(),
    /** Linear layer that merges the harmonics of the source. */
    sourceWeights: z.array(z.number()).min(1),
    sourceBias: z.number(),
  }),
})
export type ModelDescription = z.output<typeof modelDescriptionSchema>
