import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTranslator, errorTexts } from '../../shared/i18n/index.ts'
import { REMOTE_REASONS } from '../../shared/kernel/index.ts'
import { failureOfError, isTlsFailure, ownReason, RemoteFailure, toAppError, withWords, wordsOf } from './failure.ts'

const failed = (code: string): RemoteFailure =>
  failureOfError(new TypeError('fetch failed', { cause: Object.assign(new Error('https://key@host'), { code }) }))

const whyOf = (failure: RemoteFailure): string[] => {
  const error = toAppError(failure, 'Far').toData()
  return (['en', 'zh-Hans'] as const).map((tag) => errorTexts(createTranslator(tag), error).why)
}

describe('what a system reports', () => {
  test.each([
    ['ECONNREFUSED', 'network', 'nothing answers at its address', '该地址没有程序应答'],
    ['ENOTFOUND', 'network', 'the name of its host is not known', '无法解析其主机名'],
    ['EAI_AGAIN', 'network', 'the name of its host is not known', '无法解析其主机名'],
    ['ECONNRESET', 'network', 'the connection broke', '连接中断'],
    ['EPIPE', 'network', 'the connection broke', '连接中断'],
    ['UND_ERR_SOCKET', 'network', 'the connection broke', '连接中断'],
    ['EHOSTUNREACH', 'network', 'its host cannot be reached from here', '从本机无法到达该主机'],
    ['ENETUNREACH', 'network', 'this computer has no network that leads there', '本机没有可用的网络'],
    ['ETIMEDOUT', 'timeout', 'nothing came in time', '未及时收到任何内容'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'nothing came in time', '未及时收到任何内容'],
    ['CERT_HAS_EXPIRED', 'network', 'its certificate has expired', '其证书已过期'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'network', 'its certificate is for another host', '其证书属于另一主机'],
    ['HOSTNAME_MISMATCH', 'network', 'its certificate is for another host', '其证书属于另一主机'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'network', 'its certificate is not trusted', '其证书不受信任'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'network', 'its certificate is not trusted', '其证书不受信任'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'network', 'its certificate is not trusted', '其证书不受信任'],
  ])('as %s is told in words, with its code', (code, failureClass, english, chinese) => {
    const failure = failed(code)
    expect(failure).toMatchObject({ failureClass, facts: { code } })
    const [inEnglish, inChinese] = whyOf(failure)
    expect(inEnglish).toMatch(/^Far /)
    expect(inEnglish?.endsWith(`: ${english} (${code}).`)).toBe(true)
    expect(inChinese?.endsWith(`：${chinese}（${code}）。`)).toBe(true)
  })

  test('as anything else is told by its code alone', () => {
    expect(whyOf(failed('HPE_INVALID_CONSTANT'))).toEqual([
      'Far was not reached: the system reports HPE_INVALID_CONSTANT.',
      '无法连接“Far”：系统报告 HPE_INVALID_CONSTANT。',
    ])
    expect(failureOfError(new Error('https://key@host'))).toMatchObject({
      failureClass: 'protocol',
      message: 'protocol: system-error {"systemCode":"Error"}',
    })
  })

  test('of a certificate is known as that, whatever else is said of it', () => {
    const codes = ['CERT_HAS_EXPIRED', 'HOSTNAME_MISMATCH', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_NOT_YET_VALID']
    expect(codes.map((code) => isTlsFailure(failed(code)))).toEqual([true, true, true, true])
    expect(isTlsFailure(failed('CERT_HAS_EXPIRED').afterAudio())).toBe(true)
    expect(isTlsFailure(failed('ECONNRESET'))).toBe(false)
    expect(isTlsFailure(new RemoteFailure('network', { reason: 'certificate-expired' }))).toBe(false)
  })
})

test('a reason of our own goes on with its figures, words of a server as what they are', () => {
  expect(toAppError(new RemoteFailure('timeout', ownReason('no-answer', { seconds: 60 })), 'Far').params).toEqual({
    ...{ engine: 'Far', reason: 'no-answer', seconds: 60 },
  })
  expect(toAppError(new RemoteFailure('unavailable', { reason: 'no-sound' }), 'Far').params).toEqual({
    ...{ engine: 'Far', reason: 'said', detail: 'no-sound' },
  })
})

test('the log has the name of a reason and its figures', () => {
  expect(new RemoteFailure('timeout', ownReason('no-answer', { seconds: 60 })).message).toBe(
    'timeout: no-answer {"seconds":60}',
  )
  expect(new RemoteFailure('protocol', ownReason('no-sound')).message).toBe('protocol: no-sound')
  expect(new RemoteFailure('unavailable', { reason: 'overloaded' }).message).toBe('unavailable: overloaded')
})

test('words of a server are found wherever they are, and changed without the rest', () => {
  const closed = (detail: string) => ownReason('closed', { closeCode: 1011, detail })
  const facts = [{ reason: 'key is wrong' }, closed('key is wrong'), closed('none'), ownReason('no-sound')]
  expect(facts.map(wordsOf)).toEqual(['key is wrong', 'key is wrong', undefined, undefined])
  expect(facts.map((one) => withWords(one, (words) => words.replace('key', '***')))).toEqual([
    { reason: '*** is wrong' },
    closed('*** is wrong'),
    closed('none'),
    ownReason('no-sound'),
  ])
})

test('no reason of our own is written out as a sentence, and none is there that nobody gives', () => {
  const root = path.resolve(import.meta.dirname, '../..')
  const sources = globSync('{main/{remote,engines/remote,speech-clients},shared/endpoint}/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
  expect(sources.length).toBeGreaterThan(80)
  expect(sources.flatMap((source) => source.match(/\breason[:=]\s*(`|'[^']* )[^\n]*/g) ?? [])).toEqual([])
  const given = new Set(sources.flatMap((source) => source.match(/'[a-z-]+'/g) ?? []))
  expect(Object.keys(REMOTE_REASONS).filter((reason) => !given.has(`'${reason}'`))).toEqual([])
})
