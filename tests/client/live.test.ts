import type { AgentSession } from '@tandem/client'
import type { Transport } from '@tandem/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Viewer } from '../harness/viewer.ts'
import { BLUE, FORM, GREEN, liveUrl, openFixture, openLine, RED } from './fixture.ts'
import type { Fixture } from './fixture.ts'

const LOCKS = `<!doctype html><title>free</title><body style="height: 700px"><script>
  let moved = 0
  const tell = () => (document.title = document.pointerLockElement ? 'locked ' + moved : 'free')
  addEventListener('click', () => document.body.requestPointerLock())
  addEventListener('mousemove', ({ movementX }) => document.pointerLockElement && ((moved += movementX), tell()))
  document.addEventListener('pointerlockchange', () => ((moved = 0), tell()))
</script>`

let fixture: Fixture
let session: AgentSession
const viewers: Viewer[] = []

beforeAll(async () => void (fixture = await openFixture()))
afterAll(() => fixture.close())
beforeEach(async () => {
  session = await fixture.sessions.create({ initial_url: fixture.pages.set('/form', FORM) })
})
afterEach(async () => {
  for (const viewer of viewers.splice(0)) await viewer.close()
  await fixture.sessions.giveBack()
})

async function open(url = liveUrl(session), name = 'Ada', transport?: Transport): Promise<Viewer> {
  const viewer = await fixture.browser.open(url, { name, transport })
  viewers.push(viewer)
  return viewer
}

async function driving(): Promise<Viewer> {
  const viewer = await open()
  await viewer.until("s.status === 'live'")
  await viewer.call('takeControl')
  return viewer
}

/** So many changes of the network at once, each of which brings an offer; resolves when so many frames have followed the last. */
function restarts(viewer: Viewer, wanted: { changes: number; frames: number }): Promise<{ frames: number; offers: number; ended: number }> {
  return viewer.page.evaluate(
    ({ changes, frames }) =>
      new Promise<{ frames: number; offers: number; ended: number }>((resolve) => {
        const seen = { frames: 0, offers: 0, ended: 0 }
        globalThis.viewer.view.on('media.ended', () => seen.ended++)
        globalThis.viewer.view.on('media.offer', () => {
          if (++seen.offers !== changes) return
          const video = globalThis.viewer.view.pictureElement as HTMLVideoElement | null
          const next = (): void => {
            if (++seen.frames === frames) resolve(seen)
            else video?.requestVideoFrameCallback(next)
          }
          video?.requestVideoFrameCallback(next)
        })
        for (let i = 0; i < changes; i++) window.dispatchEvent(new Event('online'))
      }),
    wanted,
  )
}

describe('watching', () => {
  test('a still page is seen at once, as it is, and is called live', async () => {
    const viewer = await open()
    const seen = await viewer.until("s.status === 'live'")
    expect(seen).toMatchObject({ transport: 'webrtc', holding: false, mayControl: true, me: { name: 'Ada' } })
    await viewer.untilPixel(640, 600, BLUE)
    await viewer.untilPixel(200, 150, RED)
    // It rests, and stays live for as long as pings and packets prove it.
    const later = await viewer.until('s.stats !== null && s.route !== null')
    expect(later).toMatchObject({ status: 'live', route: 'direct', stats: { codec: expect.stringMatching(/^video\/(AV1|VP8)$/), width: 1280, height: 720 } })
  })

  test('a second viewer of a still page sees it too, and both are listed', async () => {
    const first = await open()
    await first.until("s.status === 'live'")
    const second = await open(liveUrl(session), 'Grace')
    await second.until("s.status === 'live'")
    await second.untilPixel(640, 600, BLUE)
    const { viewers: listed } = await first.until('s.viewers.length === 2')
    expect(listed.map((viewer) => viewer.name).toSorted()).toEqual(['Ada', 'Grace'])
  })

  test('a viewer who may only watch is told so, and cannot take the wheel', async () => {
    const { token } = await fixture.tandem.sessions.createToken(session.id, { role: 'view' })
    const url = new URL(liveUrl(session))
    url.searchParams.set('token', token)
    const viewer = await open(url.href)
    await viewer.until("s.status === 'live'")
    expect(await viewer.snapshot()).toMatchObject({ mayControl: false, steering: false })
    await expect(viewer.call('takeControl')).rejects.toThrow('auth/forbidden')
  })

  test('glass to glass is measured on a page that moves', async () => {
    await fixture.tandem.sessions.navigate(session.id, `${fixture.pages.url}/text.html`)
    const viewer = await open()
    const { stats } = await viewer.until('s.stats !== null && s.stats.glassToGlassMs !== null')
    expect(stats?.glassToGlassMs).toBeGreaterThan(0)
    // Of this clock, not of another; how short it is, the bench measures.
    expect(stats?.glassToGlassMs).toBeLessThan(10_000)
  })

  test('attached and taken off again, the host is empty, and attached once more it shows the picture', async () => {
    const viewer = await open()
    await viewer.until("s.status === 'live'")
    const counts = await viewer.page.evaluate(() => {
      const root = globalThis.viewer.host.shadowRoot
      const count = (): number => root?.childElementCount ?? -1
      const seen: number[] = []
      for (let cycle = 0; cycle < 5; cycle++) {
        globalThis.viewer.detach()
        seen.push(count())
        globalThis.viewer.attach()
      }
      return { seen, after: count() }
    })
    expect(counts).toEqual({ seen: [0, 0, 0, 0, 0], after: 2 })
    await viewer.untilPixel(640, 600, BLUE)
  })
})

test('a page that stays hidden gets no picture, and a still page is back as soon as it is looked at again', async () => {
  const viewer = await open()
  await viewer.until("s.status === 'live'")
  const hide = (hidden: boolean): Promise<void> =>
    viewer.page.evaluate((given) => {
      Object.defineProperty(document, 'hidden', { value: given, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  await hide(true)
  expect((await viewer.until("s.status !== 'live'", 15_000)).reason).toBe('The picture is paused while this page is hidden.')
  await hide(false)
  expect((await viewer.until("s.status === 'live'")).reason).toBeNull()
  await viewer.untilPixel(640, 600, BLUE)
})

test('a view that begins in a tab in the background gets no picture either, until somebody looks', async () => {
  const page = await fixture.browser.page()
  await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }))
  const viewer = new Viewer(page, liveUrl(session), {})
  viewers.push(viewer)
  await viewer.mount()
  expect(await viewer.until("s.reason === 'The picture is paused while this page is hidden.'", 20_000)).toMatchObject({ status: 'connecting' })
})

describe('driving', () => {
  test('nothing of a viewer without the wheel reaches the page; with it, a click does, and is seen', async () => {
    const viewer = await open()
    await viewer.until("s.status === 'live'")
    await viewer.untilPixel(200, 150, RED)
    await viewer.click(200, 150)
    await viewer.call('takeControl')
    expect(await viewer.snapshot()).toMatchObject({ holding: true, control: { driver: { kind: 'human', name: 'Ada' } } })
    await viewer.click(200, 150)
    await viewer.untilPixel(200, 150, GREEN)
    await viewer.until("s.tabs[0]?.title === 'clicks 1'")
  })

  test('double-click, right button, drag out of the picture and wheel are what they are', async () => {
    const viewer = await driving()
    await viewer.click(200, 150, { count: 2 })
    await viewer.until("s.tabs[0]?.title === 'double-click'")
    await viewer.click(200, 150, { button: 'right' })
    await viewer.until("s.tabs[0]?.title === 'context menu'")
    const from = await viewer.place(150, 450)
    const to = await viewer.place(700, 500)
    await viewer.page.mouse.move(from.x, from.y)
    await viewer.page.mouse.down()
    await viewer.page.mouse.move(to.x, to.y, { steps: 8 })
    await viewer.page.mouse.up()
    await viewer.until("s.tabs[0]?.title === 'dropped 650px 450px'")
    await viewer.untilPixel(700, 500, [240, 200, 0])
    await viewer.page.mouse.wheel({ deltaY: 120 })
    expect(await viewer.until("s.tabs[0]?.title === 'wheel 120'")).toMatchObject({ inputRefused: null })
  })

  test('a page that locks the pointer locks that of whoever steers, moves by whole ways, and frees both at Escape and at the handback', async () => {
    const viewer = await driving()
    await viewer.call('navigate', fixture.pages.set('/locks', LOCKS))
    await viewer.until("s.tabs[0]?.title === 'free'")
    const isLocked = (locked: boolean): Promise<unknown> =>
      viewer.page.waitForFunction((wanted) => (document.pointerLockElement !== null) === wanted, {}, locked)
    await viewer.click(200, 150)
    await viewer.until("s.pointerLocked && s.tabs[0]?.title === 'locked 0'")
    await isLocked(true)
    const { x, y } = await viewer.place(200, 150)
    await viewer.page.mouse.move(x + 700, y)
    await viewer.page.mouse.move(x + 1_400, y)
    await viewer.until("s.tabs[0]?.title === 'locked 1400'")
    // As the browser does at Escape.
    await viewer.page.evaluate(() => document.exitPointerLock())
    await viewer.until("!s.pointerLocked && s.tabs[0]?.title === 'free'")
    await viewer.page.mouse.move(x, y)
    await viewer.page.mouse.down()
    await viewer.page.mouse.up()
    await isLocked(true)
    await viewer.until('s.pointerLocked')
    await viewer.call('handBack')
    await isLocked(false)
    await viewer.until("!s.pointerLocked && s.tabs[0]?.title === 'free'")
  })

  test('a pen that the system takes away leaves no button held', async () => {
    const viewer = await driving()
    const [from, to] = [await viewer.place(150, 450), await viewer.place(300, 500)]
    await viewer.page.mouse.move(from.x, from.y)
    await viewer.page.mouse.down()
    await viewer.page.mouse.move(to.x, to.y, { steps: 4 })
    // A corner that it covers at the end of the way alone.
    await viewer.untilPixel(340, 540, [240, 200, 0])
    await viewer.page.evaluate(() => {
      const cancel = new PointerEvent('pointercancel', { pointerId: 7, pointerType: 'pen', bubbles: true, composed: true })
      globalThis.viewer.view.pictureElement?.dispatchEvent(cancel)
    })
    await viewer.until("s.tabs[0]?.title === 'dropped 250px 450px'")
    await viewer.page.mouse.up()
  })

  test('keys, emoji, input methods and shortcuts arrive as text and keys', async () => {
    const viewer = await driving()
    await viewer.click(700, 150)
    await viewer.page.keyboard.type('Grüße ')
    await viewer.page.keyboard.sendCharacter('👍🏽')
    await viewer.until("s.tabs[0]?.title === 'text [Grüße 👍🏽]'")
    const cdp = await viewer.page.createCDPSession()
    await cdp.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    await viewer.until("s.tabs[0]?.title === 'text [Grüße 👍🏽に]'")
    await cdp.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    await cdp.send('Input.insertText', { text: '日本' })
    await viewer.until("s.tabs[0]?.title === 'text [Grüße 👍🏽日本]'")
    await viewer.page.keyboard.press('Backspace')
    await viewer.until("s.tabs[0]?.title === 'text [Grüße 👍🏽日]'")
    await viewer.page.keyboard.down('Control')
    await viewer.page.keyboard.press('a')
    await viewer.page.keyboard.up('Control')
    await viewer.page.keyboard.press('x')
    await viewer.until("s.tabs[0]?.title === 'text [x]'")
    // An input method that is on has seen these keys, and does nothing with them.
    const seen = async (key: string, code: string, modifiers = 0): Promise<void> => {
      for (const type of ['rawKeyDown', 'keyUp'] as const) await cdp.send('Input.dispatchKeyEvent', { type, key, code, windowsVirtualKeyCode: 229, modifiers })
    }
    await seen('ArrowLeft', 'ArrowLeft')
    await viewer.page.keyboard.type('yz')
    await seen('Backspace', 'Backspace')
    await viewer.until("s.tabs[0]?.title === 'text [yx]'")
    await seen('a', 'KeyA', 2)
    await viewer.page.keyboard.press('w')
    await viewer.until("s.tabs[0]?.title === 'text [w]'")
    await viewer.page.keyboard.down('Control')
    await viewer.page.keyboard.press('k')
    await viewer.page.keyboard.up('Control')
    expect(await viewer.until("s.tabs[0]?.title === 'shortcut'")).toMatchObject({ holding: true, inputRefused: null })
  })

  test('copy, cut and paste go through the clipboard of the viewer', async () => {
    const { origin } = fixture.browser
    await fixture.browser.context.overridePermissions(origin, ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write'])
    const viewer = await driving()
    await viewer.click(700, 150)
    const chord = async (key: 'a' | 'c' | 'x' | 'v', command?: string): Promise<void> => {
      await viewer.page.keyboard.down('Control')
      await viewer.page.keyboard.press(key, command === undefined ? {} : { commands: [command] })
      await viewer.page.keyboard.up('Control')
    }
    await viewer.page.keyboard.type('carry me')
    await viewer.until("s.tabs[0]?.title === 'text [carry me]'")
    await chord('a')
    await chord('c')
    await viewer.page.waitForFunction("navigator.clipboard.readText().then((text) => text === 'carry me')", { timeout: 10_000 })
    await chord('x')
    await viewer.until("s.tabs[0]?.title === 'text []'")
    await chord('v', 'Paste')
    expect(await viewer.until("s.tabs[0]?.title === 'text [carry me]'")).toMatchObject({ inputRefused: null })
  })

  test('the agent that waits gets outcome and note of the handback', async () => {
    const viewer = await driving()
    const waiting = fixture.tandem.sessions.waitForHandback(session.id)
    await viewer.call('handBack', 'failed', 'no second factor here')
    expect(await waiting).toMatchObject({ outcome: 'failed', note: 'no second factor here', reason: 'released' })
    expect(await viewer.until('!s.holding')).toMatchObject({ steering: false, control: { driver: { kind: 'agent' } } })
  })

  test('the wheel is asked for and given', async () => {
    const first = await driving()
    const second = await open(liveUrl(session), 'Grace')
    await second.until("s.status === 'live'")
    await expect(second.call('takeControl')).rejects.toThrow(/control\/(not-holder|conflict)/)
    await second.call('requestControl')
    const { control } = await first.until('s.control.requests.length === 1')
    expect(control?.requests[0]).toMatchObject({ name: 'Grace' })
    await first.call('giveControl', control?.requests[0]?.id)
    await second.until('s.holding')
    expect(await first.until('!s.holding')).toMatchObject({ control: { driver: { name: 'Grace' } } })
  })
})

describe('bad days', () => {
  test('a connection that is cut comes back as the same viewer, with the wheel, and live', async () => {
    const line = await openLine(fixture.server.url)
    const viewer = await open(line.through(liveUrl(session)))
    const { me } = await viewer.until("s.status === 'live'")
    await viewer.call('takeControl')
    // The picture may go on meanwhile: packets do not go over this line. The socket's return is what a click needs.
    const again = viewer.page.evaluate(() => new Promise<void>((resolve) => globalThis.viewer.view.on('session.hello', () => resolve())))
    line.cut()
    await again
    const back = await viewer.until("s.status === 'live'")
    expect(back).toMatchObject({ me: { id: me?.id }, holding: true })
    await viewer.click(200, 150)
    await viewer.untilPixel(200, 150, GREEN)
    await line.close()
  })

  test('a server that falls silent makes a still picture stalled, within seconds, and live again afterwards', async () => {
    const line = await openLine(fixture.server.url)
    const viewer = await open(line.through(liveUrl(session)))
    await viewer.until("s.status === 'live' && s.stats !== null")
    line.hold(true)
    const { reason } = await viewer.until("s.status === 'stalled'")
    expect(reason).toBe('The server has not answered for some seconds.')
    line.cut()
    line.hold(false)
    await viewer.until("s.status === 'live'", 20_000)
    await line.close()
  })

  test('a change of network restarts ICE for the same peer, and the picture goes on', async () => {
    await fixture.tandem.sessions.navigate(session.id, `${fixture.pages.url}/text.html`)
    // On a busy machine the ladder may leave the peer meanwhile.
    const viewer = await open(liveUrl(session), 'Ada', 'webrtc')
    await viewer.until("s.status === 'live'")
    const again = await restarts(viewer, { changes: 1, frames: 20 })
    expect(again).toEqual({ frames: 20, offers: 1, ended: 0 })
    expect((await viewer.snapshot()).status).toBe('live')
  })

  test('two changes of network at once restart ICE twice for the same peer: no answer is taken for that to another offer', async () => {
    await fixture.tandem.sessions.navigate(session.id, `${fixture.pages.url}/text.html`)
    // On a busy machine the ladder may leave the peer meanwhile.
    const viewer = await open(liveUrl(session), 'Ada', 'webrtc')
    await viewer.until("s.status === 'live'")
    const again = await restarts(viewer, { changes: 2, frames: 40 })
    expect(again).toEqual({ frames: 40, offers: 2, ended: 0 })
    expect((await viewer.snapshot()).status).toBe('live')
  })

  test('a reload of the page keeps the viewer and the wheel', async () => {
    const viewer = await driving()
    const { me } = await viewer.snapshot()
    await viewer.page.reload()
    await viewer.mount()
    const after = await viewer.until("s.status === 'live'")
    expect(after).toMatchObject({ me: { id: me?.id }, holding: true })
  })

  test('a closed session is ended, with the reason, and nothing is held', async () => {
    const viewer = await driving()
    await fixture.tandem.sessions.close(session.id)
    expect(await viewer.until("s.status === 'ended'")).toMatchObject({ code: 'session/closed', holding: false, steering: false })
  })

  test('a revoked link ends the watching at once, and says why', async () => {
    const { token, id } = await fixture.tandem.sessions.createToken(session.id, { role: 'control' })
    const url = new URL(liveUrl(session))
    url.searchParams.set('token', token)
    const viewer = await open(url.href)
    await viewer.until("s.status === 'live'")
    await fixture.tandem.sessions.revokeToken(session.id, id)
    expect(await viewer.until("s.status === 'ended'")).toMatchObject({ code: 'auth/revoked', reason: expect.stringContaining('revoked') })
  })

  test('a session that does not exist is ended, not connecting for ever', async () => {
    const url = liveUrl(session).replace(/agt_[0-9a-f-]+/, 'agt_00000000-0000-4000-8000-000000000000')
    const viewer = await open(url)
    expect(await viewer.until("s.status === 'ended'")).toMatchObject({ code: 'session/not-found' })
  })
})
