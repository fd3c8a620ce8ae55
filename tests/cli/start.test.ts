/** `npm start`: whether the server could listen where its settings say, before any set-up; and that all of it ends together. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const START = join(ROOT, 'scripts/start.mjs')
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

/** Processes that were started with this data directory, and what each was called with. */
function processesOf(dataDir: string): Map<number, string> {
  const found = new Map<number, string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // Empty for one that has ended and is not yet forgotten.
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      if (command && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TANDEM_DATA_DIR=${dataDir}\0`)) found.set(Number(pid), command)
    } catch {
      // It has just ended.
    }
  }
  return found
}

test.each([
  ['SIGTERM', 'npm'],
  ['SIGKILL', 'npm'],
  ['SIGKILL', 'scripts/start.mjs'],
  ['SIGKILL', 'main.ts'],
] as const)('%s of %s ends all that `npm start` has started, the LiveKit server too', async (signal, whom) => {
  const dataDir = await mkdtemp(join(folder, 'data-'))
  const { CI: _ci, ...env } = process.env
  const npm = spawn('npm', ['start'], { cwd: ROOT, env: { ...env, TANDEM_DATA_DIR: dataDir, TANDEM_PORT: '0' }, stdio: ['ignore', 'pipe', 'ignore'] })
  const output = new Promise<string>((resolve) => npm.stdout.on('data', (chunk: Buffer) => chunk.includes('#token=') && resolve('link')))
  expect(await Promise.race([output, once(npm, 'exit')])).toBe('link')
  const pidOf = (words: string): number | undefined => [...processesOf(dataDir)].find(([, command]) => command.includes(words))?.[0]
  await expect.poll(() => pidOf('livekit-server')).toBeDefined()
  // Of the shell in between it is a word, too.
  const pid = whom === 'npm' ? npm.pid : [...processesOf(dataDir)].findLast(([, command]) => !command.startsWith('sh ') && command.includes(whom))?.[0]
  process.kill(pid ?? 0, signal)
  await expect.poll(() => [...processesOf(dataDir).values()]).toEqual([])
})
