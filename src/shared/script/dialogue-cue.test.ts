import { expect, test } from 'vitest'
import { parseScript, serialiseScript } from './index.ts'

const speakersOf = (text: string, ignoredNames: string[] = []): (string | null)[] =>
  parseScript(text, { ignoredNames }).script.chapters.flatMap(({ rows }) => rows.map(({ speaker }) => speaker))
const firstRow = (text: string) => parseScript(text).script.chapters[0]?.rows[0]

test.each([
  ['林晚：你怎么才来？', '林晚', '{name}：', '你怎么才来？'],
  ['林晚:你怎么才来？', '林晚', '{name}:', '你怎么才来？'],
  ['林晚 ： “走吧。”', '林晚', '{name} ： ', '“走吧。”'],
  ['林晚（低声）：走吧。', '林晚', '{name}（低声）：', '走吧。'],
  ['亚历山大·彼得罗夫：再见。', '亚历山大·彼得罗夫', '{name}：', '再见。'],
  ['【老船长】都上船！', '老船长', '【{name}】', '都上船！'],
  ['【守门的老人】：谁？', '守门的老人', '【{name}】：', '谁？'],
  ['Anna: Hello there.', 'Anna', '{name}: ', 'Hello there.'],
  ['ANNA LEE: Hello there.', 'ANNA LEE', '{name}: ', 'Hello there.'],
  ['Mr. Lee (aside): Hello.', 'Mr. Lee', '{name} (aside): ', 'Hello.'],
  ['Captain de Vries: Aboard!', 'Captain de Vries', '{name}: ', 'Aboard!'],
  ['[Anna]: Hello.', 'Anna', '[{name}]: ', 'Hello.'],
  ['さくら：もう帰るよ。', 'さくら', '{name}：', 'もう帰るよ。'],
  ['$name', null, '', '$name'],
])('%s is spoken by %s', (row, speaker, cue, text) => {
  expect(firstRow(row)).toMatchObject({ speaker, text, layout: { cue } })
})

test.each([
  '他说：“走吧。”',
  '林晚低声问道：“谁？”',
  '老船长喊：“开船！”',
  '她回答：不。',
  'She said: no.',
  'Anna whispered: come here.',
  '时间：夜',
  'Note: bring a lamp.',
  '12:30 开船',
  '比分3：2',
  'John 3:16 says otherwise',
  'http://example.com/a',
  'https://example.com',
  'C:\\books\\one.txt',
  'key:value',
  'std::vector',
  'One thing is certain: we go.',
  '我只有一个条件：你得先走。',
  '所有人都知道的一件事：船要开了。',
  'A very long winded name indeed: hello',
  '“林晚：”',
  '12：30',
  '林晚：',
  '【音乐】',
  '【叹气】走吧。',
  '[laughter] ha ha',
  '[1] footnote',
  '[text](https://example.com)',
  'Remember: bring a lamp.',
  '李想想：“算了。”',
])('%s is narration', (row) => {
  expect(speakersOf(row)).toEqual([null])
  expect(firstRow(row)?.text).toBe(row)
})

test('a doubtful name counts once another row has it too', () => {
  expect(speakersOf('卖花的姑娘：买花吗？')).toEqual([null])
  expect(speakersOf('卖花的姑娘：买花吗？\n没人理她。\n卖花的姑娘：不买？')).toEqual(['卖花的姑娘', null, '卖花的姑娘'])
  expect(speakersOf('[Anna] Hello.')).toEqual([null])
  expect(speakersOf('[Anna] Hello.\nAnna: Hello again.')).toEqual(['Anna', 'Anna'])
})

test('ignored names stay narration, unchanged', () => {
  const text = '林晚：走。\n周舟：好。'
  expect(speakersOf(text, ['林晚'])).toEqual([null, '周舟'])
  expect(serialiseScript(parseScript(text, { ignoredNames: ['林晚'] }))).toBe(text)
})

test('no speakers are looked for when nobody asks', () => {
  expect(parseScript('林晚：走。', { detectDialogue: false }).script.chapters[0]?.rows[0]?.speaker).toBeNull()
})
