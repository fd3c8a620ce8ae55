import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Chromium, findChromium, launchBrowser, reapOrphans } from '@tandem/browser'
import { DEVICES } from '@tandem/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-launch-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

/** Processes of a group that still run: Linux keeps field 5 of stat as the group. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !stat.includes(') Z ')
}

it('starts Chromium with one tab and ends it with its whole process group and its profile', async () => {
  const profileDir = join(folder, 'profile')
  const browser = await launchBrowser({ profileDir, filesDir: join(folder, 'files'), viewport: { ...DEVICES.desktop } })
  expect(browser.version).toMatch(/Chrome\/\d+/)
  expect(browser.tabs()).toHaveLength(1)
  expect(browser.activeTabId).toBe(browser.tabs()[0]?.id)
  const { processInfo } = await browser.connection.root.send('SystemInfo.getProcessInfo')
  await browser.close()
  await browser.close()
  expect(existsSync(profileDir)).toBe(false)
  for (const { id } of processInfo) expect(await isAlive(id)).toBe(false)
})

it("keeps the server's keys from Chromium", async () => {
  for (const name of ['TANDEM_API_KEY', 'TURN_SECRET']) vi.stubEnv(name, 'a-key-of-the-server')
  vi.stubEnv('FONTCONFIG_FILE', '/for/chromium')
  await using stack = new AsyncDisposableStack()
  const chromium = await Chromium.launch({ profileDir: join(folder, 'profile') })
  stack.defer(() => chromium.close())
  const environment = await readFile(`/proc/${chromium.pid}/environ`, 'utf8')
  expect(environment).toContain('/for/chromium')
  expect(environment).not.toContain('a-key-of-the-server')
})

it('keeps a profile that is to be kept', async () => {
  const profileDir = join(folder, 'profile')
  const chromium = await Chromium.launch({ profileDir, keepProfile: true })
  await chromium.close()
  expect(existsSync(profileDir)).toBe(true)
  expect(existsSync(join(profileDir, 'tandem-process.json'))).toBe(false)
})

it('ends a Chromium that does not leave by itself', async () => {
  const chromium = await Chromium.launch({ profileDir: join(folder, 'profile') })
  process.kill(chromium.pid, 'SIGSTOP')
  await chromium.close()
  expect(await isAlive(chromium.pid)).toBe(false)
})

it('says why Chromium did not start', async () => {
  const launch = Chromium.launch({ profileDir: join(folder, 'profile'), executablePath: '/bin/false' })
  await expect(launch).rejects.toMatchObject({ code: 'browser/launch-failed', message: expect.stringContaining('/bin/false ended with code 1') })
  const missing = Chromium.launch({ profileDir: join(folder, 'profile'), executablePath: join(folder, 'none') })
  await expect(missing).rejects.toMatchObject({ code: 'browser/launch-failed' })
})

it('says what to do when CHROMIUM_PATH is wrong or nothing is installed', async () => {
  vi.stubEnv('CHROMIUM_PATH', join(folder, 'none'))
  await expect(findChromium()).rejects.toMatchObject({ code: 'browser/not-installed', message: expect.stringContaining('CHROMIUM_PATH') })
  vi.stubEnv('CHROMIUM_PATH', '/bin/sh')
  expect(await findChromium()).toBe('/bin/sh')
})

it('tells that Chromium is gone when somebody kills it, once, and leaves nothing behind', async () => {
  const profileDir = join(folder, 'profile')
  const browser = await launchBrowser({ profileDir, filesDir: join(folder, 'files'), viewport: { ...DEVICES.desktop } })
  const crashed = vi.fn()
  const told = new Promise<void>((resolve) => browser.events.on('crashed', () => resolve()))
  browser.events.on('crashed', crashed)
  process.kill(browser.pid, 'SIGKILL')
  await told
  await browser.close()
  expect(crashed).toHaveBeenCalledOnce()
  expect(existsSync(profileDir)).toBe(false)
  await expect(browser.navigate('https://example.com')).rejects.toMatchObject({ code: expect.stringMatching(/^browser\//) })
})

it('ends the Chromium that a killed server left behind, and leaves those of living servers alone', async () => {
  const profileDir = join(folder, 'orphan')
  const mine = await Chromium.launch({ profileDir: join(folder, 'mine') })
  // A server of its own, which is killed; its Chromium is stopped, so that it cannot see its pipe close.
  const source = `import { Chromium } from '@tandem/browser'
    const chromium = await Chromium.launch({ profileDir: ${JSON.stringify(profileDir)} })
    process.kill(-chromium.pid, 'SIGSTOP')
    console.log(chromium.pid)
    setInterval(() => {}, 1000)`
  const server = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', source], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const orphan = await new Promise<number>((resolve) => server.stdout.once('data', (data) => resolve(Number(String(data)))))
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGKILL')
  await ended
  expect(await isAlive(orphan)).toBe(true)
  expect(await reapOrphans(folder)).toBe(1)
  await vi.waitFor(async () => expect(await isAlive(orphan)).toBe(false))
  expect(existsSync(join(profileDir, 'tandem-process.json'))).toBe(false)
  expect(await isAlive(mine.pid)).toBe(true)
  expect(await reapOrphans(folder)).toBe(0)
  await mine.close()
})
