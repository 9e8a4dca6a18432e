// A small Electron app that uses what the host must emulate; electron-host.test.ts drives it.
import path from 'node:path'
import { app, BrowserWindow, ipcMain, MessageChannelMain, protocol, session, utilityProcess } from 'electron'

const dataDirectory = app.commandLine.getSwitchValue('user-data-dir')
if (dataDirectory) app.setPath('userData', dataDirectory)
if (!app.requestSingleInstanceLock()) app.quit()

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
])

const PAGE = `<!doctype html><meta charset="utf-8"><title>你好 fixture</title><h1>Fixture</h1>
<script>window.inlineRan = true</script><script src="page.js"></script>`
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 256)

/** Answers `Range: bytes=a-b` the way the real app does. */
const answerBytes = (range) => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  if (first === undefined) return new Response(BYTES, { headers: { 'content-length': '1000' } })
  const end = last ? Number(last) : BYTES.length - 1
  const part = BYTES.slice(Number(first), end + 1)
  return new Response(part, { status: 206, headers: { 'content-range': `bytes ${first}-${end}/1000` } })
}

app.whenReady().then(() => {
  protocol.handle('app', (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/bytes') return answerBytes(request.headers.get('range'))
    if (pathname === '/page.js') {
      return new Response('window.scriptRan = true', { headers: { 'content-type': 'text/javascript' } })
    }
    if (pathname === '/dot.svg') {
      const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>'
      return new Response(svg, { headers: { 'content-type': 'image/svg+xml' } })
    }
    if (pathname === '/echo-url') return new Response(`${request.url} ${request.headers.get('referer')}`)
    return new Response(PAGE, {
      headers: { 'content-type': 'text/html', 'content-security-policy': "default-src 'self' app:" },
    })
  })
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) => answer(permission === 'media'))

  const window = new BrowserWindow({
    width: 900,
    height: 640,
    show: false,
    webPreferences: { preload: path.join(import.meta.dirname, 'preload.cjs'), zoomFactor: 1 },
  })
  window.webContents.on('will-navigate', (event) => event.preventDefault())
  window.webContents.setWindowOpenHandler(({ url }) => {
    globalThis.deniedUrl = url
    return { action: 'deny' }
  })
  window.once('ready-to-show', () => {
    window.show()
    if (!app.commandLine.hasSwitch('quit-when-shown')) return
    console.log(JSON.stringify({ title: window.getTitle(), size: window.getSize(), url: window.webContents.getURL() }))
    app.quit()
  })
  void window.loadURL('app://main/index.html')

  ipcMain.handle('echo', (event, value) => ({ value, from: event.senderFrame.url }))
  ipcMain.handle('fail', () => {
    throw new RangeError('too long')
  })
  ipcMain.on('greet', (event, name) => event.reply('greeting', `hello ${name}`))
  ipcMain.on('connect-worker', (event) => {
    const worker = utilityProcess.fork(path.join(import.meta.dirname, 'worker.js'), ['argument'], {
      serviceName: 'fixture worker',
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const { port1, port2 } = new MessageChannelMain()
    worker.postMessage('port', [port1])
    worker.on('message', (message) => event.sender.send('worker-said', message))
    worker.once('exit', (exitCode) => event.sender.send('worker-exit', exitCode))
    event.sender.postMessage('worker-port', null, [port2])
  })
})
