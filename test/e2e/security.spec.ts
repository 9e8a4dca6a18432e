import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'playwright/test'
import { type Launched, launch, runtime } from './support/launch.ts'
import { callMain } from './support/studio-page.ts'

let studio: Launched
test.beforeAll(async () => {
  console.log(`the window tests run on ${runtime === 'electron' ? 'real Electron' : 'the host, in Chromium'}`)
  studio = await launch()
  await studio.page.getByTestId('home').waitFor()
})
test.afterAll(() => studio.close())

test('the window has no Node, no Electron, and a bridge that cannot be changed', async () => {
  const found = await studio.page.evaluate(() => {
    const names = ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'electron', 'ipcRenderer']
    const bridge = Reflect.get(window, 'cosy')
    let replaced = false
    try {
      bridge.call = () => 'mine'
      replaced = String(bridge.call).includes('mine')
    } catch {
      replaced = false
    }
    return { globals: names.filter((name) => name in window), bridge: Object.keys(bridge).sort(), replaced }
  })
  expect(found).toEqual({ globals: [], bridge: ['call', 'cancel', 'onEvent', 'onJob', 'start'], replaced: false })
})

test('the window cannot leave its page', async () => {
  const { app, page } = studio
  const here = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL())
  const before = await here()
  expect(before).toBe('app://main/index.html')
  const secret = path.join(mkdtempSync(path.join(tmpdir(), 'cosy-secret-')), 'secret.html')
  writeFileSync(secret, 'secret')
  for (const url of ['https://example.com/', 'data:text/html,hello', pathToFileURL(secret).href]) {
    await page.evaluate((target) => {
      location.href = target
    }, url)
    await page.evaluate((target) => {
      const link = Object.assign(document.createElement('a'), { href: target })
      document.body.append(link)
      link.click()
      link.remove()
    }, url)
    await expect(page.getByTestId('home')).toBeVisible()
    expect(await here()).toBe(before)
  }
})

test('the window cannot open another', async () => {
  const { app, page } = studio
  await page.evaluate(() => {
    window.open('https://example.com/')
    window.open('about:blank')
  })
  // A round trip later nothing has come of it.
  await callMain(page, 'app.info')
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  expect(app.windows()).toHaveLength(1)
})

test('the window cannot read files outside its own folder and the takes', async () => {
  const statuses = await studio.page.evaluate(async () => {
    const attempts = [
      '../package.json',
      '..%2fpackage.json',
      '%2e%2e/%2e%2e/package.json',
      '..%2f..%2f..%2fetc%2fpasswd',
      '%2fetc%2fpasswd',
      '/etc/passwd',
      'take/..%2f..%2flibrary.db',
      'take/take_1%2f..%2f..%2f..%2flibrary.db',
      'take/take_unknown',
      'mix/unknown',
      '..%5c..%5cpackage.json',
      'index.html%00.js',
    ]
    return Promise.all(attempts.map(async (url) => `${url} ${(await fetch(url)).status}`))
  })
  for (const status of statuses) expect(status).toMatch(/ (400|404)$/)
  const file = await studio.page.evaluate(() =>
    fetch('file:///etc/passwd').then(
      () => 'read',
      () => 'refused',
    ),
  )
  expect(file).toBe('refused')
})

test('inline and remote script do not run, and nothing is fetched from elsewhere', async () => {
  const violations = await studio.page.evaluate(async () => {
    const seen: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective))
    const runs = (source: Partial<HTMLScriptElement>): void => {
      document.head.append(Object.assign(document.createElement('script'), source))
    }
    runs({ textContent: 'window.inlineRan = true' })
    runs({ src: 'https://example.com/evil.js' })
    document.body.append(Object.assign(document.createElement('img'), { src: 'https://example.com/pixel.png' }))
    document.body.setAttribute('onclick', 'window.handlerRan = true')
    document.body.click()
    await fetch('https://example.com/').catch(() => undefined)
    await new Promise<void>((resolve) => {
      const look = (): void => (seen.length >= 5 ? resolve() : void requestAnimationFrame(look))
      look()
    })
    return { seen: seen.sort(), ran: ['inlineRan', 'handlerRan'].filter((name) => name in window) }
  })
  expect(violations.ran).toEqual([])
  expect(violations.seen).toEqual(['connect-src', 'img-src', 'script-src-attr', 'script-src-elem', 'script-src-elem'])
})

test('main refuses messages that are not in the contract, and goes on', async () => {
  const answers = await studio.page.evaluate(async () => {
    const bridge = Reflect.get(window, 'cosy')
    const messages: unknown[] = [
      { channel: 'project.open', input: { projectId: '../../etc' } },
      { channel: 'project.edit', input: { projectId: 'project_1', edit: { put: [{ kind: 'line' }], remove: [] } } },
      { channel: 'constructor', input: {} },
      { channel: 'app.reveal-file', input: { path: 7 } },
      null,
      [],
      'project.list',
      { input: 1 },
    ]
    return Promise.all(messages.map(async (message) => JSON.parse(await bridge.call(message)).error?.code))
  })
  for (const code of answers) expect(code).toMatch(/^contract\./)
  expect(await callMain(studio.page, 'project.list')).toEqual([])
})
