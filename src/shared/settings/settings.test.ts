import { expect, test } from 'vitest'
import { settingsChangeSchema, settingsSchema } from './settings.ts'

test('a change says what it changes and nothing else', () => {
  expect(settingsChangeSchema.parse({ localSteps: 5 })).toEqual({ localSteps: 5 })
  expect(settingsChangeSchema.parse({})).toEqual({})
  expect(settingsChangeSchema.safeParse({ theme: 'purple' }).success).toBe(false)
})

test('settings have a preset for every field', () => {
  expect(Object.keys(settingsSchema.parse({})).toSorted()).toEqual(Object.keys(settingsChangeSchema.shape).toSorted())
})
