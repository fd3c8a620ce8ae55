/** Bad days of a session's page, made for real: a holder who sleeps or is cut off, a browser that hangs, a server that restarts, a link that ends. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Person } from '../harness/dashboard.ts'
import { ownScreen } from '../harness/screens.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { chromiumsOf, spawnServer, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { SpareSessions } from '../harness/spareSessions.ts'

/** Short enough to wait for, long enough to be seen. */
const LIMITS = { idleMs: 6_000, idleWarningMs: 4_500, graceMs: 4_000 }
const RED = [255, 0, 0] as const
const LINK_S = 10

let server: TestServer
let sessions: SpareSessions
let pages: Pages
let browser: Browser
beforeAll(async () => {
  server = await startTestServer({ control: LIMITS })
  sessions = new SpareSessions(server)
  pages = await servePages({ '/red': '<!doctype html><title>Red</title><body style="background: rgb(255 0 0)">' })
  browser = await Person.browser()
})
afterEach(() => sessions.giveBack())
afterAll(async () => {
  await pages?.close()
  await server?.close()
})

test('a holder who does nothing is asked, stays by saying so, and loses control without a word', async () => {
  const { id } = await sessions.create()
  await using holder = await Person.guest(browser, server, id, 'control')
  await using viewer = await Person.guest(browser, server, id, 'view')
  await viewer.live()
  await holder.live()
  await holder.takeControl()
  await holder.sees('Still there?')
  await viewer.sees('Guest does nothing. Control goes back in')
  await holder.press('[data-notice=idle] button')
  await viewer.page.waitForSelector('[data-notice=idle]', { hidden: true })
  await holder.sees('Still there?')
  await holder.sees('You no longer drive. Nothing was done for a while.')
  await holder.page.waitForSelector('[data-action=take]')
})

test('when the holder is cut off the others read how long the agent waits, and then it goes on', async () => {
  const { id } = await sessions.create()
  await using viewer = await Person.guest(browser, server, id, 'view')
  await viewer.live()
  const other = await ownScreen()
  const holder = await Person.guest(other, server, id, 'control')
  await holder.live()
  await holder.takeControl()
  // No goodbye, no close frame: the whole browser is gone.
  other.process()?.kill('SIGKILL')
  await viewer.sees('Guest lost the connection. The agent goes on in')
  await viewer.page.waitForSelector('[data-chip=agent]')
  await viewer.page.waitForSelector('[data-notice=grace]', { hidden: true })
})

test('a browser that hangs is told as stalled over a picture that looks old, and is live again by itself', async () => {
  const { id } = await sessions.create({ initial_url: `${pages.url}/red` })
  await using viewer = await Person.guest(browser, server, id, 'view')
  await viewer.live()
  const processes = chromiumsOf(server.dataDir)
  for (const pid of processes) process.kill(pid, 'SIGSTOP')
  try {
    await viewer.sees('The picture has stopped')
    expect(await viewer.page.$('.tandem-view[data-old]')).not.toBeNull()
    expect(await viewer.page.title()).toContain('Stalled')
  } finally {
    for (const pid of processes) process.kill(pid, 'SIGCONT')
  }
  await viewer.live()
  await viewer.seesColour({ x: 0.5, y: 0.5 }, RED)
  expect(await viewer.page.$('[data-sign]')).toBeNull()
})

test('a restart of the server is told, and the page is live again without a hand', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-restart-'))
  try {
    await using first = await spawnServer({ dataDir })
    const { id } = await first.create({ initial_url: `${pages.url}/red`, name: 'Kept' })
    await using owner = await Person.owner(browser, first, id)
    await owner.live()
    await owner.seesColour({ x: 0.5, y: 0.5 }, RED)
    await first.kill('SIGTERM')
    await owner.sees('Connecting again.')
    expect(await owner.page.$('.tandem-view[data-old]')).not.toBeNull()
    await using _second = await spawnServer({ dataDir, env: { TANDEM_PORT: new URL(first.url).port } })
    await owner.live()
    await owner.seesColour({ x: 0.5, y: 0.5 }, RED)
    await owner.takeControl()
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
})

test('a link that ends while somebody watches ends the view, and the page then says that it has expired', async () => {
  const { id } = await sessions.create()
  const { body } = await server.request('POST', `/v1/agent-sessions/${id}/viewer-tokens`, { body: { role: 'view', expires_in_s: LINK_S } })
  await using viewer = await Person.at(browser)
  await viewer.page.goto(body.url)
  await viewer.live()
  await viewer.page.waitForSelector('[data-sign=ended] ::-p-text(This link has expired)')
  await viewer.press('[data-sign=ended] ::-p-text(Sign in)')
  await viewer.page.waitForSelector('h1 ::-p-text(This link has expired)')
})

test('a login that ends in another tab ends the view, and the page asks to sign in', async () => {
  const { id } = await sessions.create()
  await using owner = await Person.owner(browser, server, id)
  await owner.live()
  const elsewhere = await owner.page.browserContext().newPage()
  await elsewhere.goto(server.url)
  await elsewhere.locator('[aria-label="Sign out"]').click()
  await elsewhere.locator('::-p-text(Sign in to Tandem)').wait()
  await owner.page.bringToFront()
  await owner.press('[data-sign=ended] ::-p-text(Sign in)')
  await owner.sees('Sign in to Tandem')
})
