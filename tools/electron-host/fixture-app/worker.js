process.parentPort.once('message', ({ data, ports: [port] }) => {
  process.parentPort.postMessage(`${data} received by a ${process.type} process with ${process.argv[2]}`)
  port.on('message', ({ data: question }) => {
    if (question === 'exit') process.exit(7)
    port.postMessage({ sum: question.reduce((sum, sample) => sum + sample, 0) })
  })
  port.start()
})
