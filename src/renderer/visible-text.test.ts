import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'vite'
import { expect, test } from 'vitest'

const root = import.meta.dirname
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'))

/** Attributes that a person sees or hears. */
const SPOKEN_ATTRIBUTES = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label', 'closeLabel', 'note', 'hint'])
const hasWords = (text: unknown): boolean => typeof text === 'string' && /\p{L}/u.test(text)

const isNode = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Texts written straight into JSX, where every visible word should come from the catalogue. */
const visibleTexts = (node: unknown): string[] => {
  if (Array.isArray(node)) return node.flatMap(visibleTexts)
  if (!isNode(node)) return []
  const found: string[] = []
  if (node.type === 'JSXText' && hasWords(node.value)) found.push(String(node.value).trim())
  if (node.type === 'JSXExpressionContainer' && isNode(node.expression) && node.expression.type === 'Literal')
    if (hasWords(node.expression.value) && node.isChild) found.push(String(node.expression.value))
  if (node.type === 'JSXAttribute' && isNode(node.name) && isNode(node.value))
    if (SPOKEN_ATTRIBUTES.has(String(node.name.name)) && hasWords(node.value.value))
      found.push(String(node.value.value))
  if (node.type === 'JSXElement' && Array.isArray(node.children))
    for (const child of node.children) if (isNode(child)) child.isChild = true
  return [...found, ...Object.values(node).flatMap(visibleTexts)]
}
const textsIn = (name: string, source: string): string[] => visibleTexts(parseSync(name, source).program)

test('no visible text is hard-coded in a component', () => {
  expect(files.length).toBeGreaterThan(30)
  const hardCoded = files.flatMap((file) =>
    textsIn(file, readFileSync(path.join(root, file), 'utf8')).map((text) => `${file}: ${text}`),
  )
  expect(hardCoded).toEqual([])
})

test('the check sees words between tags, in braces and in spoken attributes', () => {
  expect(
    textsIn('a.tsx', `export const A = () => <p title="Hello">{'there'} you {3} <b data-x="no">·</b></p>`),
  ).toEqual(['Hello', 'there', 'you'])
})
