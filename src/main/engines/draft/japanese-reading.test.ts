import { expect, test } from 'vitest'
import { openJapaneseReader } from './japanese-reading.ts'

const read = await openJapaneseReader()

test.for<[text: string, kana: string]>([
  ['今日は良い天気です。', 'キョーワ ヨイ テンキデス。'],
  ['東京へ行った', 'トーキョーエ イッタ'],
  ['はい、母は元気です', 'ハイ、 ハハワ ゲンキデス'],
  ['本を読む', 'ホンオ ヨム'],
  ['12月25日', '12ガツ25ニチ'],
  ['月が綺麗', 'ツキガ キレイ'],
  ['一人で二人を', 'ヒトリデ フタリオ'],
  ['コンピューター', 'コンピューター'],
])('%s is read %s', ([text, kana]) => {
  expect(read(text).replaceAll('ヲ', 'オ')).toBe(kana)
})

test('no kanji that the dictionary knows is left', () => {
  expect(read('夜が更けて、町の灯りが一つずつともった。彼女は静かに窓を閉めた。')).not.toMatch(/\p{Script=Han}/u)
})

test('signs and unknown words stay as they are', () => {
  expect(read('「🍣」')).toBe('「🍣」')
  expect(read('')).toBe('')
})
