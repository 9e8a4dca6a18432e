import { assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import type { ForkingDecoder } from '../llm/llm-decoder.ts'
import { float32Of, type Network, type NetworkValue, networkTensor } from '../sessions.ts'

type CommunityLlmNetworks = { readonly initial: Network; readonly decode: Network; readonly head: Network }

/**
 * Decodes with one graph for the prompt and one for every position after it. Keys and values of all layers are one tensor that
 * the graph returns longer by a position: ONNX Runtime writes all of it anew in every step, 24.6 MB at 1000 positions of
 * CosyVoice 3 0.5B. What one step returns is handed to the next as it is.
 * @source kizuna-ai-lab/sokuji sidecar/sokuji_sidecar/cosyvoice3/pipeline.py (what is asked of the graphs)
 */
export const createCommunityDecoder = (
  networks: CommunityLlmNetworks,
  { hiddenSize }: Pick<ModelDescription['llm'], 'hiddenSize'>,
  begun?: { readonly past: NetworkValue | undefined; readonly length: number },
): ForkingDecoder => {
  const { initial, decode, head } = networks
  let past = begun?.past
  let length = begun?.length ?? 0

  const asked = (embeddings: Float32Array): Record<string, NetworkValue> => {
    const rows = embeddings.length / hiddenSize
    length += rows
    return {
      inputs_embeds: networkTensor(embeddings, [1, rows, hiddenSize]),
      attention_mask: networkTensor(new Float32Array(length).fill(1), [1, length]),
    }
  }
  const begin = async (embeddings: Float32Array): Promise<Float32Array> => {
    const { hidden_states: hidden, past_key_values: cache } = await initial.run(asked(embeddings))
    past = cache
    return float32Of(hidden)
  }
  const goOn = async (row: Float32Array, before: NetworkValue): Promise<Float32Array> => {
    const { hidden_states: hidden, new_past_key_values: cache } = await decode.run({
      ...asked(row),
      past_key_values: before,
    })
    past = cache
    return float32Of(hidden)
  }
  return {
    get length() {
      return length
    },
    async forward(embeddings) {
      assert(embeddings.length > 0, 'positions are added')
      let hidden = new Float32Array()
      if (!past) hidden = Float32Array.from(await begin(embeddings))
      else
        for (let at = 0; at < embeddings.length; at += hiddenSize)
          hidden = Float32Array.from(await goOn(embeddings.subarray(at, at + hiddenSize), past))
      const { logits } = await head.run({ hidden_state: networkTensor(hidden.slice(-hiddenSize), [1, 1, hiddenSize]) })
      return float32Of(logits)
    },
    // What a step returns is never written to again, so both may read it.
    fork: () => createCommunityDecoder(networks, { hiddenSize }, { past, length }),
    // The memory is JavaScript's.
    [Symbol.dispose]: () => undefined,
  }
}

/** Rows of a table that a graph looks up. @returns [ids, width] */
export const graphRows =
  (network: Network, input: string, output: string) =>
  async (ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> => {
    if (ids.length === 0) return new Float32Array()
    const found = await network.run({ [input]: networkTensor(BigInt64Array.from(ids, BigInt), [1, ids.length]) })
    return Float32Array.from(float32Of(found[output]))
  }
