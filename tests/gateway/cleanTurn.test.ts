/** A turn begins clean: what agents hold is ended at the grant, what is left of their gestures stays away, and what they set up receives nothing of the human. */
import { connect, type Browser, type CDPSession, type Page } from 'puppeteer-core'
import type { CdpSession } from '@tandem/browser'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HUMAN, startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'

const PAGE = `<!doctype html><title>desk</title><style>* { margin: 0 } #from, #to, button { position: absolute; top: 0; width: 100px; height: 100px } input { position: absolute; top: 200px }</style>
  <div id="from" draggable="true">from</div><div id="to" style="left: 200px">to</div><button id="buy" style="left: 400px">buy</button><input id="field"><script>
  globalThis.notes = []
  const types = 'mousedown mouseup click dragstart drop dragend touchstart touchend touchcancel keydown keyup compositionstart compositionend'
  for (const type of types.split(' ')) addEventListener(type, (event) => notes.push(type + ' ' + event.target.id + (event.key ?? '')), true)
  to.addEventListener('dragover', (event) => event.preventDefault())
  // The field keeps the focus, and its composition.
  buy.addEventListener('mousedown', (event) => event.preventDefault())
  globalThis.noted = (all) => new Promise((resolve) => { const look = () => (all.every((note) => notes.includes(note)) ? resolve(notes.splice(0)) : setTimeout(look, 5)); look() })
</script>`
const FROM = [50, 50] as const
const TO = [250, 50] as const
const BUY = [450, 50] as const

let pages: Pages
let harness: GatewayHarness
let agent: Browser
let page: Page
let human: CdpSession

beforeAll(async () => {
  pages = await servePages({ '/desk': PAGE })
  harness = await startGateway()
})

afterAll(async () => {
  await harness?.[Symbol.asyncDispose]()
  await pages?.close()
})

beforeEach(async () => {
  agent = await connect({ browserWSEndpoint: harness.url, defaultViewport: null })
  page = await agent.newPage()
  await page.goto(`${pages.url}/desk`)
  human = await harness.human(`${pages.url}/desk`)
})

afterEach(async () => {
  if (harness.control.holder) handBack()
  harness.control.admit('look', 'agent')
  await human.send('Page.close').catch(() => {})
  await agent.disconnect()
})

function handBack(): void {
  harness.control.release(HUMAN.clientId)
}

async function ofPage<T>(expression: string): Promise<T> {
  const { result } = await human.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
  // A test knows what it asked for.
  return result.value as T
}

/** What the page was told, once these are among it. */
const noted = (...all: string[]): Promise<string[]> => ofPage(`noted(${JSON.stringify(all)})`)

async function humanClicks([x, y]: readonly [number, number]): Promise<void> {
  await human.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y })
  for (const type of ['mousePressed', 'mouseReleased'] as const) await human.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 })
}

/** `passed`, or the code of the refusal. */
function outcome(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'passed',
    (error: Error) => /\w+\/[\w-]+/.exec(error.message)?.[0] ?? error.message,
  )
}

async function holdsMuch(cdp: CDPSession): Promise<void> {
  await page.focus('#field')
  await page.keyboard.down('Shift')
  await cdp.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: TO[0], y: TO[1] }] })
  await page.mouse.move(...BUY)
  await page.mouse.down()
  await noted('keydown fieldShift', 'compositionstart field', 'touchstart to', 'mousedown buy')
}

describe('at the grant', () => {
  test('[CTL44] a drag of the agent ends with no drop, and the human works', async () => {
    await page.mouse.move(...FROM)
    await page.mouse.down()
    await page.mouse.move(TO[0] - 20, TO[1], { steps: 3 })
    await page.mouse.move(...TO)
    await noted('dragstart from')
    await harness.control.takeover(HUMAN)
    expect(await noted('dragend from')).not.toContain('drop to')
    await humanClicks(BUY)
    expect(await noted('click buy')).toContain('mousedown buy')
  })

  test('[CTL44] buttons, fingers, keys and compositions are let go of, and a press becomes no click', async () => {
    await holdsMuch(await page.createCDPSession())
    await harness.control.takeover(HUMAN)
    const told = await noted('mouseup ', 'touchcancel to', 'keyup fieldShift', 'compositionend field')
    expect(told).not.toContain('click buy')
    handBack()
    // The agent believes to hold them: it lets go without effect, and then all is as usual.
    await page.evaluate('1')
    expect(await outcome(page.mouse.move(...TO))).toBe('control/observe-first')
    await page.mouse.up()
    await page.keyboard.up('Shift')
    await page.mouse.click(...BUY)
    expect(await noted('click buy')).toEqual(['mousedown buy', 'mouseup buy', 'click buy'])
  })

  test('[CTL44] a client that goes away lets go, whoever drives', async () => {
    const other = await connect({ browserWSEndpoint: harness.url, defaultViewport: null })
    const own = page
    page = (await other.pages()).find((open) => open.url() === own.url()) ?? own
    await holdsMuch(await page.createCDPSession())
    await other.disconnect()
    expect(await noted('mouseup ', 'touchcancel to', 'keyup fieldShift', 'compositionend field')).not.toContain('click buy')
  })
})

describe('a gesture', () => {
  test('[CTL24] is refused whole: the press that was sent behind the move, and its release', async () => {
    await harness.control.takeover(HUMAN)
    handBack()
    expect(await outcome(page.mouse.click(...BUY))).toBe('control/observe-first')
    expect(await ofPage('notes')).toEqual([])
    await page.mouse.click(...BUY)
    expect(await noted('click buy')).toEqual(['mousedown buy', 'mouseup buy', 'click buy'])
  })

  test('[CTL24] of a key that was refused has no release', async () => {
    await harness.control.takeover(HUMAN)
    handBack()
    expect(await outcome(page.keyboard.down('a'))).toBe('control/observe-first')
    await page.keyboard.up('a')
    await page.keyboard.press('b')
    expect(await noted('keyup b')).toEqual(['keydown b', 'keyup b'])
  })

  test('[CTL17] that the human interrupted leaves no release for later', async () => {
    await harness.control.takeover(HUMAN)
    const cdp = await page.createCDPSession()
    const left = { x: BUY[0], y: BUY[1], button: 'left', clickCount: 1 } as const
    expect(await outcome(cdp.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...left }))).toBe('control/human-driving')
    handBack()
    await cdp.send('Runtime.evaluate', { expression: '1' })
    expect(await outcome(cdp.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...left }))).toBe('passed')
    await page.mouse.click(...BUY)
    expect(await noted('click buy')).toEqual(['mousedown buy', 'mouseup buy', 'click buy'])
  })
})

test('[CTL24] what one credential has seen opens the way for no other', async () => {
  const monitor = await connect({ browserWSEndpoint: `${harness.url}/monitor`, defaultViewport: null })
  const seen = (await monitor.pages()).find((open) => open.url() === page.url())
  const same = await connect({ browserWSEndpoint: harness.url, defaultViewport: null })
  await harness.control.takeover(HUMAN)
  handBack()
  await seen?.evaluate('document.title')
  expect(await outcome(page.mouse.click(...BUY))).toBe('control/observe-first')
  const twin = (await same.pages()).find((open) => open.url() === page.url())
  expect(await outcome(twin?.mouse.click(...BUY) ?? Promise.resolve())).toBe('passed')
  await monitor.disconnect()
  await same.disconnect()
})

describe('what an agent set up receives nothing of the human', () => {
  const passkey = (expression: string): Promise<string> =>
    ofPage(`navigator.credentials.${expression}.then(({ id }) => 'made ' + typeof id, ({ name }) => name)`)
  const ASKED = `{ publicKey: { rp: { name: 'x' }, user: { id: new Uint8Array([1]), name: 'a', displayName: 'a' }, challenge: new Uint8Array(16),
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }], authenticatorSelection: { residentKey: 'required' }, timeout: 500 } }`

  test('[CTL45] its virtual authenticator takes no passkey of the human, and works on afterwards', async () => {
    await page.goto(`${pages.url.replace('127.0.0.1', 'localhost')}/desk`)
    const cdp = await page.createCDPSession()
    await cdp.send('WebAuthn.enable')
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
    })
    const has = async (): Promise<number> => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length
    await harness.control.takeover(HUMAN)
    expect(await passkey(`create(${ASKED})`)).toBe('NotAllowedError')
    handBack()
    await page.evaluate('1')
    expect(await has()).toBe(0)
    expect(await passkey(`create(${ASKED})`)).toBe('made string')
    expect(await has()).toBe(1)
  })

  test('[CTL45] the condition of its breakpoint is not asked, and is again afterwards', async () => {
    const cdp = await page.createCDPSession()
    await human.send('Runtime.evaluate', { expression: 'globalThis.signIn = (password) => {\n  return password.length\n} //# sourceURL=sign-in.js' })
    await cdp.send('Debugger.enable')
    await cdp.send('Debugger.setBreakpointByUrl', { url: 'sign-in.js', lineNumber: 1, condition: '(globalThis.stolen ??= []).push(password), false' })
    await harness.control.takeover(HUMAN)
    const late = await page.createCDPSession()
    await late.send('Debugger.enable')
    await ofPage(`signIn('of the human')`)
    handBack()
    await ofPage(`signIn('of the agent')`)
    expect(await ofPage('stolen')).toEqual(['of the agent'])
  })

  test('[CTL45] its inspector takes no click of the human, and waits for one again afterwards', async () => {
    const cdp = await page.createCDPSession()
    for (const method of ['DOM.enable', 'Overlay.enable'] as const) await cdp.send(method)
    await cdp.send('Overlay.setInspectMode', { mode: 'searchForNode', highlightConfig: {} })
    await harness.control.takeover(HUMAN)
    await ofPage('1')
    await humanClicks(BUY)
    expect(await noted('click buy')).toContain('mousedown buy')
    handBack()
    // Behind what the handback sent.
    await cdp.send('DOM.getDocument')
    const inspected = new Promise((resolve) => cdp.once('Overlay.inspectNodeRequested', resolve))
    await humanClicks(BUY)
    expect(await inspected).toHaveProperty('backendNodeId')
  })

  test('[CTL45] what cancels file choosers cancels none of the human', async () => {
    const cdp = await page.createCDPSession()
    await cdp.send('Page.enable')
    await cdp.send('Page.setInterceptFileChooserDialog', { enabled: true, cancel: true })
    await ofPage(
      `document.body.insertAdjacentHTML('beforeend', '<input type=file id=file style="position:absolute;top:300px">'), file.addEventListener('cancel', () => notes.push('cancel file')), 1`,
    )
    await human.send('Page.enable')
    await human.send('Page.setInterceptFileChooserDialog', { enabled: true })
    await harness.control.takeover(HUMAN)
    const chosen = new Promise<void>((resolve) => human.on('Page.fileChooserOpened', () => resolve()))
    await human.send('Runtime.evaluate', { expression: 'file.click()', userGesture: true })
    await chosen
    expect(await ofPage('notes')).not.toContain('cancel file')
  })
})
