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
  test.browser.releaseInput()
  await test.open(`${pages.url}/form.html`)
  await test.evaluate(`globalThis.keys = []
    for (const type of ['keydown', 'keyup']) addEventListener(type, (event) => keys.push([event.type, event.key, event.code, event.keyCode, event.location, event.repeat, event.ctrlKey || event.metaKey].join(' ')), true)
    text.focus()`)
})

const value = () => test.evaluate<string>('text.value')

it('types letters, capitals, signs, AltGr characters and letters of other scripts', async () => {
  const { browser, waitFor } = test
  browser.input([
    ...press('H', { code: 'KeyH', modifiers: ['shift'] }),
    ...press('i', { code: 'KeyI' }),
    ...press('!', { code: 'Digit1', modifiers: ['shift'] }),
    ...press('@', { code: 'KeyQ', modifiers: ['ctrl', 'option'], altGraph: true }),
    ...press('ü', { code: 'BracketLeft' }),
    ...press('ж'),
  ])
  await waitFor("text.value === 'Hi!@üж'")
})

it('gives a page the key, its code, its key code, its side and whether it repeats', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([
    { type: 'keyDown', key: 'Shift', code: 'ShiftRight', modifiers: ['shift'] },
    { type: 'keyUp', key: 'Shift', code: 'ShiftRight' },
    { type: 'keyDown', key: 'a', code: 'KeyA' },
    { type: 'keyDown', key: 'a', code: 'KeyA', repeat: true },
    { type: 'keyUp', key: 'a', code: 'KeyA' },
    ...press('5', { code: 'Numpad5' }),
  ])
  await waitFor('keys.length === 7')
  expect(await evaluate('keys')).toEqual([
    'keydown Shift ShiftRight 16 2 false false',
    'keyup Shift ShiftRight 16 2 false false',
    'keydown a KeyA 65 0 false false',
    'keydown a KeyA 65 0 true false',
    'keyup a KeyA 65 0 false false',
    'keydown 5 Numpad5 101 3 false false',
    'keyup 5 Numpad5 101 3 false false',
  ])
  expect(await value()).toBe('aa5')
})

it('edits with Backspace, Delete, arrows, Enter and Tab', async () => {
  const { browser, waitFor, evaluate } = test
  browser.input([...press('a'), ...press('b'), ...press('c'), ...press('Backspace'), ...press('ArrowLeft'), ...press('Delete'), ...press('x')])
  await waitFor("text.value === 'ax'")
  browser.input(press('Tab'))
  await waitFor("document.activeElement.id === 'password'")
  await evaluate('area.focus()')
  browser.input([...press('1'), ...press('Enter'), ...press('2')])
  await waitFor("area.value === '1\\n2'")
})

it.each(['ctrl', 'cmd'] as const)('selects all, cuts, undoes, redoes, copies and pastes with %s', async (modifier) => {
  const { browser, waitFor } = test
  const shortcut = (key: string) => press(key, { code: `Key${key.toUpperCase()}`, modifiers: [modifier] })
  browser.input([{ type: 'text', text: 'word' }, ...shortcut('a'), ...shortcut('x')])
  await waitFor("text.value === ''")
  browser.input(shortcut('z'))
  await waitFor("text.value === 'word'")
  browser.input(shortcut('y'))
  await waitFor("text.value === ''")
  browser.input([...shortcut('v'), ...shortcut('v')])
  await waitFor("text.value === 'wordword'")
  browser.input([...shortcut('a'), ...shortcut('c'), ...press('End'), ...shortcut('v')])
  await waitFor("text.value === 'wordwordwordword'")
})

it('types no text with ctrl, and tells the page of the shortcut', async () => {
  const { browser, waitFor } = test
  browser.input(press('b', { code: 'KeyB', modifiers: ['ctrl'] }))
  await waitFor("keys.includes('keydown b KeyB 66 0 false true')")
  expect(await value()).toBe('')
})

it('inserts emoji and committed text, and composes with an IME', async () => {
  const { browser, waitFor, evaluate } = test
  await evaluate(
    "globalThis.compositions = []; for (const type of ['compositionstart', 'compositionupdate', 'compositionend']) addEventListener(type, (event) => compositions.push(type + ' ' + event.data))",
  )
  browser.input([{ type: 'text', text: '👩‍🚀ê' }])
  await waitFor("text.value === '👩‍🚀ê'")
  await evaluate("text.value = ''")
  browser.input([
    { type: 'composition', text: 'に', selectionStart: 1, selectionEnd: 1 },
    { type: 'composition', text: 'にほ', selectionStart: 2, selectionEnd: 2 },
  ])
  await waitFor("text.value === 'にほ'")
  browser.input([{ type: 'text', text: '日本' }])
  await waitFor("text.value === '日本'")
  expect(await evaluate('compositions')).toEqual([
    'compositionstart ',
    'compositionupdate に',
    'compositionupdate にほ',
    expect.stringMatching(/^compositionupdate 日本/),
    'compositionend 日本',
  ])
})

it('cancels a composition by an empty text', async () => {
  const { browser, waitFor } = test
  browser.input([...press('a'), { type: 'composition', text: 'か', selectionStart: 1, selectionEnd: 1 }])
  await waitFor("text.value === 'aか'")
  browser.input([{ type: 'composition', text: '', selectionStart: 0, selectionEnd: 0 }])
  await waitFor("text.value === 'a'")
})

it('pastes into fields and editable text so that the page sees the paste, in order with what is typed', async () => {
  const { browser, waitFor, evaluate } = test
  await evaluate("addEventListener('paste', (event) => { globalThis.pasted = event.clipboardData.getData('text/plain') })")
  browser.input([...press('<'), { type: 'paste', text: 'päste 😀\nline' }, ...press('>')])
  await waitFor("text.value === '<päste 😀 line>'")
  expect(await evaluate('pasted')).toBe('päste 😀\nline')
  browser.input(click(100, 155))
  browser.input([
    { type: 'paste', text: 'one' },
    { type: 'paste', text: ' two' },
  ])
  await waitFor("editable.textContent.replace('\\u00a0', ' ') === 'one two'")
})

it('does not paste, or type what waits behind a paste, once the human has handed back', async () => {
  const { browser, waitFor, evaluate } = test
  await browser.setHumanDriving(true)
  browser.input([...press('a'), { type: 'paste', text: 'secret' }, ...press('b')])
  await browser.setHumanDriving(false)
  // The next paste uses the same clipboard, behind the one that must not come.
  await browser.setHumanDriving(true)
  browser.input([{ type: 'paste', text: '2' }, ...press('c')])
  await waitFor("text.value.includes('2c')")
  await browser.setHumanDriving(false)
  expect(await evaluate('text.value')).toBe('a2c')
})

it('leaves nothing of what the human pasted for whoever drives next', async () => {
  const { browser, waitFor, evaluate } = test
  await browser.setHumanDriving(true)
  browser.input([{ type: 'paste', text: 'hunter2' }])
  await waitFor("text.value === 'hunter2'")
  await browser.setHumanDriving(false)
  await evaluate("text.value = ''; text.focus()")
  const session = await browser.connection.attach(browser.activeTabId ?? '')
  const key = { key: 'v', code: 'KeyV', windowsVirtualKeyCode: 86, modifiers: 2 }
  await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key, commands: ['paste'] })
  await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
  await waitFor("keys.some((note) => note.startsWith('keyup v'))")
  expect(await evaluate('text.value')).toBe('')
})

it('lets go of held keys, the last one first', async () => {
  const { browser, waitFor, evaluate } = test
  browser.input([
    { type: 'keyDown', key: 'Control', code: 'ControlLeft', modifiers: ['ctrl'] },
    { type: 'keyDown', key: 'b', code: 'KeyB', modifiers: ['ctrl'] },
    { type: 'release' },
  ])
  await waitFor('keys.length === 4')
  expect(await evaluate<string[]>('keys.slice(2).map((note) => note.split(" ", 2).join(" "))')).toEqual(['keyup b', 'keyup Control'])
})

it('lets go of a key that a Mac does not tell of because cmd was held', async () => {
  const { browser, waitFor } = test
  browser.input([
    { type: 'keyDown', key: 'Meta', code: 'MetaLeft', modifiers: ['cmd'] },
    { type: 'keyDown', key: 'k', code: 'KeyK', modifiers: ['cmd'] },
    { type: 'keyUp', key: 'Meta', code: 'MetaLeft' },
  ])
  await waitFor("keys.some((note) => note.startsWith('keyup k'))")
})

it('types into the frame that has the focus, in another process too', async () => {
  const { browser, waitFor } = test
  const frameUrl = `${pages.otherUrl}/form.html`
  pages.set(
    '/framed',
    `<!doctype html><body style="margin:0"><iframe style="position:absolute;left:300px;top:100px;border:0;width:400px;height:300px" src="${frameUrl}"></iframe>`,
  )
  await test.open(`${pages.url}/framed`)
  browser.input(click(400, 135))
  const { targetInfos } = await browser.connection.root.send('Target.getTargets', { filter: [{ type: 'iframe' }] })
  const frame = targetInfos.find(({ url }) => url === frameUrl)?.targetId ?? 'no frame in another process'
  // Which process gets the keys is decided when the frame has told that it has the focus.
  await waitFor("document.hasFocus() && document.activeElement.id === 'text'", frame)
  browser.input([...press('o'), { type: 'text', text: 'k' }, { type: 'paste', text: '!' }])
  await waitFor("text.value === 'ok!'", frame)
})
