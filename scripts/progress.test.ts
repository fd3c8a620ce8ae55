import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { adviceFor, runLogged, SetupError } from './progress.mjs'

const logDir = mkdtempSync(join(tmpdir(), 'tandem-progress-'))
afterAll(() => rmSync(logDir, { recursive: true }))
const run = (script: string): Promise<string> => runLogged(process.execPath, ['-e', script], { name: 'step', logDir, cwd: logDir })

test('a program that ends well gives its standard output, and both outputs are in the log', async () => {
  expect(await run('console.log("out"); console.error("err")')).toBe('out\n')
  expect(readFileSync(join(logDir, 'step.log'), 'utf8')).toContain('err')
})

test('a program that fails is reported with the end of its output, its exit code, the log and what to do', async () => {
  const failure = await run('console.error("getaddrinfo EAI_AGAIN registry"); process.exit(7)').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(SetupError)
  expect(failure).toMatchObject({ message: expect.stringMatching(/EAI_AGAIN[^]*ended with 7[^]*step\.log[^]*network is not reachable/) })
})

test('a program that is not there is reported as such', async () => {
  await expect(runLogged('/no/such/program', [], { name: 'none', logDir, cwd: logDir })).rejects.toThrow('could not be run')
})

test.each([
  ['npm error code ENOSPC\nnpm error syscall write', 'disk is full'],
  ["E: You don't have enough free space in /var/cache/apt/archives/. No space left on device", 'disk is full'],
  ["Temporary failure resolving 'deb.debian.org'", 'network is not reachable'],
  ['npm error code EACCES', 'another user'],
  ['npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.', 'npm install'],
])('%s is explained', (output, advice) => {
  expect(adviceFor(output)).toContain(advice)
})

test('what has no usual cause gets no advice', () => {
  expect(adviceFor('TypeError: x is not a function')).toBe('')
})
