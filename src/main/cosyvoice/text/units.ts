/** A unit of measure, as it is written and said. */
export type Unit = {
  /** Spellings, case kept: `mm` and `Mm` are not the same. */
  written: readonly string[]
  chinese: string
  english: { one: string; many: string }
}

const unit = (written: string, chinese: string, one: string, many = `${one}s`): Unit => ({
  written: written.split(' '),
  chinese,
  english: { one, many },
})

/**
 * Units that are read out; letters that mean something else more often (`5G`, `A4`, `16GB`) are not among them.
 * @source wenet-e2e/WeTextProcessing tn/chinese/data/measure/units_en.tsv, for the Chinese names
 */
export const UNITS: readonly Unit[] = [
  unit('km', '公里', 'kilometer'),
  unit('m', '米', 'meter'),
  unit('dm', '分米', 'decimeter'),
  unit('cm', '厘米', 'centimeter'),
  unit('mm', '毫米', 'millimeter'),
  unit('μm µm um', '微米', 'micrometer'),
  unit('nm', '纳米', 'nanometer'),
  unit('m/s² m/s2', '米每二次方秒', 'meter per second squared', 'meters per second squared'),
  unit('ft', '英尺', 'foot', 'feet'),
  unit('mi', '英里', 'mile'),
  unit('yd', '码', 'yard'),
  unit('km² km2', '平方公里', 'square kilometer'),
  unit('m² m2 ㎡', '平方米', 'square meter'),
  unit('cm² cm2', '平方厘米', 'square centimeter'),
  unit('mm² mm2', '平方毫米', 'square millimeter'),
  unit('m³ m3 ㎥', '立方米', 'cubic meter'),
  unit('cm³ cm3 cc', '立方厘米', 'cubic centimeter'),
  unit('ha', '公顷', 'hectare'),
  unit('kg', '千克', 'kilogram'),
  unit('g', '克', 'gram'),
  unit('mg', '毫克', 'milligram'),
  unit('μg µg ug', '微克', 'microgram'),
  unit('t', '吨', 'ton'),
  unit('lb lbs', '磅', 'pound'),
  unit('oz', '盎司', 'ounce'),
  unit('L l', '升', 'liter'),
  unit('mL ml', '毫升', 'milliliter'),
  unit('h hr hrs', '小时', 'hour'),
  unit('min mins', '分钟', 'minute'),
  unit('s sec secs', '秒', 'second'),
  unit('ms', '毫秒', 'millisecond'),
  unit('μs µs us', '微秒', 'microsecond'),
  unit('°C ℃ ºC', '摄氏度', 'degree Celsius', 'degrees Celsius'),
  unit('°F ℉ ºF', '华氏度', 'degree Fahrenheit', 'degrees Fahrenheit'),
  unit('° º', '度', 'degree'),
  unit('Hz', '赫兹', 'hertz', 'hertz'),
  unit('kHz', '千赫兹', 'kilohertz', 'kilohertz'),
  unit('MHz', '兆赫兹', 'megahertz', 'megahertz'),
  unit('GHz', '吉赫兹', 'gigahertz', 'gigahertz'),
  unit('dB db', '分贝', 'decibel'),
  unit('V', '伏', 'volt'),
  unit('mV', '毫伏', 'millivolt'),
  unit('W', '瓦', 'watt'),
  unit('kW', '千瓦', 'kilowatt'),
  unit('MW', '兆瓦', 'megawatt'),
  unit('kWh', '千瓦时', 'kilowatt hour'),
  unit('mAh', '毫安时', 'milliamp hour'),
  unit('Pa', '帕', 'pascal'),
  unit('kPa', '千帕', 'kilopascal'),
  unit('MPa', '兆帕', 'megapascal'),
  unit('cal', '卡', 'calorie'),
  unit('kcal', '千卡', 'kilocalorie'),
  unit('J', '焦耳', 'joule'),
  unit('kJ', '千焦', 'kilojoule'),
  unit('N', '牛', 'newton'),
  unit('mol', '摩尔', 'mole'),
  unit('rpm', '转每分', 'revolution per minute', 'revolutions per minute'),
  unit('kbps', '千比特每秒', 'kilobit per second', 'kilobits per second'),
  unit('Mbps', '兆比特每秒', 'megabit per second', 'megabits per second'),
  unit('Gbps', '吉比特每秒', 'gigabit per second', 'gigabits per second'),
]

/** Units that stand behind a stroke: `km/h`. */
const DIVISORS = /^(?:h|hr|min|s|sec|m²|m2|m³|m3|L|l|kg|km|mL|ml)$/
/** Written as one word, said as two units. */
const SPEEDS: Readonly<Record<string, string>> = { mph: 'mi', kph: 'km', kmh: 'km' }

const byWritten = new Map(UNITS.flatMap((each) => each.written.map((written) => [written, each] as const)))
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
const alternatives = [...byWritten.keys(), ...Object.keys(SPEEDS)].sort((a, b) => b.length - a.length).map(escaped)

/** Matches the name of a unit. */
export const UNIT_NAME = `(?:${alternatives.join('|')})`

/** Matches a unit, in the groups `unit` and `per`, that no letter follows. */
export const UNIT_PATTERN = `(?<unit>${UNIT_NAME})(?:/(?<per>[a-zA-Z]+[²³23]?))?(?![a-zA-Z0-9²³]|/[a-zA-Z0-9])`

/** The unit and what it is divided by; undefined where they are none together. */
export const findUnit = (written: string, per: string | undefined): { unit: Unit; per?: Unit } | undefined => {
  const length = SPEEDS[written]
  if (length !== undefined) return findUnit(length, 'h')
  const found = byWritten.get(written)
  if (!found || per === undefined) return found && { unit: found }
  const divisor = DIVISORS.test(per) ? byWritten.get(per) : undefined
  return divisor && { unit: found, per: divisor }
}
