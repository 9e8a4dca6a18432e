import { describe, expect, it } from 'vitest'
import { originOf, toAppUrl, toPageCsp, toPageUrl } from './url-mapping.ts'

const schemes = new Set(['app'])

describe('url mapping', () => {
  it.each([
    ['app://main/', 'http://main.app.localhost/'],
    ['app://main/take/1?b=2#c', 'http://main.app.localhost/take/1?b=2#c'],
    ['app://take.main/x', 'http://take.main.app.localhost/x'],
  ])('%s becomes %s and back', (appUrl, pageUrl) => {
    expect(toPageUrl(appUrl, schemes)).toBe(pageUrl)
    expect(toAppUrl(pageUrl, schemes)).toBe(appUrl)
  })

  it('adds the slash of an address without a path', () => {
    expect(toPageUrl('app://main', schemes)).toBe('http://main.app.localhost/')
  })

  it('leaves other addresses alone', () => {
    for (const url of ['https://example.org/', 'http://localhost:5173/', 'other://main/', 'about:blank']) {
      expect(toPageUrl(url, schemes)).toBe(url)
      expect(toAppUrl(url, schemes)).toBe(url)
    }
  })

  it('ignores the port Chromium may show', () => {
    expect(toAppUrl('http://main.app.localhost:4711/x', schemes)).toBe('app://main/x')
  })

  it('rewrites scheme sources of a policy and nothing that only looks like one', () => {
    expect(toPageCsp("default-src 'self' app:; img-src app: data:; connect-src myapp:", schemes)).toBe(
      "default-src 'self' app: http://*.app.localhost; img-src app: http://*.app.localhost data:; connect-src myapp:",
    )
  })

  it('names the origin of a custom scheme', () => {
    expect(originOf('app://main/script?x')).toBe('app://main')
    expect(originOf('about:blank')).toBe('null')
  })
})
