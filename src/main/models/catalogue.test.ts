import path from 'node:path'
import { expect, test } from 'vitest'
import { officialRevision } from '../model-converter/official-revisions.ts'
import { type CatalogueModel, catalogueSchema, downloadBytes, loadCatalogue, urlsOf } from './catalogue.ts'

const catalogue = await loadCatalogue(path.resolve(import.meta.dirname, '../../../resources/models/catalogue.json'))
const modelNamed = (id: string): CatalogueModel => {
  const model = catalogue.models.find((one) => one.id === id)
  if (!model) throw new Error(id)
  return model
}
const urlsFor = (id: string, file: string, choice?: Parameters<typeof urlsOf>[2]): string[] => {
  const model = modelNamed(id)
  const found = model.files.find((one) => one.path === file)
  return found ? urlsOf(model, found, choice) : []
}

test('the catalogue has the official checkpoints and the graphs of the community', () => {
  expect(catalogue.models.map(({ id, family, afterwards }) => [id, family, afterwards.kind])).toEqual([
    ['cosyvoice3', 'cosyvoice3', 'convert'],
    ['cosyvoice3-rl', 'cosyvoice3', 'convert'],
    ['cosyvoice2', 'cosyvoice2', 'convert'],
    ['cosyvoice3-sokuji', 'cosyvoice3', 'use-as-is'],
  ])
})

test('the converter knows the language model of each official checkpoint', () => {
  const revisions = ['cosyvoice3', 'cosyvoice3-rl', 'cosyvoice2'].map((id) => {
    const llm = modelNamed(id).files.find((file) => file.path === 'llm.pt')
    return officialRevision([{ file: 'llm.pt', sizeBytes: 0, sha256: llm?.sha256 ?? '' }])
  })
  expect(revisions.map((revision) => revision?.replace(/@\w+/, ''))).toEqual([
    'FunAudioLLM/Fun-CosyVoice3-0.5B-2512',
    'FunAudioLLM/Fun-CosyVoice3-0.5B-2512 (RL)',
    'FunAudioLLM/CosyVoice2-0.5B',
  ])
})

test('a checkpoint brings all that a conversion reads, and nothing that only training needs', () => {
  for (const { id, family, files } of catalogue.models.filter(({ afterwards }) => afterwards.kind === 'convert')) {
    const needed = files.filter(({ isOptional }) => !isOptional).map((file) => file.path)
    const tokenizer = ['vocab.json', 'merges.txt', 'tokenizer_config.json', 'config.json']
    expect(needed.toSorted(), id).toEqual(
      [
        'llm.pt',
        'flow.pt',
        'hift.pt',
        'campplus.onnx',
        family === 'cosyvoice3' ? 'speech_tokenizer_v3.onnx' : 'speech_tokenizer_v2.onnx',
        ...tokenizer.map((file) => `CosyVoice-BlankEN/${file}`),
      ].toSorted(),
    )
    for (const file of files) expect(file.sha256 !== null || file.isOptional, `${id} ${file.path}`).toBe(true)
  }
})

test('downloads are as large as the published files are together', () => {
  // The whole repository of CosyVoice 2, less what is not downloaded (cosyvoice-local.md 1.4).
  const { sizeBytes: yamlBytes = 0 } =
    modelNamed('cosyvoice2').files.find((file) => file.path === 'cosyvoice2.yaml') ?? {}
  expect(yamlBytes).toBe(7330)
  expect(downloadBytes(modelNamed('cosyvoice2'))).toBeLessThan(
    4_856_505_002 - 496_095_794 - 286_317_026 - 988_097_824 + 1,
  )
  expect(downloadBytes(modelNamed('cosyvoice2'))).toBeGreaterThan(3_085_000_000)
})

test('files have an address at every mirror, the chosen one first', () => {
  expect(urlsFor('cosyvoice3-rl', 'llm.pt')).toEqual([
    'https://huggingface.co/FunAudioLLM/Fun-CosyVoice3-0.5B-2512/resolve/29e01c4e8d000f4bcd70751be16fa94bf3d85a18/llm.rl.pt',
    'https://www.modelscope.cn/models/FunAudioLLM/Fun-CosyVoice3-0.5B-2512/resolve/master/llm.rl.pt',
  ])
  expect(urlsFor('cosyvoice2', 'CosyVoice-BlankEN/vocab.json', { id: 'modelscope' })).toEqual([
    'https://www.modelscope.cn/models/iic/CosyVoice2-0.5B/resolve/master/CosyVoice-BlankEN/vocab.json',
    'https://huggingface.co/FunAudioLLM/CosyVoice2-0.5B/resolve/eec1ae6c79877dbd9379285cf8789c9e0879293d/CosyVoice-BlankEN/vocab.json',
  ])
})

test('an address of one’s own is a folder, or says itself where the file goes', () => {
  expect(urlsFor('cosyvoice2', 'llm.pt', { baseUrl: 'http://nas.local/models//' })[0]).toBe(
    'http://nas.local/models/llm.pt',
  )
  const template = { baseUrl: 'https://mirror.example/{repository}/resolve/{revision}/{path}?download=1' }
  expect(urlsFor('cosyvoice2', 'llm.pt', template)[0]).toBe(
    'https://mirror.example/FunAudioLLM/CosyVoice2-0.5B/resolve/eec1ae6c79877dbd9379285cf8789c9e0879293d/llm.pt?download=1',
  )
})

test.each(['', 'mirror.example', 'file:///models', 'https://', 'https://me:secret@mirror.example/'])(
  '%j is no address to download from',
  (baseUrl) => {
    expect(() => urlsFor('cosyvoice2', 'llm.pt', { baseUrl })).toThrow(
      expect.objectContaining({ code: 'usage.invalid' }),
    )
  },
)

test.each([
  ['leads out of the folder', { path: '../llm.pt' }],
  ['has a checksum that is none', { sha256: 'abc' }],
  ['is empty', { sizeBytes: 0 }],
])('a catalogue with a file that %s is refused', (_how, change) => {
  const [first] = catalogue.models
  if (!first) throw new Error('no model')
  const broken = { ...catalogue, models: [{ ...first, files: [{ ...first.files[0], ...change }] }] }
  expect(catalogueSchema.safeParse(broken).success).toBe(false)
  expect(catalogueSchema.safeParse({ ...catalogue, models: [first, first] }).success).toBe(false)
})
