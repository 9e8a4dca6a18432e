import { expect, test } from 'vitest'
import { cliEvents, runCli } from './support/run-cli.ts'
import { noSwiftShaderReason, SWIFTSHADER_ENVIRONMENT } from './support/swiftshader.ts'

const reason = noSwiftShaderReason()

test('a device that is not there is told with its reason, and is no success', async () => {
  const run = await runCli(['engines', 'prove', '--device', 'cuda', 'coreml', '--json'])
  expect(run.exitCode).toBe(1)
  for (const provider of process.platform === 'linux' ? ['cuda', 'coreml'] : [])
    expect(cliEvents(run)).toContainEqual(
      expect.objectContaining({ provider, state: expect.stringMatching(/absent|incomplete|installable|ready/) }),
    )
})

test('another word for a device is wrong usage', async () => {
  expect((await runCli(['engines', 'prove', '--device', 'gpu'])).exitCode).toBe(2)
})

test.skipIf(reason !== undefined)(
  `a device is tried for real, and what it computes wrong is found (${reason ?? 'SwiftShader'})`,
  { timeout: 120_000 },
  async () => {
    const run = await runCli(['engines', 'prove', '--device', 'webgpu', '--json'], { env: SWIFTSHADER_ENVIRONMENT })
    const certificate = cliEvents(run).find(({ event }) => event === 'certificate')
    expect(certificate, run.stderr + run.stdout).toMatchObject({
      provider: 'webgpu',
      probes: expect.arrayContaining([
        expect.objectContaining({ id: 'matmul', isRight: true }),
        expect.objectContaining({ id: 'convolution', isRight: true }),
        // SwiftShader computes attention over many rows wrong; the proof says so, and nobody relies on it.
        expect.objectContaining({ id: 'attention', isRight: false }),
      ]),
    })
  },
)
