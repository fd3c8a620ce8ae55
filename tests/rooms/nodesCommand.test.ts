/** Nodes and their secrets from a terminal, and what the doctor says of LiveKit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@tandem/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../../packages/cli/src/program.ts'
import { checkLiveKit } from '../../packages/server/src/doctor/livekit.ts'
import { livekitProgram, startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let livekit: LiveKit
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-nodes-command-'))
  ;[server, livekit] = await Promise.all([startTestServer(), startLiveKit()])
})
afterAll(async () => {
  await Promise.all([server?.close(), livekit?.close()])
  rmSync(folder, { recursive: true, force: true })
})

async function tandem(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    env: { TANDEM_URL: server.url, TANDEM_API_KEY: server.apiKey },
  }
  const code = await runCli(args, io)
  return { code, out, err }
}

test('a node is registered, listed, taken out of use and forgotten; its secret comes from a file and is never printed', async () => {
  expect((await tandem('nodes')).out).toBe('There is none: sessions have no rooms.\n')
  const secret = join(folder, 'secret')
  writeFileSync(secret, `${livekit.apiSecret}\n`)
  const register = ['nodes', 'register', 'rack-7', '--livekit-url', livekit.url]
  expect(await tandem(...register)).toMatchObject({ code: 2, err: expect.stringContaining('LIVEKIT_API_SECRET') })
  expect(await tandem(...register, '--livekit-key', livekit.apiKey, '--livekit-secret-file', secret)).toEqual({
    code: 0,
    out: `Registered rack-7 at ${livekit.url}\n`,
    err: '',
  })
  const [header, row] = (await tandem('nodes', 'ls')).out.split('\n')
  expect(header).toMatch(/^NODE +FROM +STATE +SESSIONS +PARTICIPANTS +HEALTH$/)
  expect(row).toMatch(/^rack-7 +registered +active +0 +0 +ok$/)
  expect((await tandem('nodes', 'drain', 'rack-7', '--reason', 'new disks')).out).toBe('rack-7 gets no new sessions (0 on it)\n')
  expect((await tandem('nodes', 'ls')).out).toContain('draining')
  expect((await tandem('nodes', 'uncordon', 'rack-7')).out).toBe('rack-7 gets sessions again\n')
  expect(await tandem('nodes', 'restart', 'rack-7')).toMatchObject({ code: 1, err: expect.stringContaining('node/own') })
  const rotated = await tandem('secrets', 'rotate')
  expect(rotated.out).toMatch(/^1 secret is sealed anew, with the key [0-9a-f]{8}\n$/)
  expect((await tandem('audit', '--action', 'node.control')).out).toContain('reason=new disks')
  expect((await tandem('audit')).out).not.toContain(livekit.apiSecret)
  expect((await tandem('nodes', 'rm', 'rack-7')).out).toBe('Forgot rack-7\n')
  expect(await tandem('nodes', 'rm', 'rack-7')).toMatchObject({ code: 1, err: expect.stringContaining('node/not-found') })
})

test('the doctor starts LiveKit where it is, asks it where it runs elsewhere, and says what to do where there is none', async () => {
  const { url, apiKey, apiSecret } = livekit
  const elsewhere = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret }
  const [starts, missing, broken, answers, refused] = await Promise.all([
    doctor({ TANDEM_LIVEKIT_BIN: livekitProgram() }),
    doctor({ TANDEM_LIVEKIT_BIN: join(folder, 'none') }),
    doctor({ TANDEM_LIVEKIT_BIN: '/bin/false' }),
    doctor(elsewhere),
    doctor({ ...elsewhere, LIVEKIT_API_SECRET: 'wrong-secret-0123456789-0123456789' }),
  ])
  expect(starts).toMatchObject({ status: 'ok', saw: expect.stringContaining('starts') })
  expect(missing).toMatchObject({ status: 'warn', fix: expect.stringContaining('go.dev') })
  expect(broken).toMatchObject({ status: 'fail', saw: expect.stringContaining('code 1') })
  expect(answers).toMatchObject({ status: 'ok', saw: expect.stringContaining(url) })
  expect(refused).toMatchObject({ status: 'fail', saw: expect.stringContaining('401') })
  expect(JSON.stringify(refused)).not.toContain('wrong-secret')
})

/** What it finds of LiveKit; tests/server/doctor.test.ts runs the command. */
const doctor = (env: Record<string, string>) => checkLiveKit(loadConfig(env, { dataDir: folder }), false)
