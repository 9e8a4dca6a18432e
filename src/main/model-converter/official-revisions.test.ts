import { expect, test } from 'vitest'
import { officialRevision } from './official-revisions.ts'

const source = (file: string, sha256: string) => ({ file, sizeBytes: 1, sha256 })

test.each([
  [
    '69f43bd545131c30e98947fb360ea8b4dc9916d8e83dded7757c7ea4f5a24970',
    'FunAudioLLM/Fun-CosyVoice3-0.5B-2512@29e01c4e8d000f4bcd70751be16fa94bf3d85a18',
  ],
  [
    'b144ef55b51ce8cfb79a73c90dbba0bdaba4e451c0ebcfab20f769264f84a608',
    'FunAudioLLM/CosyVoice2-0.5B@eec1ae6c79877dbd9379285cf8789c9e0879293d',
  ],
])('a language model that was published is known by its content: %s', (sha256, revision) => {
  expect(officialRevision([source('flow.pt', 'f'.repeat(64)), source('llm.pt', sha256)])).toBe(revision)
  expect(officialRevision([source('flow.pt', sha256), source('llm.pt', 'f'.repeat(64))])).toBeUndefined()
})
