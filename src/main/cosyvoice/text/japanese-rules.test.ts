import { describe, expect, it } from 'vitest'
import { normaliseText } from './normalise.ts'

const say = (text: string): string =>
  normaliseText(text, { architecture: 'cosyvoice3', language: 'ja', toKatakana: (text) => `<${text}>` })
const expectAll = (cases: Readonly<Record<string, string>>): void =>
  expect(Object.fromEntries(Object.keys(cases).map((written) => [written, say(written)]))).toEqual(cases)

/** Readings judged by ear, as people and news readers say them; where the reference is followed normalise.test.ts says so. */
describe('a Japanese voice', () => {
  it('reads dates, times and years', () => {
    expectAll({
      '2024/05/06、2024-5-6、2024.12.31、1990年代':
        '<二千二十四年五月六日、二千二十四年五月六日、二千二十四年十二月三十一日、千九百九十年代>',
      '3:30、12:05、8:00、08:05:09、24:00': '<三時三十分、十二時五分、八時、八時五分九秒、二十四時>',
      '2024/13/01、3:60': '<二千二十四/十三/零一、三:六十>',
    })
  })

  it('reads fractions, ranges and signs before numbers', () => {
    expectAll({
      '1/2、10/3、A1/2、1/2/3': '<二分の一、三分の十、A一/二、一/二/三>',
      '10~20人、3-5日、5～6個、10%〜20%、3:00-5:00、5kg-10kg':
        '<十から二十人、三から五日、五から六個、十パーセントから二十パーセント、三時から五時、五キログラムから十キログラム>',
      '-5℃、−3、A-5、気温は-3': '<マイナス五度、マイナス三、A-五、気温はマイナス三>',
    })
  })

  it('reads money and units', () => {
    expectAll({
      '¥1,000、￥5、$3.5、＄2、€20、£5、¥5万': '<千円、五円、三点五ドル、二ドル、二十ユーロ、五ポンド、五万円>',
      '5km、3m、10cm、2mm、60km/h、70kg、5g、3mg、1L、500ml、5mL、10m²、5㎡、3m³、50Hz、5W、3kW':
        '<五キロメートル、三メートル、十センチメートル、二ミリメートル、六十キロメートル毎時、七十キログラム、五グラム、三ミリグラム、一リットル、五百ミリリットル、五ミリリットル、十平方メートル、五平方メートル、三立方メートル、五十ヘルツ、五ワット、三キロワット>',
      '20℃、36.5°C、45°、50%、５％、%、3 km、5mx、A5m':
        '<二十度、三十六点五度、四十五度、五十パーセント、五パーセント、パーセント、三キロメートル、五mx、A五m>',
    })
  })

  it('reads numbers in numerals, of any shape', () => {
    expectAll({
      '12,000、0.5、第12章、②、１２、Ⅳ': '<一万二千、零点五、第十二章、二、十二、四>',
    })
  })
})
