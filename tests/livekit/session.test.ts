import { AudioStream, RoomEvent, TrackKind, TrackSource, VideoBufferType } from '@livekit/rtc-node'
import { AGENT, type BrowserPage, type BrowserSession } from '@tandem/livekit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { servePages, type Pages } from '../harness/pages.ts'
import { LiveKitRig, lumaAt, type Viewer } from './rig.ts'

const NOTES = `<!doctype html><title>notes</title><style>body{margin:0;background:#fff}#box{position:absolute;left:0;top:0;width:320px;height:360px;background:#000}
input{position:absolute;left:400px;top:40px;width:160px;height:30px}#tall{height:5000px}</style><div id=box></div><input id=field><div id=tall></div><script>
globalThis.seen = []
for (const type of ['mousedown','mouseup','click','dblclick','keydown','keyup','wheel']) addEventListener(type, (event) => {
  seen.push({ type, x: event.clientX, y: event.clientY, button: event.button, detail: event.detail, key: event.key, ctrl: event.ctrlKey, deltaY: event.deltaY })
}, true)
</script>`

describe('a page in a room', () => {
  let rig: LiveKitRig
  let pages: Pages
  let page: BrowserPage
  let session: BrowserSession
  let ada: Viewer
  let ben: Viewer
  beforeAll(async () => {
    pages = await servePages({ '/notes': NOTES })
    rig = await LiveKitRig.start()
    ;({ page, session } = await rig.publish({ url: `${pages.url}/notes` }))
    ada = await rig.viewer('ada')
    ben = await rig.viewer('ben')
  }, 120_000)
  afterAll(async () => {
    await session?.aclose()
    await rig?.close()
    await pages?.close()
  })
  beforeEach(async () => {
    await session.reclaimAgentFocus()
    await session.setAgentFocus(false)
    await page.navigate(`${pages.url}/notes`)
    await vi.waitUntil(() => evaluate(`Array.isArray(globalThis.seen) && document.readyState === 'complete'`), { timeout: 15_000 })
    await evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
    ada.packets.length = ben.packets.length = 0
  })

  const evaluate = async <T>(expression: string): Promise<T> => {
    const target = await page.browser.connection.attach(page.browser.activeTabId ?? '')
    // A test knows what it asked for.
    return (await target.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })).result.value as T
  }
  const seen = (type: string) =>
    evaluate<{ type: string; detail: number; key: string; ctrl: boolean; x: number; y: number; deltaY: number }[]>(
      `seen.filter((event) => event.type === '${type}')`,
    )
  const texts = (viewer: Viewer, topic: string): string[] => viewer.packets.filter((packet) => packet.topic === topic).map(({ text }) => text)

  it('is seen by others as a screen, and a page at rest goes on being sent', async () => {
    const frame = await ada.frame((one) => lumaAt(one, 100, 100) < 60 && lumaAt(one, 500, 300) > 190)
    expect([frame.type, frame.width, frame.height]).toEqual([VideoBufferType.I420, 640, 360])
    const publication = [...(ada.room.remoteParticipants.get('the-agent')?.trackPublications.values() ?? [])].find(({ kind }) => kind === TrackKind.KIND_VIDEO)
    expect([publication?.name, publication?.source, publication?.simulcasted]).toEqual(['browser-video', TrackSource.SOURCE_SCREENSHARE, false])
    // Somebody who comes while nothing moves.
    const late = await rig.viewer('late-eyes')
    await late.frame((one) => lumaAt(one, 100, 100) < 60)
    await late.leave()
  })

  it('is heard from its first sound on', async () => {
    pages.set(
      '/tone',
      `<!doctype html><title>tone</title><script>const context = new AudioContext(); const tone = new OscillatorNode(context, { frequency: 500 }); tone.connect(context.destination); tone.start()</script>`,
    )
    expect([...(ada.room.remoteParticipants.get('the-agent')?.trackPublications.values() ?? [])].some(({ kind }) => kind === TrackKind.KIND_AUDIO)).toBe(false)
    await page.navigate(`${pages.url}/tone`)
    const track = await ada.track(TrackKind.KIND_AUDIO)
    for await (const frame of new AudioStream(track)) if (frame.data.some((sample) => Math.abs(sample) > 4_000)) break
    const publication = [...(ada.room.remoteParticipants.get('the-agent')?.trackPublications.values() ?? [])].find(({ kind }) => kind === TrackKind.KIND_AUDIO)
    expect([publication?.name, publication?.source]).toEqual(['browser-audio', TrackSource.SOURCE_SCREENSHARE_AUDIO])
  })

  it('gives the focus to who asks first, byte for byte as the dialect has it', async () => {
    expect(await ada.rpc('browser/request-focus')).toBe('{"granted": true}')
    expect(await ben.rpc('browser/request-focus')).toBe('{"granted": false, "holder": "ada"}')
    expect(await ben.rpc('browser/release-focus')).toBe('{"released": false}')
    expect(await ada.rpc('browser/release-focus')).toBe('{"released": true}')
    expect(await ben.rpc('browser/request-focus')).toBe('{"granted": true}')
    // A newcomer is told how things are more than once, that nobody has the focus yet as well.
    const told = (): string[] => texts(ada, 'browser-focus').filter((text, index, all) => text !== (all[index - 1] ?? '{"identity": null}'))
    await expect.poll(told).toEqual(['{"identity": "ada"}', '{"identity": null}', '{"identity": "ben"}'])
    expect(session.focusIdentity).toBe('ben')
  })

  it('takes the focus from the agent, who is told, and may reclaim it', async () => {
    const changes: (string | null)[] = []
    const interruptions: string[] = []
    session.on('focusChanged', (identity) => changes.push(identity)).on('agentInterrupted', (identity) => interruptions.push(identity))
    await session.setAgentFocus(true)
    expect(session.agentInterrupted).toBe(false)
    expect(await ada.rpc('browser/request-focus')).toBe('{"granted": true}')
    expect([session.agentInterrupted, interruptions]).toEqual([true, ['ada']])
    // The agent gets only what is free.
    await session.setAgentFocus(true)
    expect(session.focusIdentity).toBe('ada')
    await session.reclaimAgentFocus()
    expect([session.agentInterrupted, session.focusIdentity]).toEqual([false, AGENT])
    expect(changes).toEqual([AGENT, 'ada', AGENT])
    await expect.poll(() => texts(ben, 'browser-focus')).toContain('{"identity": "__agent__"}')
    session.removeAllListeners()
  })

  it('lets the holder type, click twice, scroll and use shortcuts, and nobody else', async () => {
    await ada.rpc('browser/request-focus')
    const click = { x: 480, y: 55, button: 0 }
    await ben.input({ type: 'mousedown', x: 10, y: 10 }, { type: 'mouseup', x: 10, y: 10 })
    await ada.input({ type: 'mousemove', x: 480, y: 55 }, { type: 'mousedown', ...click }, { type: 'mouseup', ...click })
    await expect.poll(() => evaluate('document.activeElement.id')).toBe('field')
    // As the public front-end sends it: the key, then its character.
    for (const [keyCode, char, modifiers] of [
      [72, 'H', 2],
      [73, 'i', 0],
      [32, ' ', 0],
      [49, '!', 2],
      [0, 'é', 0],
    ] as const) {
      await ada.input(
        { type: 'keydown', keyCode, modifiers },
        { type: 'char', keyCode, modifiers, charCode: char.charCodeAt(0) },
        { type: 'keyup', keyCode, modifiers },
      )
    }
    await expect.poll(() => evaluate('field.value')).toBe('Hi !é')
    await ada.input(
      { type: 'keydown', keyCode: 17, modifiers: 4 },
      { type: 'keydown', keyCode: 65, modifiers: 4 },
      { type: 'char', keyCode: 65, modifiers: 4, charCode: 97 },
    )
    await ada.input(
      { type: 'keyup', keyCode: 65, modifiers: 4 },
      { type: 'keyup', keyCode: 17, modifiers: 0 },
      { type: 'keydown', keyCode: 8 },
      { type: 'keyup', keyCode: 8 },
    )
    await expect.poll(() => evaluate('field.value')).toBe('')
    expect((await seen('mousedown')).map(({ x }) => x)).toEqual([480])
    await ada.input(
      { type: 'mousedown', x: 100, y: 100 },
      { type: 'mouseup', x: 100, y: 100 },
      { type: 'mousedown', x: 101, y: 100 },
      { type: 'mouseup', x: 101, y: 100 },
    )
    await expect.poll(() => seen('dblclick')).toHaveLength(1)
    // Up is positive in this dialect.
    await ada.input({ type: 'wheel', x: 100, y: 100, deltaX: 0, deltaY: -240 })
    await expect.poll(() => evaluate('scrollY')).toBe(240)
  })

  it('does what it can of a packet with nonsense in it', async () => {
    await ada.rpc('browser/request-focus')
    await ada.send('no json', 'browser-input')
    await ada.send('{"type":"mousedown"}', 'browser-input')
    await ada.input(
      null,
      7,
      { type: 'mousedown', x: 'left' },
      { type: 'keydown' },
      { type: 'fly', x: 1, y: 1 },
      { type: 'mousedown', x: 1e300, y: 0 },
      { type: 'mousedown', x: 33, y: 44 },
      { type: 'mouseup', x: 33, y: 44 },
    )
    await expect.poll(() => seen('mouseup')).toHaveLength(1)
    expect(await seen('mousedown')).toMatchObject([{ x: 33, y: 44 }])
  })

  it('drops what is too much, but no release', async () => {
    await ada.rpc('browser/request-focus')
    const moves = Array.from({ length: 300 }, (_, index) => ({ type: 'mousemove', x: index, y: 10 }))
    await ada.input({ type: 'mousedown', x: 5, y: 10 }, ...moves, { type: 'mousedown', x: 300, y: 300, button: 2 }, { type: 'mouseup', x: 299, y: 10 })
    await expect.poll(() => seen('mouseup')).toHaveLength(1)
    expect(await seen('mousedown')).toMatchObject([{ x: 5, button: 0 }])
  })

  it('lets go of keys and buttons, and of the focus, when its holder leaves', async () => {
    const eve = await rig.viewer('eve')
    await eve.rpc('browser/request-focus')
    await eve.input({ type: 'mousedown', x: 20, y: 20 }, { type: 'keydown', keyCode: 16, modifiers: 2 })
    await expect.poll(() => seen('keydown')).toHaveLength(1)
    await eve.leave()
    await expect.poll(() => session.focusIdentity).toBeNull()
    await expect.poll(() => seen('mouseup')).toHaveLength(1)
    await expect.poll(() => seen('keyup')).toMatchObject([{ key: 'Shift' }])
    await expect.poll(() => texts(ada, 'browser-focus').at(-1)).toBe('{"identity": null}')
  })

  it('navigates for the holder of the focus, and for nobody else', async () => {
    const url = `${pages.url}/next`
    await expect(ada.rpc('browser/navigate', JSON.stringify({ url }))).rejects.toMatchObject({ code: 403 })
    await ada.rpc('browser/request-focus')
    await expect(ben.rpc('browser/go-back')).rejects.toMatchObject({ code: 403 })
    await expect(ada.rpc('browser/navigate', 'no json')).rejects.toMatchObject({ code: 400 })
    expect(await ada.rpc('browser/navigate', JSON.stringify({ url: 'file:///etc/passwd' }))).toBe('{"status": "ok"}')
    expect(await ada.rpc('browser/navigate', JSON.stringify({ url }))).toBe('{"status": "ok"}')
    await expect.poll(() => page.url).toBe(url)
    await expect.poll(() => texts(ben, 'browser-url')).toContain(`{"url": "${url}"}`)
    expect(texts(ben, 'browser-url').join()).not.toContain('file:')
    expect(await ada.rpc('browser/go-back')).toBe('{"status": "ok"}')
    await expect.poll(() => page.url).toBe(`${pages.url}/notes`)
    expect(await ada.rpc('browser/go-forward')).toBe('{"status": "ok"}')
    await expect.poll(() => page.url).toBe(url)
  })

  it('tells who comes late where the page is, what the cursor is and who steers', async () => {
    await ada.rpc('browser/request-focus')
    const late = await rig.viewer('late')
    await expect.poll(() => texts(late, 'browser-focus')).toContain('{"identity": "ada"}')
    await expect.poll(() => texts(late, 'browser-url')).toContain(`{"url": "${pages.url}/notes"}`)
    await expect.poll(() => texts(late, 'cursor_changed').length).toBeGreaterThan(0)
    expect(texts(ada, 'browser-url').filter((text) => !text.includes('/notes'))).toEqual([])
    await late.leave()
  })

  it('has no room for somebody who calls himself the agent', async () => {
    const fake = await rig.viewer(AGENT)
    await session.setAgentFocus(true)
    expect(await fake.rpc('browser/request-focus')).toBe('{"granted": false, "holder": "__agent__"}')
    expect(await fake.rpc('browser/release-focus')).toBe('{"released": false}')
    await fake.input({ type: 'mousedown', x: 1, y: 1 }, { type: 'mouseup', x: 1, y: 1 })
    await expect(fake.rpc('browser/go-back')).rejects.toMatchObject({ code: 403 })
    expect(await seen('mousedown')).toEqual([])
    await fake.leave()
  })

  it('lets anybody navigate where that is wanted, and leaves the room when it is over', async () => {
    const open = await rig.publish({ url: `${pages.url}/notes` }, { anyoneMayNavigate: true, room: 'open' })
    const viewer = await rig.viewer('anybody', 'open')
    await viewer.frame()
    expect(await viewer.rpc('browser/navigate', JSON.stringify({ url: `${pages.url}/next` }))).toBe('{"status": "ok"}')
    await expect.poll(() => open.page.url).toBe(`${pages.url}/next`)
    const gone = new Promise<void>((resolve) => viewer.room.once(RoomEvent.TrackUnpublished, () => resolve()))
    await open.session.aclose()
    await gone
    await expect(viewer.rpc('browser/request-focus')).rejects.toThrow(/not supported|Method/i)
    await open.page.aclose()
  })
})
