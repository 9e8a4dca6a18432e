import { describe, expect, it } from 'vitest'
import { normaliseText } from './normalise.ts'

const say = (text: string, language: string): string => normaliseText(text, { architecture: 'cosyvoice3', language })

/** Spellings, Chinese, English of one and of more. */
const NAMES = `
  km 公里 kilometer kilometers; m 米 meter meters; dm 分米 decimeter decimeters; cm 厘米 centimeter centimeters
  mm 毫米 millimeter millimeters; μm,µm,um 微米 micrometer micrometers; nm 纳米 nanometer nanometers
  m/s²,m/s2 米每二次方秒 meter_per_second_squared meters_per_second_squared
  ft 英尺 foot feet; mi 英里 mile miles; yd 码 yard yards
  km²,km2 平方公里 square_kilometer square_kilometers; m²,m2,㎡ 平方米 square_meter square_meters
  cm²,cm2 平方厘米 square_centimeter square_centimeters; mm²,mm2 平方毫米 square_millimeter square_millimeters
  m³,m3,㎥ 立方米 cubic_meter cubic_meters; cm³,cm3,cc,㏄ 立方厘米 cubic_centimeter cubic_centimeters
  ha 公顷 hectare hectares; kg,㎏ 千克 kilogram kilograms; g 克 gram grams; mg,㎎ 毫克 milligram milligrams
  μg,µg,ug 微克 microgram micrograms; t 吨 ton tons; lb,lbs 磅 pound pounds; oz 盎司 ounce ounces
  L,l 升 liter liters; mL,ml 毫升 milliliter milliliters; h,hr,hrs 小时 hour hours; min,mins 分钟 minute minutes
  s,sec,secs 秒 second seconds; ms 毫秒 millisecond milliseconds; μs,µs,us 微秒 microsecond microseconds
  °C,℃,ºC 摄氏度 degree_Celsius degrees_Celsius; °F,℉,ºF 华氏度 degree_Fahrenheit degrees_Fahrenheit
  °,º 度 degree degrees; Hz 赫兹 hertz hertz; kHz 千赫兹 kilohertz kilohertz; MHz 兆赫兹 megahertz megahertz
  GHz 吉赫兹 gigahertz gigahertz; dB,db 分贝 decibel decibels; V 伏 volt volts; mV 毫伏 millivolt millivolts
  W 瓦 watt watts; kW 千瓦 kilowatt kilowatts; MW 兆瓦 megawatt megawatts; kWh 千瓦时 kilowatt_hour kilowatt_hours
  mAh 毫安时 milliamp_hour milliamp_hours; Pa 帕 pascal pascals; kPa 千帕 kilopascal kilopascals
  MPa 兆帕 megapascal megapascals; cal 卡 calorie calories; kcal 千卡 kilocalorie kilocalories; J 焦耳 joule joules
  kJ 千焦 kilojoule kilojoules; N 牛 newton newtons; mol 摩尔 mole moles
  rpm 转每分 revolution_per_minute revolutions_per_minute; kbps 千比特每秒 kilobit_per_second kilobits_per_second
  Mbps 兆比特每秒 megabit_per_second megabits_per_second; Gbps 吉比特每秒 gigabit_per_second gigabits_per_second`
const UNITS = NAMES.split(/[;\n]/)
  .map((entry) => entry.trim().replaceAll(/ +/g, ' '))
  .filter((entry) => entry !== '')
  .map((entry) => entry.split(' ').map((word) => word.replaceAll('_', ' ')))

describe('units', () => {
  it('are read in full behind a number', () => {
    for (const [written = '', chinese = '', one = '', many = ''] of UNITS)
      for (const unit of written.split(',')) {
        expect(say(`3${unit}`, 'zh')).toBe(`三${chinese}`)
        expect(say(`12.5 ${unit}`, 'zh')).toBe(`十二点五${chinese}`)
        expect(say(`1${unit}`, 'en')).toBe(`one ${one}`)
        expect(say(`3 ${unit}`, 'en')).toBe(`three ${many}`)
      }
  })

  it('are divided by time, area, volume, mass and length', () => {
    const divisors = {
      h: ['小时', 'hour'],
      hr: ['小时', 'hour'],
      min: ['分钟', 'minute'],
      s: ['秒', 'second'],
      sec: ['秒', 'second'],
      'm²': ['平方米', 'square meter'],
      m2: ['平方米', 'square meter'],
      'm³': ['立方米', 'cubic meter'],
      m3: ['立方米', 'cubic meter'],
      L: ['升', 'liter'],
      l: ['升', 'liter'],
      kg: ['千克', 'kilogram'],
      km: ['公里', 'kilometer'],
      mL: ['毫升', 'milliliter'],
      ml: ['毫升', 'milliliter'],
    }
    for (const [written, [chinese, english]] of Object.entries(divisors)) {
      expect(say(`5g/${written}`, 'zh')).toBe(`每${chinese}五克`)
      expect(say(`5 g/${written}`, 'en')).toBe(`five grams per ${english}`)
    }
    for (const [written, chinese, english] of [
      ['mph', '英里', 'miles'],
      ['kph', '公里', 'kilometers'],
      ['kmh', '公里', 'kilometers'],
    ] as const) {
      expect(say(`60${written}`, 'zh')).toBe(`每小时六十${chinese}`)
      expect(say(`60 ${written}`, 'en')).toBe(`sixty ${english} per hour`)
    }
  })

  it('are none where letters go on, and none divide by what is no measure', () => {
    expect(say('5gb，5mx，5km2x', 'zh')).toBe('五gb，五mx，五km二x')
    expect(say('5 gb, 5 g/x', 'en')).toBe('five gb, five g/x')
    expect(say('g5，A5 m', 'zh')).toBe('g五，A五m')
  })
})
