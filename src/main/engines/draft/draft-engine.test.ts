import { afterAll, expect, test } from 'vitest'
import { engineIdSchema, voiceIdSchema } from '../../../shared/kernel/index.ts'
import type { RenderRequest } from '../../../shared/render/index.ts'
import { conformanceRequest, engineConformance, pcmDigest, renderWhole } from '../engine-conformance.ts'
import { measureSpeech } from '../speech-measures.ts'
import { draftDescription } from './draft-description.ts'
import { createDraftEngine } from './draft-engine.ts'

const ZH = '夜色渐深，城里的灯一盏盏亮起来。'
const EN = 'The night grew deep, and one by one the lamps came on.'
const { sampleRateHz } = draftDescription.capabilities

engineConformance('draft', createDraftEngine, {
  lines: [ZH, 'Chapter one. It was raining.'],
  longLine: ZH.repeat(20),
  secPerCharacter: { min: 0.03, max: 0.5 },
  isDeterministic: true,
  unreadable: { text: 'བོད་ཡིག', language: null },
})

const engine = createDraftEngine()
afterAll(() => engine[Symbol.asyncDispose]())
const render = async (patch: Partial<RenderRequest> & { text: string }) =>
  (await renderWhole(engine, conformanceRequest(engine, patch))).pcm
const measure = async (patch: Partial<RenderRequest> & { text: string }) =>
  measureSpeech(await render(patch), sampleRateHz)

const SAMPLES: Readonly<Record<string, string>> = {
  zh: ZH,
  'zh-Hant-TW': '夜色漸深，城裡的燈一盞盞亮起來。',
  yue: '夜色漸深，佢哋喺度等緊車。',
  'en-US': EN,
  'en-GB': EN,
  ja: '夜が更けて、町の灯りが一つずつともった。',
  ko: '밤이 깊어지자 도시의 불빛이 하나둘 켜졌다.',
  de: 'Die Nacht wurde tief, und die Lichter gingen an.',
  fr: 'La nuit tombait et les lumières s’allumaient.',
  es: 'La noche avanzaba y se encendían las luces.',
  it: 'La notte scendeva e le luci si accendevano.',
  'pt-BR': 'A noite caía e as luzes se acendiam.',
  'pt-PT': 'A noite caía e as luzes acendiam-se.',
  ru: 'Ночь сгущалась, и один за другим зажигались огни.',
  uk: 'Ніч густішала, і спалахували вогні.',
  nl: 'De nacht viel en de lichten gingen aan.',
  pl: 'Zapadała noc i zapalały się światła.',
  tr: 'Gece derinleşti, ışıklar birer birer yandı.',
  ar: 'حل الليل وأضاءت المصابيح واحدا تلو الآخر.',
  fa: 'شب فرا رسید و چراغ‌ها روشن شدند.',
  he: 'הלילה ירד והאורות נדלקו.',
  hi: 'रात गहरी हुई और दीये जल उठे।',
  bn: 'রাত গভীর হলো, আলো জ্বলে উঠল।',
  vi: 'Đêm xuống sâu, đèn thành phố lần lượt sáng lên.',
  el: 'Η νύχτα βάθαινε και τα φώτα άναβαν.',
  cs: 'Noc se prohlubovala a světla se rozsvěcovala.',
  sv: 'Natten djupnade och ljusen tändes.',
  id: 'Malam semakin larut dan lampu-lampu menyala.',
  ta: 'இரவு ஆழமானது, விளக்குகள் எரிந்தன.',
}

test.for(Object.entries(SAMPLES))('%s is spoken at speech level and for a plausible time', async ([language, text]) => {
  for (const asked of [language, null]) {
    const heard = await measure({ text, language: asked })
    expect(heard.speechRmsDb).toBeGreaterThan(-22)
    expect(heard.speechRmsDb).toBeLessThan(-18)
    expect(heard.peakDb).toBeLessThan(-1)
    expect(heard.durationSec / [...text].length).toBeGreaterThan(0.03)
    expect(heard.durationSec / [...text].length).toBeLessThan(0.35)
    expect(heard.leadingSilenceSec).toBeLessThan(0.06)
    expect(heard.trailingSilenceSec).toBeLessThan(0.12)
  }
})

test('a line of Chinese and English is as long as both, and joined without a click', async () => {
  const mixed = await render({ text: '我们去 Central Park 散步。' })
  const [before, inside, after] = [
    await render({ text: '我们去 ' }),
    await render({ text: 'Central Park ' }),
    await render({ text: '散步。' }),
  ]
  const parts = [before, inside, after]
  const sumSec = parts.reduce((sum, part) => sum + part.length, 0) / sampleRateHz
  expect(mixed.length / sampleRateHz).toBeCloseTo(sumSec, 0)
  const steepest = (pcm: Float32Array): number =>
    pcm.reduce((steep, sample, index) => Math.max(steep, Math.abs(sample - (pcm[index - 1] ?? 0))), 0)
  expect(steepest(mixed)).toBeLessThanOrEqual(Math.max(...parts.map(steepest)))
})

test('a line of kanji is as long as the same line in kana', async () => {
  const kanji = await render({ text: '今日は良い天気です。図書館へ行きましょう。' })
  const kana = await render({ text: 'キョーワ ヨイ テンキデス。トショカンエ イキマショー。' })
  expect(kanji.length / kana.length).toBeGreaterThan(0.9)
  expect(kanji.length / kana.length).toBeLessThan(1.1)
})

test('speed changes the length and not the pitch; pitch changes the pitch and not the length', async () => {
  const plain = await measure({ text: EN })
  for (const speed of [0.5, 0.75, 1.5, 2]) {
    const heard = await measure({ text: EN, speed })
    expect((plain.durationSec / heard.durationSec / speed) * 100, `speed ${speed}`).toBeGreaterThan(80)
    expect((plain.durationSec / heard.durationSec / speed) * 100, `speed ${speed}`).toBeLessThan(120)
    expect(Math.abs(12 * Math.log2(heard.pitchHz / plain.pitchHz))).toBeLessThan(1)
  }
  for (const pitchSemitones of [-12, -5, 5, 12]) {
    const heard = await measure({ text: EN, pitchSemitones })
    expect(Math.abs(12 * Math.log2(heard.pitchHz / plain.pitchHz) - pitchSemitones)).toBeLessThan(1)
    expect(heard.durationSec / plain.durationSec).toBeCloseTo(1, 1)
  }
})

test('any two voices are told apart by pitch, melody, brightness, clearness or pace', async ({ annotate }) => {
  const voices = []
  for (const { name, voiceId, source } of engine.presetVoices)
    voices.push({ name, ...(await measure({ text: `${ZH}${EN}`, voice: { voiceId, source } })) })
  await annotate(
    voices
      .map(
        ({ name, pitchHz, pitchSpreadSemitones, centroidHz, periodicity, durationSec }) =>
          `${name.padEnd(8)} pitch ${pitchHz.toFixed(0)} Hz, spread ${pitchSpreadSemitones.toFixed(1)}, centroid ${centroidHz.toFixed(0)} Hz, periodicity ${periodicity.toFixed(2)}, ${durationSec.toFixed(2)} s`,
      )
      .join('\n'),
  )
  expect(voices.length).toBeGreaterThanOrEqual(8)
  for (const [index, one] of voices.entries())
    for (const other of voices.slice(index + 1)) {
      const isWhispered = one.periodicity < 0.45 || other.periodicity < 0.45
      const distance = Math.hypot(
        isWhispered ? 0 : (12 * Math.log2(one.pitchHz / other.pitchHz)) / 3,
        isWhispered ? 0 : (one.pitchSpreadSemitones - other.pitchSpreadSemitones) / 4,
        Math.log2(one.centroidHz / other.centroidHz) / 0.4,
        (one.periodicity - other.periodicity) / 0.3,
        Math.log2(one.durationSec / other.durationSec) / 0.4,
      )
      expect(distance, `${one.name} and ${other.name}`).toBeGreaterThan(1)
    }
})

test('all voices speak equally loud', async () => {
  for (const { voiceId, source, name } of engine.presetVoices) {
    const heard = await measure({ text: ZH, voice: { voiceId, source } })
    expect(heard.speechRmsDb, name).toBeGreaterThan(-21.5)
    expect(heard.speechRmsDb, name).toBeLessThan(-18.5)
    expect(heard.peakDb, name).toBeLessThan(-1)
  }
})

test('a voice of another engine is always given the same speaker, whatever its id', async () => {
  const foreign = (voiceId: string, speaker: string) => ({
    voiceId: voiceIdSchema.parse(voiceId),
    source: { kind: 'presetSpeaker' as const, engineId: engineIdSchema.parse('cloud'), speaker },
  })
  const first = await render({ text: ZH, voice: foreign('voice_a', 'longxiaochun') })
  expect(pcmDigest(await render({ text: ZH, voice: foreign('voice_b', 'longxiaochun') }))).toBe(pcmDigest(first))
  const lengths = new Set<number>()
  for (const speaker of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    lengths.add((await render({ text: ZH, voice: foreign('voice_a', speaker) })).length)
  expect(lengths.size).toBeGreaterThan(2)
})

test('a speaker that the draft voice does not have is refused by name', async () => {
  const voice = {
    voiceId: voiceIdSchema.parse('voice_draft-nobody'),
    source: { kind: 'presetSpeaker' as const, engineId: engineIdSchema.parse('draft'), speaker: 'nobody' },
  }
  await expect(render({ text: ZH, voice })).rejects.toMatchObject({
    code: 'engine.unsupported-voice',
    params: { engine: 'Draft voice', voice: 'nobody' },
  })
})

test('a language or a script that it cannot read is named', async () => {
  const refused = (language: string) => ({
    code: 'engine.unsupported-language',
    params: { engine: 'Draft voice', language },
    remedies: ['choose-another-language', 'choose-another-engine'],
  })
  await expect(render({ text: 'hello', language: 'tlh' })).rejects.toMatchObject(refused('tlh'))
  await expect(render({ text: '我会说 བོད་ཡིག', language: 'zh' })).rejects.toMatchObject(refused('bo'))
  await expect(render({ text: 'ខ្មែរ' })).rejects.toMatchObject(refused('km'))
})

test('a line of 4,000 characters is heard long before it is done', async () => {
  const request = conformanceRequest(engine, { text: 'It was raining again. '.repeat(182).slice(0, 4000) })
  const fractionsAtBlock: number[] = []
  let fraction = 0
  const job = {
    signal: new AbortController().signal,
    progress: (progress: { fraction: number }) => {
      fraction = progress.fraction
    },
  }
  let samples = 0
  for await (const block of engine.render(request, job)) {
    fractionsAtBlock.push(fraction)
    samples += block.length
  }
  expect(fractionsAtBlock[0]).toBe(0)
  expect(new Set(fractionsAtBlock).size).toBeGreaterThan(20)
  expect(samples / sampleRateHz).toBeGreaterThan(150)
})
