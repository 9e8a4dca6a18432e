import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const css = readFileSync(path.join(import.meta.dirname, 'tokens.css'), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
)

const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
/** @source WCAG 2.2, definition of contrast ratio */
const contrast = (a: string, b: string): number => {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const lowContrasts = (foregrounds: readonly string[], grounds: readonly string[], least: number): string[] =>
  (['light', 'dark'] as const).flatMap((theme) =>
    foregrounds.flatMap((foreground) =>
      grounds.flatMap((ground) => {
        const front = tokens.get(foreground)?.[theme]
        const back = tokens.get(ground)?.[theme]
        if (!front || !back) return [`${foreground} or ${ground} is no token`]
        const ratio = contrast(front, back)
        return ratio < least ? [`${foreground} on ${ground}, ${theme}: ${ratio.toFixed(2)}`] : []
      }),
    ),
  )

const GROUNDS = ['ground', 'panel', 'raised', 'accent-soft']

test('text stands out from every ground it is written on, in both themes', () => {
  expect(lowContrasts(['text', 'text-muted', 'text-faint', 'accent'], GROUNDS, 4.5)).toEqual([])
  expect(lowContrasts(['on-accent'], ['accent'], 4.5)).toEqual([])
})

test('states are readable as text', () => {
  expect(lowContrasts(['state-ready', 'state-stale', 'state-failed', 'state-busy'], GROUNDS, 4.5)).toEqual([])
  expect(lowContrasts(['state-failed', 'text'], ['failed-soft'], 4.5)).toEqual([])
  expect(lowContrasts(['state-stale', 'text'], ['stale-soft'], 4.5)).toEqual([])
})

test('the twelve character colours stand out as marks', () => {
  const characters = Array.from({ length: 12 }, (_, index) => `character-${index}`)
  expect(lowContrasts(characters, GROUNDS, 3)).toEqual([])
})
