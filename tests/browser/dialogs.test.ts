import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { click, startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
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

it("leaves an agent's dialog to the agent, and shows it to viewers when a human takes over", async () => {
  const { browser, next, evaluate } = test
  await browser.setHumanDriving(false)
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
