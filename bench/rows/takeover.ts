/** Takeover: how long until it is granted, and whether one command of a busy agent reaches the page after it. */
import { setTimeout as delay } from 'node:timers/promises'
import { chromium as playwright, type Page } from 'playwright-core'
import type { Bench, Row } from '../row.ts'
import { withSession, type Watched } from '../session.ts'
import { summarize } from '../stats.ts'

const wallClock = (): number => performance.timeOrigin + performance.now()

async function idle(bench: Bench, { viewer }: Watched): Promise<void> {
  const times: number[] = []
  for (let turn = 0; turn < (bench.quick ? 5 : 20); turn++) {
    const { askedAt, grantedAt } = await viewer.call('take')
    times.push(grantedAt - askedAt)
    await viewer.call('handBack')
    await delay(50)
  }
  const summary = summarize(times)
  bench.add('takeover.p50', summary.p50, { ...summary })
  bench.add('takeover.max', summary.max)
}

/** Clicks and calls without a pause, whatever the answers, and looks again after each refusal. Returns the stop, which answers with the times of all attempts. */
function busyAgent(page: Page): () => Promise<number[]> {
  const attempts: number[] = []
  let running = true
  const attempt = async (command: () => Promise<unknown>): Promise<void> => {
    attempts.push(wallClock())
    await command().catch(() => delay(5))
  }
  const loop = async (): Promise<void> => {
    while (running) {
      await attempt(() => page.title())
      await attempt(() => page.click('#button', { timeout: 1_000 }))
      await attempt(() => page.evaluate('called()'))
      await attempt(() => page.mouse.click(110, 110))
    }
  }
  const done = loop()
  return async () => {
    running = false
    await done
    return attempts
  }
}

async function busy(bench: Bench, { viewer, session }: Watched): Promise<void> {
  const browser = await playwright.connectOverCDP(session.cdpUrl)
  const page = browser.contexts()[0]?.pages()[0]
  if (!page) throw new Error('The agent sees no page.')
  await page.waitForSelector('#button')
  const stop = busyAgent(page)
  const turns: { grantedAt: number; releasedAt: number; took: number }[] = []
  for (let turn = 0; turn < (bench.quick ? 4 : 15); turn++) {
    await delay(300 + Math.random() * 300)
    const { askedAt, grantedAt } = await viewer.call('take')
    await delay(300)
    const { askedAt: releasedAt } = await viewer.call('handBack')
    turns.push({ grantedAt, releasedAt, took: grantedAt - askedAt })
  }
  await delay(300)
  const attempts = await stop()
  const during = (at: number): boolean => turns.some(({ grantedAt, releasedAt }) => at > grantedAt && at < releasedAt)
  // What the page itself saw, with its own times: the agent's refusals prove nothing.
  const seen = await page.evaluate<{ clicks: number[]; calls: number[] }>('({ clicks, calls })')
  const reached = [...seen.clicks, ...seen.calls]
  await browser.close()
  const summary = summarize(turns.map(({ took }) => took))
  const tried = attempts.filter(during).length
  if (tried === 0 || reached.length === 0)
    throw new Error(`The agent was not busy: ${tried} attempts during takeovers, ${reached.length} commands reached the page at all.`)
  bench.add('takeover.busy.p50', summary.p50, { ...summary })
  bench.add('takeover.leaks', reached.filter(during).length, { reachedOtherwise: reached.length, turns: turns.length })
  bench.add('takeover.attempts', tried)
}

export const takeoverRow: Row = {
  name: 'takeover',
  title: 'Takeover',
  run: (bench) =>
    withSession(bench, 'counter', {}, async (watched) => {
      await idle(bench, watched)
      await busy(bench, watched)
    }),
}
