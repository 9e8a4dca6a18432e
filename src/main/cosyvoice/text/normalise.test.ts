import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseText } from './normalise.ts'
import { writtenLanguageOf } from './written-language.ts'

const chinese = (text: string): string => normaliseText(text, { architecture: 'cosyvoice3', language: 'zh' })
const english = (text: string): string => normaliseText(text, { architecture: 'cosyvoice3', language: 'en' })
const expectAll = (say: (text: string) => string, cases: Readonly<Record<string, string>>): void =>
  expect(Object.fromEntries(Object.keys(cases).map((written) => [written, say(written)]))).toEqual(cases)

describe('Chinese', () => {
  // wenet-e2e/WeTextProcessing tn/chinese/test/data (Apache-2.0); its punctuation, which it narrows, is not compared.
  it('is read as the reference reads it', () => {
    expectAll(chinese, {
      '共计6.42万人': '共计六点四二万人',
      '同比升高0.6个百分点': '同比升高零点六个百分点',
      '总量的1/5以上': '总量的五分之一以上',
      '3/2是一个假分数': '二分之三是一个假分数',
      '同比增长6.3%': '同比增长百分之六点三',
      '2002/01/28': '二零零二年一月二十八日',
      '2008-8-8': '二零零八年八月八日',
      '08-08-2008': '二零零八年八月八日',
      '2008-08': '二零零八年八月',
      '08-08': '八月八日',
      '8月16号12:00之前': '八月十六号十二点之前',
      '我是5:02开始的': '我是五点零二分开始的',
      '2:02': '两点零二分',
      '22：58': '二十二点五十八分',
      '于5:35:36发射': '于五点三十五分三十六秒发射',
      '8:00 a.m.准时开会': '上午八点准时开会',
      '1:02:36am': '上午一点零二分三十六秒',
      '比分定格在78:96': '比分定格在七十八比九十六',
      '计算-2的绝对值是2': '计算负二的绝对值是二',
      '±2的平方都是4': '正负二的平方都是四',
      '价格是￥13.5': '价格是十三点五元',
      '价格是A$13.5': '价格是十三点五澳元',
      '价格是HKD13.5': '价格是十三点五港元',
      重达25kg: '重达二十五千克',
      '最高气温38°C': '最高气温三十八摄氏度',
      '实际面积120m²': '实际面积一百二十平方米',
      '10km/h': '每小时十公里',
      '1年后2年后20年后': '一年后两年后二十年后',
      '2两': '二两',
      '1+2+3': '一加二加三',
      '2 = 1 + 1': '二等于一加一',
      '127.0.0.1': '一二七点零点零点一',
      尾号1702: '尾号幺七零二',
      '010-64035547': '零幺零六四零三五五四七',
    })
  })

  it('is read as people say it where the reference is stiff', () => {
    expectAll(chinese, {
      手机13501234567: '手机幺三五零幺二三四五六七',
      花了2000元: '花了两千元',
      '22000': '两万二千',
      '气温-5℃到3℃': '气温零下五摄氏度到三摄氏度',
      '-5~3℃': '零下五到三摄氏度',
      '3-5天，5-10%，10%-20%': '三到五天，百分之五到百分之十，百分之十到百分之二十',
      '3-2获胜': '三比二获胜',
      '7-2=5': '七减二等于五',
      '12月25日-31日': '十二月二十五日到三十一日',
      '8:30-9:00': '八点三十分到九点',
      '2008-2010年': '二零零八到二零一零年',
      '2月2日第2次走了2公里': '二月二日第二次走了两公里',
      '1000年和2000年': '一千年和二零零零年',
      '90后5天后': '九零后五天后',
      '10086，1,234,567，007': '一万零八十六，一百二十三万四千五百六十七，零零七',
      '10010001': '一千零一万零一',
      '100000000': '一亿',
      '3½杯': '三又二分之一杯',
      '$1.5万亿': '一点五万亿美元',
      'GPT-4和A4纸，16GB': 'GPT四和A四纸，十六GB',
      '２０２４年': '二零二四年',
    })
  })

  it('is cleaned as the original cleans it, but dots that end nothing are no full stops', () => {
    expectAll(chinese, {
      ' 你 好 hello  world ': '你好hello world',
      '第一行\n第二行': '第一行第二行',
      'one\ntwo三': 'one two三',
      '面积²': '面积平方',
      '好. 走': '好。走',
      'www.example.com的': 'www点example点com的',
      '他说...好': '他说……好',
      'A - B是': 'A，B是',
      '苹果（红）【大】`x`——完，、': '苹果红，大，x，完。',
    })
  })
})

describe('English', () => {
  it('is read number by number', () => {
    expectAll(english, {
      'the 12th game, number 256': 'the twelfth game, number two hundred and fifty-six',
      '1,234,567 and 1000001':
        'one million two hundred and thirty-four thousand five hundred and sixty-seven and one million and one',
      '3.14 .5 -5 007': 'three point one four point five minus five zero zero seven',
      '12345678901234567': 'one two three four five six seven eight nine zero one two three four five six seven',
      '21st 1,000th 103rd': 'twenty-first one thousandth one hundred and third',
      'GPT-4, mp3, 3D, 16GB': 'GPT four, mp three, three D, sixteen GB',
    })
  })

  it('is read as dates, times and years', () => {
    expectAll(english, {
      '2024-05-06': 'May sixth, twenty twenty-four',
      'April 1, 2011': 'April first, twenty eleven',
      '5 January 2012': 'the fifth of January, twenty twelve',
      'December 2011': 'December twenty eleven',
      '1/28/2002 and 28/1/2002':
        'January twenty-eighth, two thousand and two and January twenty-eighth, two thousand and two',
      'in 1219, 1988, 1905, 1900, 2005':
        'in twelve nineteen, nineteen eighty-eight, nineteen oh five, nineteen hundred, two thousand and five',
      "the 1990s and the '70s": 'the nineteen nineties and the seventies',
      'at 3:43 p.m. we': 'at three forty-three PM we',
      'at 10 a.m. They': 'at ten AM. They',
      '02:00, 02:30, 14:05, 00:00': "two o'clock, two thirty, fourteen oh five, midnight",
      '10:00:05 a.m. to': 'ten hours zero minutes and five seconds AM to',
    })
  })

  it('is read with money, units, parts and ranges', () => {
    expectAll(english, {
      '$12.05, $1, $0.05, $1.00': 'twelve dollars and five cents, one dollar, five cents, one dollar',
      '$1.2 million, $5k, £3.50, 20€':
        'one point two million dollars, five thousand dollars, three pounds and fifty pence, twenty euros',
      '-12kg, 1kg, .5kg': 'minus twelve kilograms, one kilogram, point five kilograms',
      '10 km/h, 60 mph, 98.6°F':
        'ten kilometers per hour, sixty miles per hour, ninety-eight point six degrees Fahrenheit',
      '6.3%, 5-10%': 'six point three percent, five to ten percent',
      '1/2, 3/4, 5/16, ¾, 24/7': 'one half, three quarters, five sixteenths, three quarters, twenty-four seven',
      '3-4 pounds': 'three to four pounds',
      '3 - 2 = 1': 'three minus two equals one',
      '+1 123-123-5678': 'plus one, one two three, one two three, five six seven eight',
    })
  })

  it('is read with its short words, whose full stops end nothing', () => {
    expectAll(english, {
      'Mr. Smith, e.g. Dr. Who, etc. Then': 'Mister Smith, for example Doctor Who, et cetera. Then',
      'No. 5 and #1': 'number five and number one',
      'Chapter IV, World War II, I am': 'Chapter four, World War two, I am',
      'a@b.com, AT&T': 'a at b dot com, AT and T',
    })
  })
})

describe('Japanese', () => {
  const toKatakana = (text: string): string => `<${text}>`
  const japanese = (text: string): string =>
    normaliseText(text, { architecture: 'cosyvoice3', language: 'ja', toKatakana })

  it('is given to the reader of CosyVoice 3 between its tags, with numbers in numerals', () => {
    expectAll(japanese, {
      '[breath]歴史の[laughter]': '[breath]<歴史の>[laughter]',
      '12月1日1,100円': '<十二月一日千百円>',
      '20000と0.5と50%': '<二万と零点五と五十パーセント>',
    })
  })

  it('stays as it is for CosyVoice 2', () => {
    expect(normaliseText('歴史の12', { architecture: 'cosyvoice2', language: 'ja' })).toBe('歴史の12')
  })

  it('gives the reader what is between the tags, and nothing where there are tags alone', () => {
    expect(japanese(' [breath] 3 [laughter] ')).toBe('[breath]< 三 >[laughter]')
    expect(japanese('[breath] [laughter]')).toBe('[breath] [laughter]')
  })

  it('needs a reader', () => {
    expect(() => normaliseText('歴史', { architecture: 'cosyvoice3', language: 'ja' })).toThrow('katakana')
  })
})

describe('other languages', () => {
  it('stay as they are', () => {
    for (const [text, language] of [
      ['natürlich 10 hoch 7', 'de'],
      ['10 hoch 7', 'de-AT'],
      ['natürlich 10 hoch 7', null],
      ['В 1990 году', null],
      ['3시 30분', null],
      ['¿Qué hora es? 3:30', null],
    ] as const)
      expect(normaliseText(text, { architecture: 'cosyvoice3', language })).toBe(text)
  })

  it('are told from the text where nobody says', () => {
    const told = (text: string) => writtenLanguageOf(text, null)
    expect(
      ['你好 world', 'カタカナ漢字', 'Hello, café 12', '123', 'das ist ein Haus', 'привет', '안녕'].map(told),
    ).toEqual(['zh', 'ja', 'en', 'en', 'other', 'other', 'other'])
    expect(['yue-HK', 'zh-Hant', 'en-GB', 'JA', 'fr'].map((language) => writtenLanguageOf('3', language))).toEqual([
      'zh',
      'zh',
      'en',
      'ja',
      'other',
    ])
  })
})

describe('no text is lost', () => {
  const number = fc.oneof(
    fc.integer({ min: 0, max: 99_999 }).map(String),
    fc.double({ min: 0, max: 9999, noNaN: true }).map((value) => value.toFixed(2)),
    fc.constantFrom('12:30', '2024-05-06', '1/2', '50%', '3-5', '007', '1,000,000', '13800138000', '①', '1990', '$5'),
  )
  const lettersOf = (text: string): string => (text.match(/\p{L}/gu) ?? []).join('')

  it('between Chinese words each number is said, and the words are as they were', () => {
    const word = fc.constantFrom('猫', '狗跑', '花，', '树。', '“鸟”', '《鱼》', '……', '鹿！')
    fc.assert(
      fc.property(fc.array(fc.tuple(word, number), { minLength: 1, maxLength: 6 }), (parts) => {
        const spoken = chinese(`${parts.map(([before, digits]) => before + digits).join('')}羊`)
        const words = parts.map(([before]) => lettersOf(before)).join('')
        expect(lettersOf(spoken.replace(/[^猫狗跑花树鸟鱼鹿羊]/gu, ''))).toBe(`${words}羊`)
        expect(
          spoken
            .split(/[猫狗跑花树鸟鱼鹿羊]+/u)
            .slice(1, -1)
            .filter((between) => !/\p{L}/u.test(between)),
        ).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('between English words each number is said, and the words are as they were', () => {
    const word = fc.constantFrom('cats ran', 'dogs,', '"birds"', 'fish; big', '(sheep)', "O'Neill")
    fc.assert(
      fc.property(fc.array(fc.tuple(word, number), { minLength: 1, maxLength: 6 }), (parts) => {
        const spoken = english(`${parts.map(([before, digits]) => `${before} ${digits}`).join(' ')} goats`)
        const words = /cats|ran|dogs|birds|fish|big|sheep|O'Neill|goats/g
        expect(spoken.match(words)).toEqual([...parts.flatMap(([before]) => before.match(words) ?? []), 'goats'])
        const between = spoken.split(/(?:cats ran|dogs,|"birds"|fish; big|\(sheep\)|O'Neill|goats)/).slice(1, -1)
        expect(between.filter((each) => !/\p{L}/u.test(each))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

describe('tags', () => {
  it('stay where they are and what they are; brackets that are no tag are text', () => {
    expect(chinese('[breath]因为3，对报道[j][ǐ]予<strong>2</strong>个。')).toBe(
      '[breath]因为三，对报道[j][ǐ]予<strong>二</strong>个。',
    )
    expect(chinese('\uE0003[breath]个')).toBe('三[breath]个')
    expect(chinese('见[3]')).toBe('见[三]')
    expect(english('[AH0] [12] [sigh] 5')).toBe('[AH0] [twelve] [sigh] five')
    expect(chinese('[i\u030c]3，[vocalized-noise]4，[laugh ter]5，[<laughter]6')).toBe(
      '[i\u030c]三，[vocalized-noise]四，[laugh ter]五，[<laughter]六',
    )
    expect(english('<Strong>3</Strong> <strong >')).toBe('<Strong>three</Strong> <strong >')
    expect(normaliseText('[j]3', { architecture: 'cosyvoice2', language: 'zh' })).toBe('[j]三')
  })

  it('do not switch anything off', () => {
    expect(chinese('<|zh|>有3个')).toBe('<|zh|>有三个')
  })

  const part = fc.constantFrom(
    ...[
      '今天',
      '3',
      '2024',
      '-',
      '.',
      ':',
      '/',
      ',',
      '%',
      '$',
      '￥',
      'km',
      'h',
      ' ',
      '5.5',
      '年',
      '月',
      '到',
      '=',
      '+',
      'No.',
      'Mr.',
      'IV',
      '½',
      'p.m.',
    ],
    ...[
      '[breath]',
      '[j]',
      '<strong>',
      '</strong>',
      'word',
      '，',
      '\n',
      '[',
      '<',
      '>',
      '\uE000',
      '电话',
      '°C',
      '0',
      '1',
      '~',
      '@',
      'a.com',
      '’',
    ],
  )
  const anyText = fc.array(part, { maxLength: 25, size: 'max' }).map((parts) => parts.join(''))
  const tagsOf = (text: string): string[] => text.match(/\[(?:breath|j)\]|<\/?strong>/g) ?? []

  it('survive any text in their order, and no digit does', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('zh', 'en'), (text, language) => {
        const spoken = normaliseText(text, { architecture: 'cosyvoice3', language })
        expect(tagsOf(spoken)).toEqual(tagsOf(text.replaceAll('\uE000', '')))
        expect(spoken).not.toMatch(/[0-9\uE000]|undefined|NaN/)
      }),
      { numRuns: 1500 },
    )
  })
})
