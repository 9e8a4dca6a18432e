import { describe, expect, it } from 'vitest'
import { normaliseText } from './normalise.ts'

const say = (text: string): string => normaliseText(text, { architecture: 'cosyvoice3', language: 'en' })
const expectAll = (cases: Readonly<Record<string, string>>): void =>
  expect(Object.fromEntries(Object.keys(cases).map((written) => [written, say(written)]))).toEqual(cases)

/** Readings judged by ear, as people and news readers say them; where the reference is followed normalise.test.ts says so. */
describe('an English voice', () => {
  it('knows a doctor from a drive and a saint from a street', () => {
    expectAll({
      'Dr. Smith lives on St. James St. near Elm Dr.': 'Doctor Smith lives on Saint James Street near Elm Drive.',
      'He lives at 5 Elm St. The house is big.': 'He lives at five Elm Street. The house is big.',
      'Dr. A. Jones of 5th Ave. and Oak Ln., not Main Sq.':
        'Doctor A Jones of fifth Avenue and Oak Lane, not Main Square.',
      'St. Louis, Mt. Everest, Ft. Worth': 'Saint Louis, Mount Everest, Fort Worth',
      'Lt. Col. Smith, Gen. Lee, Sgt. Pepper, Capt. Ahab, Maj. Tom':
        'Lieutenant Colonel Smith, General Lee, Sergeant Pepper, Captain Ahab, Major Tom',
      'Rev. King, Hon. Judge, Gov. Bush, Sen. Kerry, Rep. Lee, Pres. Obama':
        'Reverend King, Honorable Judge, Governor Bush, Senator Kerry, Representative Lee, President Obama',
    })
  })

  it('expands short words, whose full stops stay where a sentence ends', () => {
    expectAll({
      'Mr. and Mrs. Jones, Ms. Lee and Prof. Ng vs. the World':
        'Mister and Missus Jones, Miz Lee and Professor Ng versus the World',
      'apples, etc. in the box, etc. Then pears, etc.':
        'apples, et cetera in the box, et cetera. Then pears, et cetera.',
      'e.g. apples, i.e. fruit, approx. 5, a.k.a. Bob':
        'for example apples, that is fruit, approximately five, also known as Bob',
      'He works at Apple Inc. She left Ford Ltd. for Sun Corp.':
        'He works at Apple Incorporated. She left Ford Limited for Sun Corporation.',
      'Smith Jr. and Jones Sr., Bell & Co., Park Ave., Sunset Blvd., Abbey Rd.':
        'Smith Junior and Jones Senior, Bell and Company, Park Avenue, Sunset Boulevard, Abbey Road.',
      'He got a Ph.D. in 2010. Dept. of War, the dept. of':
        'He got a PhD in twenty ten. Department of War, the department of',
      'Mr.Smith': 'Mister Smith',
      '"I saw Jones Jr." She left.': '"I saw Jones Junior." She left.',
      'with w/o and w/ milk': 'with without and with milk',
    })
  })

  it('expands words before numbers', () => {
    expectAll({
      'Fig. 3, Figs. 3-4, fig. 2, p. 12, pp. 12-15, vol. 2, Vol. 3, ch. 3, Ch. IV':
        'Figure three, Figures three to four, figure two, page twelve, pages twelve to fifteen, volume two, Volume three, chapter three, Chapter four',
      'Sec. 5, sec. 2, est. 1990, Est. 1850, ca. 1850, c. 1850, Apt. 5, Nos. 1-3':
        'Section five, section two, established nineteen ninety, Established eighteen fifty, circa eighteen fifty, circa eighteen fifty, Apartment five, numbers one to three',
      'a pp. b': 'a pp. b',
      'Rm. 12, Ste. 5, ext. 9': 'Room twelve, Suite five, extension nine',
    })
  })

  it('expands days that go on', () => {
    expectAll({
      'Mon. at 5, Tue., Tues. the 3rd, Wed., Thu., Thur., Thurs. 5, Fri. May 5, Sat. at':
        'Monday at five, Tuesday, Tuesday the third, Wednesday, Thursday, Thursday, Thursday five, Friday May fifth, Saturday at',
      'I sat in the Sun. The end.': 'I sat in the Sun. The end.',
      'Mon.–Fri. at 9': 'Monday–Friday at nine',
    })
  })

  it('keeps letters apart and initials together', () => {
    expectAll({
      'A.I. and the U.S. and the U.K. work': 'A.I and the U.S and the U.K work',
      'In the U.S. The law is. The U.S. Army went. It was the U.S.':
        'In the U.S. The law is. The U.S Army went. It was the U.S.',
      'J. K. Rowling and Samuel L. Jackson met George W. Bush.': 'J K Rowling and Samuel L Jackson met George W Bush.',
      'Vitamin C. Then. Plan B. Oranges. I met T.S. Eliot.': 'Vitamin C. Then. Plan B. Oranges. I met T.S Eliot.',
      '"J. Smith" said A. Jones': '"J Smith" said A Jones',
    })
  })

  it('counts rulers in order and the rest in numbers', () => {
    expectAll({
      'Henry VIII and Louis XIV. Elizabeth II reigned. Charles V, John X':
        'Henry the eighth and Louis the fourteenth. Elizabeth the second reigned. Charles the fifth, John the tenth',
      'King George III and Queen Mary I met Pope Leo X':
        'King George the third and Queen Mary the first met Pope Leo the tenth',
      'Chapter IV, World War II, Act I, CHAPTER XII, Part III, Super Bowl LVIII, Volume XC, Book XLIV':
        'Chapter four, World War two, Act one, CHAPTER twelve, Part three, Super Bowl fifty-eight, Volume ninety, Book forty-four',
      'WWI, WWII': 'World War one, World War two',
      'Rocky IV, Final Fantasy VII, Apollo XIII': 'Rocky four, Final Fantasy seven, Apollo thirteen',
      'I am. I, too. V is a letter. Malcolm X. When Charles I met. Section C. XX XL MIX':
        'I am. I, too. V is a letter. Malcolm X. When Charles I met. Section C. XX XL MIX',
      'Ⅳ and ① first, see ③, ⑵ second': 'four and one first, see three, two second',
      "Louis XIV's, King Charles III's, Henry V's, Chapter I’s, Chapter I'm":
        "Louis the fourteenth's, King Charles the third's, Henry the fifth's, Chapter one’s, Chapter I'm",
    })
  })

  it('reads numbers of things', () => {
    expectAll({
      'No. 5 is alive. No, 5 is not. #1 and #22':
        'number five is alive. No, five is not. number one and number twenty-two',
      '1st, 2nd, 3rd, 22nd, 111th, 1,001st, 20th, 12th, 8th, 9th':
        'first, second, third, twenty-second, one hundred and eleventh, one thousand and first, twentieth, twelfth, eighth, ninth',
      'Room 101, Flight 370, Route 66, Highway 500, Boeing 747, Suite 1208':
        'Room one oh one, Flight three seventy, Route sixty-six, Highway five hundred, Boeing seven forty-seven, Suite twelve oh eight',
      'A380, F-150, CS101, MP3, COVID-19, B2B, T-1000, 1080p, 720p':
        'A three eighty, F one fifty, CS one oh one, MP three, COVID nineteen, B two B, T one thousand, ten eighty p, seven twenty p',
      'call 911 now, 911 operator, 911 people':
        'call nine one one now, nine one one operator, nine hundred and eleven people',
      '007, 1,000,000, 100,000,000,000, 12345':
        'zero zero seven, one million, one hundred billion, twelve thousand three hundred and forty-five',
      '100s of people, 10s of, 1,000s of, 10s, 100s':
        'hundreds of people, tens of, thousands of, ten seconds, one hundred seconds',
    })
  })

  it('reads years', () => {
    expectAll({
      'in 1066, since 1099, the year 1500, in 2005, by 1776':
        'in ten sixty-six, since ten ninety-nine, the year fifteen hundred, in two thousand and five, by seventeen seventy-six',
      '1492, 1776, and 1850 was. 1500; 1,776 men, 1776 men':
        'fourteen ninety-two, seventeen seventy-six, and eighteen fifty was. one thousand five hundred; one thousand seven hundred and seventy-six men, one thousand seven hundred and seventy-six men',
      '1984. 1999, 2000, 2010, 2024, $1984, 1984 km':
        'nineteen eighty-four. nineteen ninety-nine, two thousand, twenty ten, twenty twenty-four, one thousand nine hundred and eighty-four dollars, one thousand nine hundred and eighty-four kilometers',
      'FY2023, Q1 2024, 2023-24':
        'FY twenty twenty-three, Q one twenty twenty-four, twenty twenty-three to twenty-four',
      "the 1990s, '80s, the 80s, mid-1850s, 1900s, 1960's":
        'the nineteen nineties, eighties, the eighties, mid-eighteen fifties, nineteen hundreds, nineteen sixties',
      '44 BC, 300 B.C.E.': 'forty-four BC, three hundred B.C.E.',
    })
  })

  it('reads dates', () => {
    expectAll({
      '2024-05-06, 5/6/2024, 28/1/2002, 05/06/24, 3/14/99':
        'May sixth, twenty twenty-four, May sixth, twenty twenty-four, January twenty-eighth, two thousand and two, May sixth, twenty twenty-four, March fourteenth, nineteen ninety-nine',
      'May 6, 2024, 6 May 2024, the 20th of May, 20th May 2020, Aug 2020, Sept. 2021':
        'May sixth, twenty twenty-four, the sixth of May, twenty twenty-four, the twentieth of May, the twentieth of May, twenty twenty, August twenty twenty, September twenty twenty-one',
      'May 5th-7th, June 10-12, Oct. 31st, Jan. 5':
        'May fifth to seventh, June tenth to twelfth, October thirty-first, January fifth',
      'on 12/25 we, since 1/2, 9/11, 13/25':
        'on December twenty-fifth we, since January second, nine eleven, thirteen over twenty-five',
      'Jan.–Mar. 2020, in Dec. he': 'January–March twenty twenty, in December he',
    })
  })

  it('reads times, and what is between them', () => {
    expectAll({
      '3:30 p.m. we, 10 a.m. Monday, 3 p.m. Then, 5pm, 5 PM, 9 a.m., noon':
        'three thirty PM we, ten AM Monday, three PM. Then, five PM, five PM, nine AM, noon',
      '4:30-5:30, 9am-5pm, 9 a.m.-5 p.m., 10:30-11:45 a.m. daily':
        'four thirty to five thirty, nine AM to five PM, nine AM to five PM, ten thirty to eleven forty-five AM daily',
      '12:00, 00:00, 24:00, 9:05, 15:45, 14:00, 2:00':
        "twelve o'clock, midnight, midnight, nine oh five, fifteen forty-five, fourteen hundred, two o'clock",
      '12:30:45, 1:01:01': 'twelve hours thirty minutes and forty-five seconds, one hour one minute and one second',
      '5.30 pm': 'five thirty PM',
      '5-6pm, 5 – 6 p.m. daily': 'five to six PM, five to six PM daily',
    })
  })

  it('reads ratios, verses and scores', () => {
    expectAll({
      '2:1, 3:2 odds, 16:9, 1:100': 'two to one, three to two odds, sixteen to nine, one to one hundred',
      'Psalm 23:4, John 3:16, Genesis 1:1-3': 'Psalm twenty-three four, John three sixteen, Genesis one one to three',
      'The score was 3-2, 21-14.': 'The score was three to two, twenty-one to fourteen.',
    })
  })

  it('reads money', () => {
    expectAll({
      '$5.50, $1,200.50, $0.99, $1, $2.01, $0.01, $100.00, -$5, $5.5':
        'five dollars and fifty cents, one thousand two hundred dollars and fifty cents, ninety-nine cents, one dollar, two dollars and one cent, one cent, one hundred dollars, minus five dollars, five point five dollars',
      '$1.5 million, $3bn, $20k, $1M, $2tn, $1 trillion, 5 million USD':
        'one point five million dollars, three billion dollars, twenty thousand dollars, one million dollars, two trillion dollars, one trillion dollars, five million US dollars',
      '$5-10, $5-$10, £5–£10': 'five to ten dollars, five to ten dollars, five to ten pounds',
      'a $5 bill, A €3.5bn loss, a $20 fine':
        'a five dollar bill, A three point five billion euro loss, a twenty dollar fine',
      '€5, £10.50, ¥1000, 20 €, 5 USD, £0.01, £1.01, A$5, C$1, HK$2, US$3, ₹500, ₩5, ￥5':
        'five euros, ten pounds and fifty pence, one thousand yen, twenty euros, five US dollars, one penny, one pound and one penny, five Australian dollars, one Canadian dollar, two Hong Kong dollars, three US dollars, five hundred rupees, five won, five yuan',
      '5¢, 1¢, ~$5, 1.5M users, 2.5B, 3M, 5M people':
        'five cents, one cent, about five dollars, one point five million users, two point five billion, three M, five million people',
      '$10/hour, 5/day, and/or': 'ten dollars per hour, five per day, and/or',
    })
  })

  it('reads measures, but no model as one', () => {
    expectAll({
      '3 km/h, 10 m/s, 5kg, 1 km, 1.5 km, -5°C, 98.6°F, 5 m/s²':
        'three kilometers per hour, ten meters per second, five kilograms, one kilometer, one point five kilometers, minus five degrees Celsius, ninety-eight point six degrees Fahrenheit, five meters per second squared',
      'iPhone 6s, took 5s, 1s, .5kg, 5m/x':
        'iPhone six s, took five seconds, one second, point five kilograms, five m/x',
      '6 ft 2 in tall, 12 in. by 5, 1 in. wide, 5 in 10':
        'six feet two inches tall, twelve inches by five, one inch wide, five in ten',
      "5'10\", 5' 10\", 6'2, 39°54′, 39°54′30″":
        'five foot ten, five foot ten, six foot two, thirty-nine degrees fifty-four minutes, thirty-nine degrees fifty-four minutes thirty seconds',
      '3kg-5kg, 5 km - 10 km, 100 kph, 60 mph':
        'three kilograms to five kilograms, five kilometers to ten kilometers, one hundred kilometers per hour, sixty miles per hour',
      '℃ and ℉': 'degrees Celsius and degrees Fahrenheit',
      'in 5 min. or 10 sec., 3 ft. tall, 3hrs': 'in five minutes or ten seconds, three feet tall, three hours',
    })
  })

  it('reads parts and fractions', () => {
    expectAll({
      '50%, 12.5%, 0%, -5%, .5%':
        'fifty percent, twelve point five percent, zero percent, minus five percent, point five percent',
      '1/2 cup, 3/4, 1 1/2 cups, 2½ hours, 1¼, ⅓, 2/3, 7/20, 1/8':
        'one half cup, three quarters, one and a half cups, two and a half hours, one and a quarter, one third, two thirds, seven twentieths, one eighth',
      '24/7, 50/50, 120/80, 50/60, 6 / 2':
        'twenty-four seven, fifty fifty, one hundred and twenty over eighty, fifty over sixty, six divided by two',
      '50-50, 80/20, 5%-5%': 'fifty fifty, eighty twenty, five percent to five percent',
    })
  })

  it('reads ranges', () => {
    expectAll({
      '10-20 people, 10–20, 10 - 20, 20 - 10, 5%-10%, 1990-2000, 20-30 km':
        'ten to twenty people, ten to twenty, ten to twenty, twenty minus ten, five percent to ten percent, nineteen ninety to two thousand, twenty to thirty kilometers',
      '~50, about ~50, ≈ 3, a ≈ 4': 'about fifty, about fifty, about three, a is about four',
    })
  })

  it('reads signs of arithmetic, and leaves tags', () => {
    expectAll({
      '10 x 20, 3×4, 2*3, 2 + 2 = 4, 5 - 3 = 2, 8 ÷ 2, 5 − 3':
        'ten times twenty, three times four, two times three, two plus two equals four, five minus three equals two, eight divided by two, five minus three',
      'x = 5, a > b, a < b, < 3, > 3, >= 5, <= 5, ≥5, ≤5, ≠ 5, ±5':
        'x equals five, a is greater than b, a is less than b, less than three, more than three, at least five, at most five, at least five, at most five, is not five, plus or minus five',
      '10^6, 10⁶, x², x³, E=mc², word²':
        'ten to the power of six, ten to the power of six, x squared, x cubed, E equals mc squared, word²',
      '<b>3</b>, <b> 3': '<b>three</b>, <b> three',
      '-5, −3.2, -.5, .75, 3.14, +5':
        'minus five, minus three point two, minus point five, point seven five, three point one four, plus five',
      '18+, 100+ people, 1+1, C++, C#, F#':
        'eighteen plus, one hundred plus people, one plus one, C plus plus, C sharp, F sharp',
      '...3, –5, a–5': '...three, minus five, a–five',
    })
  })

  it('reads telephone numbers', () => {
    expectAll({
      '+1 555 0100, +44 20 7946 0958, 555-0100, (555) 123-4567, 1-800-555-0199, 555.123.4567':
        'plus one, five five five, zero one zero zero, plus four four, two zero, seven nine four six, zero nine five eight, five five five, zero one zero zero, five five five, one two three, four five six seven, one, eight zero zero, five five five, zero one nine nine, five five five, one two three, four five six seven',
      '0800 123 456, 020 7946 0958':
        'zero eight zero zero, one two three, four five six, zero two zero, seven nine four six, zero nine five eight',
      'v2.0, 1.2.3, 10.0.0.1': 'v two point zero, one point two point three, ten point zero point zero point one',
      'call 1-800-FLOWERS, v3.0.1': 'call one, eight zero zero, FLOWERS, v three point zero point one',
    })
  })

  it('reads signs of the net', () => {
    expectAll({
      'https://example.com/path?q=1&x=2 and www.test.org.':
        'example dot com slash path question mark q equals one and x equals two and www dot test dot org.',
      'john.doe@example.com, a_b+c@x-y.co.uk':
        'john dot doe at example dot com, a underscore b plus c at x dash y dot co dot uk',
      'http://localhost.dev:8080/~me/#top50':
        'localhost dot dev colon eight zero eight zero slash tilde me slash hash top five zero',
      'AT&T, Q & A, @home, #hashtag, me @ 5, .NET, he/she':
        'AT and T, Q and A, at home, hashtag hashtag, me at five, dot NET, he/she',
      'example.com/ is': 'example dot com is',
    })
  })

  it('leaves out what has no sound', () => {
    expectAll({
      'Hello 😊 world 🎉, thumbs👍🏽up, "🎉 (x)", 1\uFE0F\u20E3 flag🇺🇸': 'Hello world, thumbs up, " (x)", one flag',
      'soft\u00ADhyphen 1\u200B5': 'softhyphen fifteen',
      "it's O'Neill's, \"Hello,\" 'Hi,' wait... Well… stopped—suddenly":
        "it's O'Neill's, \"Hello,\" 'Hi,' wait... Well… stopped—suddenly",
    })
  })

  it('knows the months and their short forms', () => {
    const months = 'January February March April May June July August September October November December'.split(' ')
    for (const month of months) {
      expect(say(`${month} 3`)).toBe(`${month} third`)
      if (month !== 'May') expect(say(`3 ${month.slice(0, 3)}. we`)).toBe(`the third of ${month} we`)
    }
    expect(say('Sept 3, in Marc 3')).toBe('September third, in Marc three')
    expect(months.map((_, index) => say(`2024-${index + 1}-02`))).toEqual(
      months.map((month) => `${month} second, twenty twenty-four`),
    )
  })

  it('knows rulers by their names', () => {
    const names =
      'Albert Alexander Alfonso Benedict Boniface Carlos Catherine Charles Christian Clement Constantine Darius David Edmund Edward Elizabeth Felipe Ferdinand Francis Frederick Friedrich George Gregory Gustav Haakon Harald Harold Henri Henry Innocent Isabella Ivan James John Joseph Juan Julius Justinian Leo Leopold Louis Margaret Mary Maximilian Napoleon Nicholas Olav Otto Paul Peter Philip Philippe Pius Ptolemy Ramesses Ramses Richard Robert Sixtus Theodosius Umberto Urban Victor Wilhelm William Xerxes'
    for (const name of names.split(' ')) expect(say(`${name} II`)).toBe(`${name} the second`)
    for (const title of 'King Queen Pope Emperor Empress Tsar Czar Kaiser Prince Sultan Pharaoh'.split(' '))
      expect(say(`${title} Bob I.`)).toBe(`${title} Bob the first.`)
    const parts =
      'World War,Super Bowl,Chapter,Part,Act,Scene,Volume,Book,Section,Phase,Type,Article,Appendix,Level,CHAPTER,PART,ACT,SCENE,VOLUME,BOOK'
    for (const part of parts.split(',')) expect(say(`${part} I.`)).toBe(`${part} one.`)
    const numerals = { IX: 'nine', XIV: 'fourteen', XL: 'forty', XLIX: 'forty-nine', XC: 'ninety', LXXX: 'eighty' }
    for (const [numeral, name] of Object.entries(numerals)) expect(say(`Part ${numeral}`)).toBe(`Part ${name}`)
    for (const none of ['IIII', 'VX', 'Ivy', 'MIX', "I'm", 'I’ll', 'Part'])
      expect(say(`Part ${none}`)).toBe(`Part ${none}`)
  })

  it('knows the words before years, codes and verses', () => {
    const years =
      'in In since Since by By from From until Until till Till before Before after After circa Circa year Year of Of to To during During around Around'
    for (const word of years.split(' ')) expect(say(`${word} 1350 men`)).toBe(`${word} thirteen fifty men`)
    const codes =
      'Room room Flight flight Route route Highway highway Hwy Interstate Boeing Airbus Suite suite Apartment apartment Apt apt Bus bus Channel channel Area RTX GTX'
    for (const word of codes.split(' ')) expect(say(`${word} 205`)).toBe(`${word} two oh five`)
    const books =
      'Genesis Exodus Leviticus Deuteronomy Joshua Judges Ruth Samuel Kings Chronicles Job Psalm Psalms Proverbs Ecclesiastes Isaiah Jeremiah Ezekiel Daniel Matthew Mark Luke John Acts Romans Corinthians Galatians Ephesians Philippians Colossians Timothy Titus Hebrews James Peter Jude Revelation'
    for (const book of books.split(' ')) expect(say(`${book} 1:2`)).toBe(`${book} one two`)
  })

  it('knows the words that a new sentence begins with', () => {
    const openers =
      'The An He She It They We You This That These Those There Then But And So In On At When Where If What Why How My His Her Our Their Its As After Before Now No Yes Not For A I'
    for (const opener of openers.split(' ')) {
      expect(say(`the U.S. ${opener} man`)).toBe(`the U.S. ${opener} man`)
      expect(say(`Elm Dr. ${opener} man`)).toBe(`Elm Drive. ${opener} man`)
    }
    expect(say('the U.S. Theory')).toBe('the U.S Theory')
  })

  it('knows letters behind words that count with letters', () => {
    const words =
      'Plan Vitamin Type Group Grade Class Section Part Chapter Act Scene Book Volume Appendix Team Option Exhibit War'
    for (const word of words.split(' ')) expect(say(`${word} B. Oranges`)).toBe(`${word} B. Oranges`)
    for (const word of 'by of and with to from for the said Mister'.split(' '))
      expect(say(`x ${word} J. Smith`)).toBe(`x ${word} J Smith`)
    for (const opener of ['"', '“', '(']) expect(say(`x ${opener}J. Smith`)).toBe(`x ${opener}J Smith`)
    expect(say('grade B. Smith, x J. 5, by J. K')).toBe('grade B. Smith, x J. five, by J. K')
  })

  it('tells short words from words that end with them', () => {
    expectAll({
      'xMr. Y, aDr. Y, aSt. Y, x.Dr. Y, 3p. 5, ap. 5': 'xMr. Y, aDr. Y, aSt. Y, x.Dr. Y, three p. five, ap. five',
      'aMon. at, xU.S. at, xw/o, w/ox, w/x': 'aMon. at, xU.S. at, xw/o, w/ox, w/x',
      'elm Dr. and st., Ch. XL, Ch. L, Ch. V, p.5, Ch. Iowa':
        'elm Dr. and st., Chapter forty, Chapter L, Chapter five, page five, Ch. Iowa',
      '"See Elm St.", “by Ford Inc.” She, at Ford Inc.  The':
        '"See Elm Street", “by Ford Incorporated.” She, at Ford Incorporated. The',
      'Sun. at 5, Sun. May 5, Sun. Sept. 5, Sun. Yesterdays 5':
        'Sunday at five, Sunday May fifth, Sunday September fifth, Sun. Yesterdays five',
      'U.S.A is, U.S.Ax': 'U.S.A is, U.S.Ax',
    })
  })

  it('knows what goes on behind p.m.', () => {
    const days = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'
    const zones = 'EST EDT ET CST CDT CT MST MDT MT PST PDT PT GMT UTC'
    for (const next of [...days.split(' '), ...zones.split(' '), 'January', 'May', 'December', 'we', '(x)'])
      expect(say(`3 p.m. ${next}`)).toBe(`three PM ${next}`)
    for (const mark of ',;:!?…—-') expect(say(`3 p.m.${mark} X`)).toBe(`three PM${mark} X`)
    for (const quote of `"”’')`) expect(say(`3 p.m.${quote}, X`)).toBe(`three PM${quote}, X`)
    expect(say('3 p.m. He, 3:15 a.m. She, 3 P.M., 3 A.M. x')).toBe(
      'three PM. He, three fifteen AM. She, three PM, three AM x',
    )
    expect(say('3 p.m.  we, 3 p.m. Etna')).toBe('three PM we, three PM. Etna')
  })

  it('tells dates from other numbers', () => {
    expectAll({
      '2024/5/6, 2024.12.31, 1999-10-20, 12024-05-06, 2024-05-061':
        'May sixth, twenty twenty-four, December thirty-first, twenty twenty-four, October twentieth, nineteen ninety-nine, twelve thousand and twenty-four-zero five-zero six, twenty twenty-four zero five-zero six one',
      '12/31/1999, 31/12/1999, 10/20/2010, 13/13/2010, 1/1/20101':
        'December thirty-first, nineteen ninety-nine, December thirty-first, nineteen ninety-nine, October twentieth, twenty ten, thirteen/thirteen/twenty ten, one/one/twenty thousand one hundred and one',
      '12/12/12, 12/31/50, 31/12/49, 10/20/00':
        'December twelfth, twenty twelve, December thirty-first, nineteen fifty, December thirty-first, twenty forty-nine, October twentieth, two thousand',
      'On 12/31, By 10/20 we, until 1/2, Until 1/2, Since 1/2, dated 1/2, Dated 1/2, upon 1/2':
        'On December thirty-first, By October twentieth we, until January second, Until January second, Since January second, dated January second, Dated January second, upon one half',
      'May 1st-2nd, May 3rd-4th, May 30-31, Maybe 5-6':
        'May first to second, May third to fourth, May thirtieth to thirty-first, Maybe five to six',
      'May 10, May 20th, May 31, May 32, May 5%, May 5:30, May 1st 2020, May 22nd, 1990, May 23rd':
        'May tenth, May twentieth, May thirty-first, May thirty-two, May five percent, May five thirty, May first, twenty twenty, May twenty-second, nineteen ninety, May twenty-third',
      '1st of May, 2nd May, 3rd of May, 31 May, the 5 May, The 5th of May, 10 Mayors':
        'the first of May, the second of May, the third of May, the thirty-first of May, the fifth of May, The fifth of May, ten Mayors',
      'May, 1990, May 1990, May 19901, Aug. 2020':
        'May nineteen ninety, May nineteen ninety, May nineteen thousand nine hundred and one, August twenty twenty',
      '2000s, 2010s, 1990sx, 11990s':
        'two thousands, twenty tens, one thousand nine hundred and ninety sx, eleven thousand nine hundred and ninety seconds',
      "’90s, '20s, x'80s, 180s, 80sx": "nineties, twenties, x'eighties, one hundred and eighty seconds, eighty sx",
      '1st-2nd, 3rd–4th, 1st-a': 'first to second, third to fourth, first-a',
      '9am-10am, 9AM-5PM, 9 A.M.-5 P.M., 9:30am–5, 9:30 PM-10, 9am-late':
        'nine AM to ten AM, nine AM to five PM, nine AM to five PM, nine thirty AM to five, nine thirty PM to ten, nine AM-late',
      '108:30, 20:15, 24:30, 3:30AM, 3:30 P. M., 13:00, 12:00':
        "one hundred and eight to thirty, twenty fifteen, twenty-four to thirty, three thirty AM, three thirty PM, thirteen hundred, twelve o'clock",
      '13pm, 0am, 12pm, 5amx, 5.60pm, 1.5 pm':
        'thirteen pm, zero am, twelve PM, five amx, five point six zero pm, one point five pm',
      'in 2024, in 20245, in 1990.5, in 1990x, in 2024, 5':
        'in twenty twenty-four, in twenty thousand two hundred and forty-five, in one thousand nine hundred and ninety point five, in one thousand nine hundred and ninety x, in twenty twenty-four, five',
      'In 1066, Since 1066, circa 1066, Circa 1066, Year 1066, until 1066, Until 1066, till 1066, Till 1066, tin 1066':
        'In ten sixty-six, Since ten sixty-six, circa ten sixty-six, Circa ten sixty-six, Year ten sixty-six, until ten sixty-six, Until ten sixty-six, till ten sixty-six, Till ten sixty-six, tin one thousand and sixty-six',
      '1776. 1776; 1776: 1776! 1776? (1776) 1776 is 1776 and 1776 to 1776 saw 1776 marked 1776':
        'seventeen seventy-six. seventeen seventy-six; seventeen seventy-six: seventeen seventy-six! seventeen seventy-six? (seventeen seventy-six) seventeen seventy-six is seventeen seventy-six and seventeen seventy-six to seventeen seventy-six saw seventeen seventy-six marked seventeen seventy-six',
      '$1776, 1776.5, 1776,5, 11776, 1376':
        'one thousand seven hundred and seventy-six dollars, one thousand seven hundred and seventy-six point five, one thousand seven hundred and seventy-six,five, eleven thousand seven hundred and seventy-six, one thousand three hundred and seventy-six',
      '$1999, 1999.5, 2050, 19991, 1999x':
        'one thousand nine hundred and ninety-nine dollars, one thousand nine hundred and ninety-nine point five, twenty fifty, nineteen thousand nine hundred and ninety-one, one thousand nine hundred and ninety-nine x',
    })
    const short = 'Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec'
    for (const month of short.split(' ')) expect(say(`x${month} 5`)).toBe(`x${month} five`)
  })

  it('knows money by its signs and codes', () => {
    const currencies = {
      ...{ US$: 'US dollar', HK$: 'Hong Kong dollar', A$: 'Australian dollar', C$: 'Canadian dollar', $: 'dollar' },
      ...{ '€': 'euro', '£': 'pound', '₹': 'rupee', USD: 'US dollar', EUR: 'euro', GBP: 'pound' },
    }
    for (const [sign, name] of Object.entries(currencies)) {
      expect(say(`${sign}1 and 5${sign}`)).toBe(`one ${name} and five ${name}s`)
      expect(say(`a ${sign}5 note`)).toBe(`a five ${name} note`)
    }
    const same = { '¥': 'yen', '￥': 'yuan', '₩': 'won', CNY: 'yuan', RMB: 'yuan', JPY: 'yen' }
    for (const [sign, name] of Object.entries(same))
      expect(say(`${sign}1 and 5${sign}`)).toBe(`one ${name} and five ${name}`)
    for (const sign of ['$', 'US$', '€', 'EUR']) expect(say(`${sign}1.01`)).toMatch(/ and one cent$/)
    for (const sign of ['£', 'GBP'])
      expect(say(`${sign}1.01, ${sign}1.02`)).toMatch(/ and one penny, .* and two pence$/)
    expect(say('¥1.25')).toBe('one point two five yen')
    const scales = {
      ...{ k: 'thousand', K: 'thousand', m: 'million', M: 'million', bn: 'billion', b: 'billion', B: 'billion' },
      ...{ tn: 'trillion', thousand: 'thousand', million: 'million', billion: 'billion', trillion: 'trillion' },
    }
    for (const [scale, name] of Object.entries(scales)) {
      expect(say(`$5${scale}`)).toBe(`five ${name} dollars`)
      expect(say(`$5 ${scale} x`)).toBe(`five ${name} dollars x`)
    }
    for (const scale of ['thousand', 'million', 'billion', 'trillion'])
      expect(say(`5 ${scale} $`)).toBe(`five ${scale} dollars`)
    expect(say('USDA$5, 5USDX, a $5.00 x, an €8 x, A $5m x')).toBe(
      'USDA$five, five USDX, a five dollar x, an eight euro x, A five million dollar x',
    )
  })

  it('knows addresses by their endings', () => {
    for (const ending of 'com org net io dev edu gov ai app info cn'.split(' ')) {
      expect(say(`See My-Site.${ending}.`)).toBe(`See My dash Site dot ${ending}.`)
      expect(say(`x.${ending}munity`)).toBe(`x.${ending}munity`)
    }
    expectAll({
      'BBC.co.uk, a.xyz, www.a.xyz, http://A.XYZ, www.a.x1':
        'BBC dot co dot uk, a.xyz, www dot a dot xyz, A dot XYZ, www.a.x one',
      'a@b.co, A@B.CO, x@y, @a.com, a.com@b': 'a at b dot co, A at B dot CO, x at y, at a.com, a dot com at b',
      'a.com? a.com/. a.com/b? a.com#c, a.com:80':
        'a dot com? a dot com. a dot com slash b? a dot com hash c, a dot com:eighty',
      'https://a.io:80/b?c=1&d=%20+~e-f_g:h@i':
        'a dot io colon eight zero slash b question mark c equals one and d equals percent two zero plus tilde e dash f underscore g colon h at i',
      'https://https://a.com': 'https://a dot com',
      'a.com/12': 'a dot com slash one two',
    })
  })

  it('tells the ends of dates and hours from other numbers', () => {
    expectAll({
      '2024-05-30, 2024-05-11, 30/30/2020, 13/1/2020, 13/1/20, 1/02/20, 25/1/20, 1/30/20':
        'May thirtieth, twenty twenty-four, May eleventh, twenty twenty-four, thirty/thirty/twenty twenty, January thirteenth, twenty twenty, January thirteenth, twenty twenty, January second, twenty twenty, January twenty-fifth, twenty twenty, January thirtieth, twenty twenty',
      'by 1/10, on 1/30, on 1/31, on 1/20':
        'by January tenth, on January thirtieth, on January thirty-first, on January twentieth',
      'May 2nd-3rd, May 1st-21st, Dismay 5-6, May 123-5':
        'May second to third, May first to twenty-first, Dismay five to six, May one hundred and twenty-three to five',
      'May 21, May 30, 5 May 1990, 11 May, 30 May, 5 Dismay':
        'May twenty-first, May thirtieth, the fifth of May, nineteen ninety, the eleventh of May, the thirtieth of May, five Dismay',
      'in Jan. we, Feb.—Mar., Nov., Dec. The, xJan. we, May we, Jan we':
        'in January we, February—March, November, Dec. The, xJan. we, May we, Jan we',
      '2nd-3rd, 5th–6th, 3rd-a': 'second to third, fifth to sixth, third-a',
      '9 pm-10, 9 PM–10, 9p.m.-10, 9 a.m - 10': 'nine PM to ten, nine PM to ten, nine PM to ten, nine AM to ten',
      '5-6AM, 5-6 PM, 5-6a.m., 1:5-6pm, 5-6pmx':
        'five to six AM, five to six PM, five to six AM, one to five-six PM, five to six pmx',
      'Job 3:16-20, XJohn 3:16': 'Job three sixteen to twenty, XJohn three sixteen',
      'in 1066.5, in 1066x, in 1066,5':
        'in one thousand and sixty-six point five, in one thousand and sixty-six x, in one thousand and sixty-six,five',
      '1776 saws, 1776 saw': 'one thousand seven hundred and seventy-six saws, seventeen seventy-six saw',
      'a1999, b2010, c19995': 'a nineteen ninety-nine, b twenty ten, c nineteen thousand nine hundred and ninety-five',
    })
  })
})
