const { contextBridge, ipcRenderer } = require('electron')

globalThis.preloadSecret = 42
const once = (channel) => new Promise((resolve) => ipcRenderer.once(channel, (_event, message) => resolve(message)))

contextBridge.exposeInMainWorld('fixture', {
  echo: (value) => ipcRenderer.invoke('echo', value),
  fail: () => ipcRenderer.invoke('fail'),
  greet: (name) => {
    const greeting = once('greeting')
    ipcRenderer.send('greet', name)
    return greeting
  },
  callBack: (listener) => listener({ samples: new Float32Array([1, 2]) }),
  throwSync: () => {
    throw new TypeError('not that')
  },
  askWorker: async (question) => {
    const hello = once('worker-said')
    const exit = once('worker-exit')
    const port = new Promise((resolve) => ipcRenderer.once('worker-port', (event) => resolve(event.ports[0])))
    ipcRenderer.send('connect-worker')
    const worker = await port
    const answer = new Promise((resolve) => {
      worker.onmessage = (event) => resolve(event.data)
    })
    worker.postMessage(question)
    const answered = await answer
    worker.postMessage('exit')
    return { hello: await hello, answer: answered, exitCode: await exit }
  },
})
