import { expect, test } from 'vitest'
import { alignText } from './align-text.ts'

const runs = (value: string, source: string): string[] =>
  alignText(value, source, 0, source.length).map((atom) =>
    atom.kind === 'break'
      ? `break ${JSON.stringify(source.slice(atom.start, atom.end))}`
      : `${atom.isVerbatim ? 'same' : 'other'} ${atom.plain} = ${source.slice(atom.start, atom.end)}`,
  )

test.each([
  ['plain', 'plain', ['same plain = plain']],
  ['a*b', 'a\\*b', ['same a = a', 'other * = \\*', 'same b = b']],
  ['a&b', 'a&amp;b', ['same a = a', 'other & = &amp;', 'same b = b']],
  ['a😀b', 'a&#x1F600;b', ['same a = a', 'other 😀 = &#x1F600;', 'same b = b']],
  ['≂̸b', '&NotEqualTilde;b', ['other ≂̸ = &NotEqualTilde;', 'same b = b']],
  ['&amp;', '&amp;amp;', ['other & = &amp;', 'same amp; = amp;']],
  ['a &nope; b', 'a &nope; b', ['same a &nope; b = a &nope; b']],
  ['a\nb', 'a  \n> > b', ['same a = a', 'break "  \\n> > "', 'same b = b']],
  ['a\r\nb', 'a\r\n  b', ['same a = a', 'break "\\r\\n  "', 'same b = b']],
  ['a ~~b~~ c', 'a ~~b~~ c', ['same a  = a ', 'same b = b', 'same  c =  c']],
  ['a[^1] b', 'a[^1] b', ['same a = a', 'same  b =  b']],
  ['xyz', 'abc', ['other xyz = abc']],
])('%j is followed through %j', (value, source, expected) => {
  expect(runs(value, source)).toEqual(expected)
})
