import { expect, test } from 'vitest'
import { trainedInstructs } from './trained-instructs.ts'

test('the directions that a picker offers are those that the models know, each under an id of its own', () => {
  const third = trainedInstructs('cosyvoice3')
  expect(third).toHaveLength(26)
  expect(new Set(third.map(({ id }) => id)).size).toBe(26)
  expect(third.filter(({ kind }) => kind === 'dialect')).toHaveLength(17)
  expect(third.find(({ id }) => id === 'dialect.cantonese')?.text).toBe('请用广东话表达。')
  expect(trainedInstructs('cosyvoice2').map(({ text }) => text)).toEqual(['用四川话说这句话'])
})
