/**
 * The agent: an ordinary Playwright script, but for two lines. It connects to the session instead of launching a
 * browser, and where it cannot go on it asks for a human, waits, and goes on in the same page.
 */
import type { Tandem } from '@tandem/client'
import { chromium, type Locator, type Page } from 'playwright-core'

export interface AgentOptions {
  tandem: Tandem
  sessionId: string
  /** The session's `cdp.ws_url`. */
  cdpUrl: string
  shopUrl: string
  say: (line: string) => void
}

export interface AgentResult {
  orderNumber: string
  /** What the human wrote when handing back. */
  note: string | null
}

const POINTER_STEPS = 25
const KEY_DELAY_MS = 35

/** Orders two plants. Throws when the human could not sign in, or never came. */
export async function orderPlants({ tandem, sessionId, cdpUrl, shopUrl, say }: AgentOptions): Promise<AgentResult> {
  const browser = await chromium.connectOverCDP(cdpUrl)
  try {
    const page = browser.contexts()[0]?.pages()[0]
    if (!page) throw new Error('The session has no page.')
    await page.goto(shopUrl)

    say('Filling in the order')
    await fill(page, page.getByLabel('Full name'), 'Ada Lovelace')
    await fill(page, page.getByLabel('E-mail'), 'ada@example.com')
    await fill(page, page.getByLabel('Street'), '12 St James Square')
    await fill(page, page.getByLabel('Town'), 'London')
    await page.getByLabel('Delivery').selectOption('Express, tomorrow')
    await fill(page, page.getByLabel('Note'), 'Please leave it with the neighbour.')
    await click(page, page.getByRole('button', { name: 'Continue' }))
    await page.getByRole('heading', { name: 'Is it you?' }).waitFor()

    say('The shop wants a one-time code: asking for a human')
    const answer = await tandem.sessions.humanRequest(sessionId, {
      reason: 'The shop asks for a one-time code that was sent to your phone.',
      instructions: 'Take control, type the code, press Sign in, then hand back.',
    })
    if (answer.outcome === 'failed') throw new Error(`The human could not sign in: ${answer.note ?? 'no reason given'}`)
    say(`A human was here${answer.note ? ` and says: ${answer.note}` : ''}`)

    // After a handback an agent has to look at the page before it acts.
    const heading = await page.getByRole('heading', { level: 1 }).innerText()
    if (heading !== 'Review your order') throw new Error(`After the handback the shop shows "${heading}".`)
    await click(page, page.getByLabel('I have read the terms'))
    await click(page, page.getByRole('button', { name: 'Place the order' }))
    const orderNumber = await page.getByTestId('order-number').innerText()
    return { orderNumber, note: answer.note }
  } finally {
    // Disconnects; the browser belongs to the session.
    await browser.close()
  }
}

/** Moves as a hand would, so that people who watch can follow. */
async function point(page: Page, target: Locator): Promise<void> {
  await target.scrollIntoViewIfNeeded()
  const box = await target.boundingBox()
  if (box) await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: POINTER_STEPS })
}

async function click(page: Page, target: Locator): Promise<void> {
  await point(page, target)
  await target.click()
}

async function fill(page: Page, target: Locator, text: string): Promise<void> {
  await click(page, target)
  await target.pressSequentially(text, { delay: KEY_DELAY_MS })
}
