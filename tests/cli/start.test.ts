/** `npm start` before any set-up: whether the server could listen where its settings say. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url))
const taken = createServer((socket) => socket.destroy())
let folder: string
let port: number
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-start-'))
  await once(taken.listen(0, '127.0.0.1'), 'listening')
  port = (taken.address() as AddressInfo).port
})
afterAll(async () => {
  taken.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(args: string[], env: Record<string, string> = {}): Promise<{ code: unknown; stderr: string }> {
  const { TANDEM_PORT: _port, TANDEM_HOST: _host, TANDEM_CONFIG: _config, ...rest } = process.env
  const child = spawn(process.execPath, [START, ...args], { env: { ...rest, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = await once(child, 'close')
  return { code, stderr }
}

test('a port that is taken is named at once, wherever it is written', async () => {
  const file = join(folder, 'tandem.config.json')
  await writeFile(file, JSON.stringify({ port }))
  const refusal = { code: 1, stderr: expect.stringContaining(`Port ${port} is taken by another program.`) }
  expect(await start(['--config', file])).toEqual(refusal)
  expect(await start([], { TANDEM_CONFIG: file })).toEqual(refusal)
  expect(await start([`--port=${port}`])).toEqual(refusal)
  expect(await start([], { TANDEM_PORT: String(port) })).toEqual(refusal)
})

test('a flag wins over the environment, and both over the configuration file', async () => {
  const file = join(folder, 'free.config.json')
  await writeFile(file, JSON.stringify({ port: 70_000 }))
  const refusal = { code: 1, stderr: expect.stringContaining('The port is 70001;') }
  expect(await start(['--config', file, '--port', '70001'], { TANDEM_PORT: String(port) })).toEqual(refusal)
  expect(await start(['--config', file], { TANDEM_PORT: '70001' })).toEqual(refusal)
  expect(await start(['--config', file])).toEqual({ code: 1, stderr: expect.stringContaining('The port is 70000;') })
})
