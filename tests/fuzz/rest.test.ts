/**
 * REST under schemathesis: it reads /openapi.json and makes requests of each route, valid ones and others. `npm test` keeps it
 * in .cache/schemathesis (a Python environment); where there is no Python the test is skipped, and fails in CI.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { Chance, FUZZ_MS } from './chance.ts'

const PROGRAM = fileURLToPath(new URL('../../.cache/schemathesis/bin/schemathesis', import.meta.url))
/** These wait by design, or end what the others need. */
const EXCLUDED = ['/v1/agent-sessions/{id}/events', '/v1/agent-sessions/{id}/human-requests', '/v1/auth/logout']

const missing = !existsSync(PROGRAM)
if (missing) console.log(`skipped: there is no ${PROGRAM}; it needs python3 with venv and pip, then \`npm test\` sets it up`)

let server: ServerProcess
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-rest-fuzz-'))
  server = await spawnServer({ env: { TANDEM_LOG_LEVEL: 'error', TANDEM_MAX_SESSIONS: '2' } })
})
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(missing)(
  'no request that can be made from the description of the API ends in an error of the server',
  async () => {
    const chance = new Chance()
    const session = await server.create()
    // Requests of a session that is there reach further than those of one that is not.
    writeFileSync(join(folder, 'schemathesis.toml'), `[parameters]\n"path.id" = ["${session.id}", "agt_none", "x"]\n`)
    const excluded = EXCLUDED.flatMap((path) => ['--exclude-path', path])
    const child = spawn(
      PROGRAM,
      [
        ...['--config-file', join(folder, 'schemathesis.toml'), 'run', `${server.url}/openapi.json`, '--header', `Authorization: Bearer ${server.apiKey}`],
        ...['--checks', 'not_a_server_error', '--seed', String(chance.seed), '--max-time', String(Math.ceil((FUZZ_MS * 5) / 1_000))],
        ...['--phases', 'fuzzing', '--max-examples', '3', '--request-timeout', '20', '--no-color', '--warnings', 'off', '--exclude-method', 'DELETE'],
        ...excluded,
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
    expect(out.replaceAll(server.apiKey, '<key>'), `seed ${chance.seed}`).not.toMatch(/FAILURES|ERRORS/)
    expect(code).toBe(0)
    expect(Number(/(\d+) generated/.exec(out)?.[1])).toBeGreaterThan(20)
    expect(server.stderr()).toBe('')
    expect((await server.request('GET', `/v1/agent-sessions/${session.id}`)).status).toBe(200)
    expect((await server.request('GET', '/ready')).status).toBe(200)
  },
  FUZZ_MS * 5 + 90_000,
)
