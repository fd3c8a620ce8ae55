/** The fence while agents never rest: turn after turn, with commands always on their way. */
import type { CdpSession } from '@tandem/browser'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HUMAN, startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'
import { RawClient, type Reply } from '../harness/rawClient.ts'

/** What a command of the agent does in the page: it counts itself, by who drives. */
const COUNT = 'globalThis[globalThis.human ? "duringTurns" : "between"] = (globalThis[globalThis.human ? "duringTurns" : "between"] ?? 0) + 1'
const TURNS = 50

let pages: Pages
let harness: GatewayHarness

beforeAll(async () => {
  pages = await servePages({ '/': '<title>start</title><button onclick="globalThis.clicks = (globalThis.clicks ?? 0) + 1">go</button>' })
  harness = await startGateway()
})

afterAll(async () => {
  await harness?.[Symbol.asyncDispose]()
  await pages?.close()
})

/** Takes and hands back; the page knows from the grant to the release that a human drives. `during` is what the human does. */
async function takeTurns(human: CdpSession, turns: number, during: () => Promise<unknown> = async () => {}): Promise<void> {
  const tell = (value: boolean) => human.send('Runtime.evaluate', { expression: `globalThis.human = ${value}` })
  for (let turn = 0; turn < turns; turn++) {
    await harness.control.takeover(HUMAN)
    await tell(true)
    await during()
    await tell(false)
    harness.control.release(HUMAN.clientId)
    // The agent has its turn, too: one command that the page answers.
    await tell(false)
  }
}

async function counts(human: CdpSession): Promise<Record<'duringTurns' | 'between' | 'clicks', number>> {
  const read = async (name: string) => Number((await human.send('Runtime.evaluate', { expression: `globalThis.${name} ?? 0` })).result.value)
  return { duringTurns: await read('duringTurns'), between: await read('between'), clicks: await read('clicks') }
}

describe('an agent that never rests', () => {
  test('[CTL16] of 200 commands a second none reaches the page in 50 turns, and each is answered once', async () => {
    const client = await RawClient.open(harness.url)
    const { targetId, sessionId } = await client.page(pages.url)
    const human = await harness.chromium.connection.attach(targetId)
    const replies: Promise<Reply>[] = []
    const loop = setInterval(() => replies.push(client.send('Runtime.evaluate', { expression: COUNT, returnByValue: true }, sessionId)), 5)
    // A turn lasts for a few of the agent's commands.
    await takeTurns(human, TURNS, async () => {
      const sent = replies.length
      await expect.poll(() => replies.length, { interval: 5 }).toBeGreaterThan(sent + 3)
    })
    clearInterval(loop)
    const answers = await Promise.all(replies)
    const { duringTurns, between } = await counts(human)
    expect(duringTurns).toBe(0)
    const refused = answers.filter(({ result }) => result?.['exceptionDetails'])
    expect(between).toBe(answers.length - refused.length)
    expect(refused.length).toBeGreaterThan(TURNS)
    expect(between).toBeGreaterThan(0)
    for (const { result } of refused) expect(JSON.stringify(result)).toContain('control/human-driving')
    const ids = client.messages.flatMap(({ id }) => id ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    client.socket.terminate()
  })

  test('[CTL21] a Playwright that tries again at once is told what control says, never that its page is gone, and goes on', async () => {
    harness.control.admit('look', 'agent')
    const browser = await chromium.connectOverCDP(harness.url)
    const page = await browser.contexts()[0]?.newPage()
    if (!page) throw new Error('no page')
    await page.goto(`${pages.url}/?playwright`)
    const human = await harness.human(`${pages.url}/?playwright`)
    let done = false
    const told: string[] = []
    const passed = { evaluate: 0, click: 0, text: 0 }
    const actions = {
      evaluate: () => page.evaluate(COUNT),
      click: () => page.click('button', { timeout: 30_000 }),
      text: () => page.textContent('button', { timeout: 30_000 }),
    }
    const agent = async (name: keyof typeof actions): Promise<void> => {
      while (!done) {
        await actions[name]().then(
          () => void passed[name]++,
          (error: Error) => void told.push(error.message),
        )
      }
    }
    const agents = [agent('evaluate'), agent('click'), agent('text')]
    await takeTurns(human, TURNS, async () => {
      const before = told.length
      await expect.poll(() => told.length, { interval: 5 }).toBeGreaterThan(before + 3)
    })
    const before = { ...passed }
    await expect.poll(() => Object.entries(before).every(([name, count]) => passed[name as keyof typeof passed] > count)).toBe(true)
    done = true
    await Promise.all(agents)
    expect((await counts(human)).duringTurns).toBe(0)
    expect(told.filter((text) => !/control\/(human-driving|observe-first)/.test(text))).toEqual([])
    await page.close()
    await browser.close()
  })
})
