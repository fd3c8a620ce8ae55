import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { click, press, startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages()
  test = await startTestBrowser()
})
afterAll(async () => {
  await test.close()
  await pages.close()
})
beforeEach(async () => {
  await test.browser.setHumanDriving(true)
  await test.open(`${pages.url}/form.html`)
})

it('shows alert, confirm and prompt, and gives the page the answer', async () => {
  const { browser, next, evaluate } = test
  const cases = [
    { call: 'alert("hello")', type: 'alert', message: 'hello', answer: { accept: true }, result: undefined },
    { call: 'confirm("sure?")', type: 'confirm', message: 'sure?', answer: { accept: false }, result: false },
    { call: 'prompt("name?", "x")', type: 'prompt', message: 'name?', answer: { accept: true, text: 'Bo' }, result: 'Bo' },
    { call: 'prompt("name?")', type: 'prompt', message: 'name?', answer: { accept: false }, result: null },
  ] as const
  for (const { call, type, message, answer, result } of cases) {
    const opened = next('dialogOpened')
    const returned = evaluate(call)
    const dialog = await opened
    expect(dialog).toMatchObject({ type, message, tabId: browser.activeTabId, url: `${pages.url}/form.html` })
    expect(browser.pending().dialogs).toEqual([dialog])
    const closed = next('dialogClosed')
    await browser.answerDialog(dialog.id, answer)
    expect(await closed).toEqual({ id: dialog.id })
    expect(await returned).toEqual(result)
    await expect(browser.answerDialog(dialog.id, answer)).rejects.toMatchObject({ code: 'dialog/not-found' })
  }
})

it('asks before a page with unsaved work is left', async () => {
  const { browser, next, evaluate, waitFor } = test
  await evaluate("addEventListener('beforeunload', (event) => event.preventDefault())")
  // Chromium asks only for a page that a person has used.
  browser.input(click(100, 35))
  await waitFor("document.activeElement.id === 'text' && navigator.userActivation.hasBeenActive")
  const opened = next('dialogOpened')
  const navigation = browser.navigate(`${pages.url}/next`)
  const dialog = await opened
  expect(dialog.type).toBe('beforeunload')
  await browser.answerDialog(dialog.id, { accept: true })
  await navigation
  await waitFor("document.title === 'Next' && document.readyState === 'complete'")
})

it('asks before a tab with unsaved work is closed, reloaded or gone back from, and stays where the answer is no', async () => {
  const { browser, next, evaluate, waitFor } = test
  // Whether the empty page that a tab begins with can be gone back to, is chance: another one can.
  const tabId = await browser.openTab(`${pages.url}/next`)
  await waitFor("document.title === 'Next' && document.readyState === 'complete'")
  await test.open(`${pages.url}/form.html`)
  await evaluate("addEventListener('beforeunload', (event) => event.preventDefault())")
  browser.input(click(100, 35))
  await waitFor("document.activeElement.id === 'text' && navigator.userActivation.hasBeenActive")
  for (const way of ['reload', 'back'] as const) {
    const asked = next('dialogOpened', undefined, way)
    const left = browser.history(way).catch((error: unknown) => error)
    await browser.answerDialog((await asked).id, { accept: false })
    expect(await left).toMatchObject({ code: 'browser/navigation-failed' })
  }
  for (const accept of [false, true]) {
    const asked = next('dialogOpened', undefined, `close, ${accept}`)
    const closing = browser.closeTab(tabId)
    const dialog = await asked
    expect(dialog).toMatchObject({ type: 'beforeunload', tabId })
    await closing
    // It stands before the page until it is answered, however often the tab is closed.
    await browser.closeTab(tabId)
    const closed = next('dialogClosed')
    await browser.answerDialog(dialog.id, { accept })
    await closed
    if (!accept) expect(await evaluate('location.pathname', tabId)).toBe('/form.html')
  }
  await expect.poll(() => browser.tabs().some(({ id }) => id === tabId)).toBe(false)
})

it('closes a tab that stands behind an alert', async () => {
  const { browser, next, evaluate } = test
  const tabId = await browser.openTab(`${pages.url}/form.html`)
  const opened = next('dialogOpened')
  void evaluate('alert(1)', tabId).catch(() => {})
  await opened
  await browser.closeTab(tabId)
  await expect.poll(() => browser.tabs().some(({ id }) => id === tabId)).toBe(false)
})

it("leaves an agent's dialog to the agent, and shows it to viewers when a human takes over", async () => {
  const { browser, next, evaluate } = test
  await browser.setHumanDriving(false)
  browser.setDialogAudience(() => true)
  const session = await browser.connection.attach(browser.activeTabId ?? '')
  await session.send('Page.enable')
  const seen = new Promise<void>((resolve) => session.on('Page.javascriptDialogOpening', () => resolve()))
  const returned = evaluate('confirm("agent?")')
  await seen
  expect(browser.pending().dialogs).toEqual([])
  const opened = next('dialogOpened')
  await browser.setHumanDriving(true)
  const dialog = await opened
  expect(dialog.message).toBe('agent?')
  const closed = next('dialogClosed')
  await session.send('Page.handleJavaScriptDialog', { accept: true })
  await closed
  expect(await returned).toBe(true)
})

it('asks for the password of a protected page, and opens it', async () => {
  const { browser, next } = test
  const asked = next('authRequested')
  const navigation = browser.navigate(`${pages.url}/auth`)
  const prompt = await asked
  expect(prompt).toMatchObject({ origin: pages.url, realm: 'The vault', isProxy: false, tabId: browser.activeTabId })
  const closed = next('authClosed')
  await browser.answerAuth(prompt.id, { username: 'tandem', password: 'secret' })
  await closed
  await navigation
  await test.waitFor("document.title === 'Inside'")
  await expect(browser.answerAuth(prompt.id, null)).rejects.toMatchObject({ code: 'dialog/not-found' })
})

it('asks again after a wrong password, and shows what the server says when the question is cancelled', async () => {
  const { browser, next } = test
  // Another host name: Chromium remembers the password of the test above.
  const url = `${pages.otherUrl}/auth`
  const first = next('authRequested')
  const navigation = browser.navigate(url)
  const again = first.then(({ id }) => {
    const second = next('authRequested', (prompt) => prompt.id !== id)
    return browser.answerAuth(id, { username: 'tandem', password: 'wrong' }).then(() => second)
  })
  await browser.answerAuth((await again).id, null)
  await navigation
  await test.waitFor("document.title === 'Outside'")
})

/** What Chromium would ask in a window of its own, with the refusal that the page gets instead. */
const ASKS = {
  screen: ['navigator.mediaDevices.getDisplayMedia({ video: true })', 'NotAllowedError'],
  'this tab': ['navigator.mediaDevices.getDisplayMedia({ video: true, preferCurrentTab: true })', 'NotAllowedError'],
  'a new passkey': [
    "navigator.credentials.create({ publicKey: { challenge: new Uint8Array(16), rp: { name: 'x' }, user: { id: new Uint8Array(8), name: 'n', displayName: 'd' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }], authenticatorSelection: { userVerification: 'discouraged' } } })",
    'NotAllowedError',
  ],
  'a passkey': ['navigator.credentials.get({ publicKey: { challenge: new Uint8Array(16) } })', 'NotAllowedError'],
  'a passkey of a list': [
    "navigator.credentials.get({ publicKey: { challenge: new Uint8Array(16), allowCredentials: [{ type: 'public-key', id: new Uint8Array(32) }], userVerification: 'discouraged' } })",
    'NotAllowedError',
  ],
  'a digital credential': ["navigator.credentials.get({ digital: { requests: [{ protocol: 'openid4vp', data: {} }] } })", 'NotSupportedError'],
  'a USB device': ['navigator.usb.requestDevice({ filters: [] })', 'NotFoundError'],
  'a serial port': ['navigator.serial.requestPort()', 'NotFoundError'],
  'a HID device': ['navigator.hid.requestDevice({ filters: [] })', 'none'],
  'a colour of the screen': ['new EyeDropper().open()', 'ReferenceError'],
  'a model to translate': ["Translator.create({ sourceLanguage: 'en', targetLanguage: 'de' })", 'ReferenceError'],
  paper: ['print()', 'none'],
} as const

for (const [what, [call, refusal]] of Object.entries(ASKS)) {
  it(`refuses at once when a page asks for ${what}, and the tab takes clicks, keys and printing on`, async () => {
    const { browser, evaluate, open, waitFor } = test
    pages.set(
      '/asks',
      `<!doctype html><title>asks</title><body style="margin: 0"><button style="width: 200px; height: 100px" onclick="if (++clicks === 1) ask()">ask</button><script>
          globalThis.clicks = 0
          globalThis.keys = ''
          addEventListener('keydown', ({ key }) => (keys += key))
          const ask = () => (async () => ${call})().then(() => (answer = 'none'), ({ name }) => (answer = name))
        </script>`,
    )
    // An address of numbers is no place for passkeys.
    await open(`${pages.otherUrl}/asks`)
    browser.input(click(100, 50))
    await waitFor("'answer' in globalThis")
    expect(await evaluate('answer')).toBe(refusal)
    browser.input([...click(100, 50), ...press('x')])
    await waitFor("clicks === 2 && keys === 'x'")
    if (what === 'paper') expect((await (await browser.connection.attach(browser.activeTabId ?? '')).send('Page.printToPDF', {})).data).not.toBe('')
  })
}

it('refuses a frame of another site in an isolated context of an agent, too', async () => {
  const { root } = test.browser.connection
  const ask =
    'Promise.all([navigator.mediaDevices.getDisplayMedia({ video: true }), navigator.credentials.get({ publicKey: { challenge: new Uint8Array(16) } })].map((asked) => asked.catch(({ name }) => name)))'
  pages.set('/frame', `<!doctype html><body><script>onclick = async () => parent.postMessage(await ${ask}, '*')</script>`)
  const host = pages.set(
    '/host',
    `<!doctype html><body style="margin: 0"><iframe src="${pages.otherUrl}/frame" allow="display-capture *; publickey-credentials-get *" style="width: 200px; height: 200px"></iframe><script>onmessage = ({ data }) => (globalThis.answer = data)</script>`,
  )
  const { browserContextId } = await root.send('Target.createBrowserContext')
  const { targetId } = await root.send('Target.createTarget', { url: host, browserContextId })
  await test.browser.activateTab(targetId)
  await test.waitFor("document.readyState === 'complete' && frames.length === 1", targetId)
  await test.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))', targetId)
  test.browser.input(click(100, 100))
  await test.waitFor("'answer' in globalThis", targetId)
  expect(await test.evaluate('answer', targetId)).toEqual(['NotAllowedError', 'NotAllowedError'])
  await root.send('Target.disposeBrowserContext', { browserContextId })
})
