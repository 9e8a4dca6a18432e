import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from './chromium-binary.ts'

/** What fixture-app/preload.cjs exposes. */
type Fixture = {
  echo(value: unknown): Promise<{ value: unknown; from: string }>
  fail(): Promise<never>
  greet(name: string): Promise<string>
  callBack(listener: (block: { samples: Float32Array }) => string): string
  throwSync(): never
  askWorker(question: Float32Array): Promise<unknown>
}
declare global {
  var fixture: Fixture
}

const canRun = findChromium() !== undefined && process.platform !== 'win32'

describe.skipIf(!canRun)('an Electron app in the host (needs Chromium)', () => {
  const userDataDir = mkdtempSync(path.join(tmpdir(), 'cosy-host-test-'))
  const args = [`--user-data-dir=${userDataDir}`, path.join(import.meta.dirname, 'fixture-app')]
  const executablePath = path.join(import.meta.dirname, 'electron')
  let app: ElectronApplication
  let page: Page

  beforeAll(async () => {
    app = await _electron.launch({ executablePath, args })
    page = await app.firstWindow()
    await page.getByRole('heading', { name: 'Fixture' }).waitFor()
  }, 30_000)
  afterAll(async () => {
    await app?.close()
    rmSync(userDataDir, { recursive: true, force: true })
  })

  it('reads name, version and paths like Electron', async () => {
    const facts = await app.evaluate(({ app }) => ({
      name: app.getName(),
      version: app.getVersion(),
      userData: app.getPath('userData'),
      electron: process.versions.electron,
    }))
    expect(facts).toEqual({
      name: 'Fixture',
      version: '1.2.3',
      userData: userDataDir,
      electron: expect.stringMatching(/^\d+\.\d+\.\d+/),
    })
  })

  it('shows the window with its address, title and size', async () => {
    const facts = () =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows()
        return [window?.webContents.getURL(), window?.getTitle(), window?.isVisible(), window?.getSize()]
      })
    // The window shows itself once its page is loaded.
    await expect.poll(facts).toEqual(['app://main/index.html', '你好 fixture', true, [900, 640]])
    expect(await page.evaluate(() => [innerWidth, innerHeight])).toEqual([900, 640])
  })

  it('carries values through invoke and knows the frame that sent them', async () => {
    const answer = await page.evaluate(async () => {
      const sent = new Map([['你好', new Float32Array([0.5, -1])]])
      const { value, from } = await window.fixture.echo(sent)
      const received = value as typeof sent
      return { isMap: received instanceof Map, samples: [...(received.get('你好') ?? [])], from }
    })
    expect(answer).toEqual({ isMap: true, samples: [0.5, -1], from: 'app://main/index.html' })
  })

  it('tells the page what a handler threw', async () => {
    await expect(page.evaluate(() => window.fixture.fail())).rejects.toThrow(
      "Error invoking remote method 'fail': RangeError: too long",
    )
  })

  it('sends and replies', async () => {
    expect(await page.evaluate(() => window.fixture.greet('书'))).toBe('hello 书')
  })

  it('bridges callbacks and errors, frozen, without showing the preload world', async () => {
    const facts = await page.evaluate(() => {
      const heard: unknown[] = []
      window.fixture.callBack(({ samples }) => {
        heard.push(samples instanceof Float32Array, samples[1])
        return ''
      })
      let thrown = ''
      try {
        window.fixture.throwSync()
      } catch (error) {
        thrown = String(error)
      }
      return {
        heard,
        thrown,
        isFrozen: Object.isFrozen(window.fixture),
        leaks: Object.keys(window).filter((name) => /preloadSecret|cosyHost|electron/i.test(name)),
        require: typeof Reflect.get(window, 'require'),
      }
    })
    expect(facts).toEqual({
      heard: [true, 2],
      thrown: 'TypeError: not that',
      isFrozen: true,
      leaks: [],
      require: 'undefined',
    })
  })

  it('serves app:// with Range and the addresses the app knows', async () => {
    const facts = await page.evaluate(async () => {
      const response = await fetch('bytes', { headers: { range: 'bytes=10-12' } })
      return {
        status: response.status,
        range: response.headers.get('content-range'),
        bytes: [...new Uint8Array(await response.arrayBuffer())],
        echo: await (await fetch('echo-url')).text(),
        isSecure: isSecureContext,
      }
    })
    expect(facts).toEqual({
      status: 206,
      range: 'bytes 10-12/1000',
      bytes: [10, 11, 12],
      echo: 'app://main/echo-url app://main/index.html',
      isSecure: true,
    })
  })

  it('loads pictures by absolute app:// addresses', async () => {
    const width = await page.evaluate(async () => {
      const image = new Image()
      image.src = 'app://main/dot.svg'
      await image.decode()
      return image.naturalWidth
    })
    expect(width).toBe(3)
  })

  it('follows the colour scheme the app chooses', async () => {
    const isDark = () => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
    await app.evaluate(({ nativeTheme }) => {
      nativeTheme.themeSource = 'dark'
    })
    await expect.poll(isDark).toBe(true)
    await app.evaluate(({ nativeTheme }) => {
      nativeTheme.themeSource = 'light'
    })
    await expect.poll(isDark).toBe(false)
  })

  it('keeps secrets', async () => {
    const secret = await app.evaluate(({ safeStorage }) => {
      const encrypted = safeStorage.encryptString('密码')
      return { isHidden: !encrypted.includes('密码'), text: safeStorage.decryptString(encrypted) }
    })
    expect(secret).toEqual({ isHidden: true, text: '密码' })
  })

  it('lets a test choose from the application menu', async () => {
    const chosen = await app.evaluate(({ Menu }) => {
      let answer = ''
      const click = (): void => {
        answer = 'saved'
      }
      const submenu = [{ id: 'save', label: 'Save', accelerator: 'CmdOrCtrl+S', click }]
      Menu.setApplicationMenu(Menu.buildFromTemplate([{ label: 'File', submenu }]))
      const item = Menu.getApplicationMenu()?.getMenuItemById('save')
      item?.click()
      return [answer, item?.accelerator]
    })
    expect(chosen).toEqual(['saved', 'CmdOrCtrl+S'])
  })

  it('enforces the content security policy', async () => {
    const ran = await page.evaluate(() => [Reflect.get(window, 'inlineRan'), Reflect.get(window, 'scriptRan')])
    expect(ran).toEqual([undefined, true])
  })

  it('connects the page to a utility process by a port', async () => {
    expect(await page.evaluate(() => window.fixture.askWorker(new Float32Array([1, 2, 3])))).toEqual({
      hello: 'port received by a utility process with argument',
      answer: { sum: 6 },
      exitCode: 7,
    })
  })

  it('asks the app before it navigates or opens a window', async () => {
    await page.evaluate(() => {
      location.href = 'https://example.org/'
      window.open('https://example.org/help')
    })
    await expect.poll(() => app.evaluate(() => Reflect.get(globalThis, 'deniedUrl'))).toBe('https://example.org/help')
    await expect.poll(() => app.windows().length).toBe(1)
    expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents()[0]?.getURL())).toBe(
      'app://main/index.html',
    )
  })

  it('zooms, resizes and takes pictures', async () => {
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(2))
    await expect.poll(() => page.evaluate(() => [innerWidth, devicePixelRatio])).toEqual([450, 2])
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(1))
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(1000, 700))
    await expect.poll(() => page.evaluate(() => [innerWidth, innerHeight])).toEqual([1000, 700])
    const size = await app.evaluate(async ({ BrowserWindow }) =>
      (await BrowserWindow.getAllWindows()[0]?.webContents.capturePage())?.getSize(),
    )
    expect(size).toEqual({ width: 1000, height: 700 })
  })

  it('lets a test replace a dialog', async () => {
    const answer = await app.evaluate(async ({ dialog }) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: ['/书/第一章.txt'] })
      return dialog.showOpenDialog({})
    })
    expect(answer.filePaths).toEqual(['/书/第一章.txt'])
  })

  it('says what it does not emulate', async () => {
    await expect(
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setOpacity(0.5)),
    ).rejects.toThrow('electron.BrowserWindow.setOpacity is not emulated')
    await expect(app.evaluate(({ Tray }) => new Tray('icon.png'))).rejects.toThrow('electron.Tray is not emulated')
  })

  it('lets the app keep its window open, then quits with it', async () => {
    await app.evaluate(({ app, BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.once('close', (event) => event.preventDefault())
      app.quit()
    })
    expect(await page.evaluate(() => document.title)).toBe('你好 fixture')
    const exited = new Promise((resolve) => app.process().once('exit', resolve))
    await app.close()
    expect(await exited).toBe(0)
  })
})
