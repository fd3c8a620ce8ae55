import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { CapturePage } from '../../packages/browser/src/capturePage.ts'
import { MediaSocket } from '../../packages/browser/src/mediaSocket.ts'
import { Rig, type PeerHandle } from './rig.ts'

const WHITE = '({ luma }) => luma > 200'
const GREY = '({ luma }) => luma > 40 && luma < 80'
/** Limited-range black is 16. */
const BLACK = '({ luma }) => luma >= 0 && luma < 24'
/** A frame that shows the page's clock of less than half a second ago. */
const CLOCK = '({ latency }) => latency < 500'

describe('the capture page', () => {
  let rig: Rig
  const peers: string[] = []

  async function watch(peerId: string, options: Parameters<Rig['watch']>[1] = {}): Promise<PeerHandle> {
    peers.push(peerId)
    return rig.watch(peerId, options)
  }

  beforeAll(async () => {
    rig = await Rig.start()
  })
  afterEach(async () => {
    for (const peerId of peers.splice(0)) await rig.leave(peerId)
    rig.messages.length = 0
  })
  afterAll(() => rig.close())

  it('sends the page as it is now: the frames decode to the clock that the page paints', async () => {
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('clock')
    await viewer.frame(CLOCK)
    // A machine that is too slow for AV1 has gone over to VP8 by now, as it should.
    expect(['video/AV1', 'video/VP8']).toContain((await viewer.stats()).codec)
    await viewer.frames()
    for (let i = 0; i < 15; i++) await viewer.frame(CLOCK)
    // Fresh: one comes that shows a later time than this.
    await viewer.frame(`({ at, latency }) => at - latency > ${Date.now()}`)
    const frames = await viewer.frames()
    expect(new Set(frames.map(({ width, height }) => `${width}x${height}`))).toEqual(new Set(['1280x720']))
    const shown = frames.map(({ at, latency }) => Math.floor(at) - latency)
    expect(shown).toEqual(shown.toSorted((a, b) => a - b))
  })

  it('leaves nothing listening when the extension cannot be loaded, or is another one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-extension-'))
    const { listen } = MediaSocket
    const ports: number[] = []
    const spy = vi.spyOn(MediaSocket, 'listen').mockImplementation(async () => {
      const socket = await listen()
      ports.push(Number(new URL(socket.url).port))
      return socket
    })
    try {
      await expect(CapturePage.open(rig.chromium.connection, folder)).rejects.toMatchObject({ code: 'browser/method-failed' })
      await writeFile(join(folder, 'manifest.json'), JSON.stringify({ manifest_version: 3, name: 'another', version: '1' }))
      await expect(CapturePage.open(rig.chromium.connection, folder)).rejects.toMatchObject({ code: 'media/unavailable' })
      expect(ports).toHaveLength(2)
      for (const port of ports) {
        const [error] = await once(connect(port, '127.0.0.1'), 'error')
        expect(error).toMatchObject({ code: 'ECONNREFUSED' })
      }
    } finally {
      spy.mockRestore()
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('shows a page that rests to whoever joins, the second viewer too', async () => {
    const tab = await rig.openTab('/still')
    await rig.capture.commands.show(tab.target())
    const first = await watch('first')
    await first.frame(WHITE)
    const second = await watch('second')
    expect((await second.frame(WHITE)).width).toBe(1280)
  })

  it('shows a page that rests after every join, resume, change of tab and end of hiding', async () => {
    const white = await rig.openTab('/still')
    const dark = await rig.openTab('/dark')
    await rig.capture.commands.show(white.target())
    for (let i = 0; i < 4; i++) {
      const peerId = `again-${i}`
      const viewer = await watch(peerId, { audio: i % 2 === 0 })
      await viewer.frame(WHITE)
      await rig.capture.commands.pause({ peerId, paused: true })
      await viewer.frames()
      await rig.capture.commands.pause({ peerId, paused: false })
      await viewer.frame(WHITE)
      await rig.capture.commands.show(dark.target())
      await viewer.frame(GREY)
      await rig.capture.commands.show(white.target())
      await viewer.frame(WHITE)
      await rig.capture.commands.blank({ peerId, blank: true })
      await viewer.frame(BLACK)
      await rig.capture.commands.blank({ peerId, blank: false })
      await viewer.frame(WHITE)
      await rig.leave(peerId)
    }
  })

  it('two viewers with different codecs each get a picture, at the same time', async () => {
    const still = await rig.openTab('/still')
    await rig.capture.commands.show(still.target())
    const modern = await watch('modern')
    const older = await watch('older', { codecs: ['video/VP8', 'video/H264'] })
    await Promise.all([modern.frame(WHITE), older.frame(WHITE)])
    // What one can decode does not lower what the other gets. Of a page at rest: no machine is too slow for AV1 of that.
    await Promise.all([modern, older].map((viewer) => viewer.evaluate('until(async () => (await readStats()).codec !== null)')))
    expect([(await modern.stats()).codec, (await older.stats()).codec]).toEqual(['video/AV1', 'video/VP8'])
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    await Promise.all([modern.frame(CLOCK), older.frame(CLOCK)])
    await modern.frames()
    await older.frames()
    await rig.capture.commands.show(still.target())
    await Promise.all([modern.frame(WHITE), older.frame(WHITE)])
  })

  it('a page that rests comes down to less than 20 kbit/s, sound included', async () => {
    const tab = await rig.openTab('/still')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('cheap')
    await viewer.frame(WHITE)
    // Two readings, two seconds apart in the viewer's own statistics: padding to 100 kbit/s would never get below.
    await viewer.evaluate(`until(async () => {
      const { at, bytes } = globalThis.reading ?? { at: performance.now(), bytes: (await readStats()).bytes }
      globalThis.reading ??= { at, bytes }
      const seconds = (performance.now() - at) / 1000
      if (seconds < 2) return false
      globalThis.kbps = ((await readStats()).bytes - bytes) * 8 / 1000 / seconds
      globalThis.reading = undefined
      return kbps < 20
    })`)
    expect(await viewer.evaluate<number>('kbps')).toBeLessThan(20)
  })

  it('captures device pixels: 402x874 at scale 3 is 1206x2622', async () => {
    const tab = await rig.openTab('/still', { width: 402, height: 874, scale: 3 })
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('phone')
    expect(await viewer.frame(WHITE)).toMatchObject({ width: 1206, height: 2622 })
  })

  it('captures again when the size of the same tab changes, over the same peer', async () => {
    const tab = await rig.openTab('/still')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('size')
    await viewer.frame('({ width }) => width === 1280')
    await tab.session.send('Emulation.setDeviceMetricsOverride', { width: 800, height: 600, deviceScaleFactor: 1, mobile: false })
    await rig.capture.commands.show({ ...tab.target(), width: 800, height: 600 })
    expect(await viewer.frame('({ width }) => width === 800')).toMatchObject({ height: 600 })
  })

  it('shows another tab over the same peer, without a new offer', async () => {
    const white = await rig.openTab('/still')
    const dark = await rig.openTab('/dark')
    await rig.capture.commands.show(white.target())
    const viewer = await watch('switch')
    await viewer.frame(WHITE)
    await rig.capture.commands.show(dark.target())
    await viewer.frame(GREY)
    await rig.capture.commands.show(white.target())
    await viewer.frame(WHITE)
    expect(rig.messages.filter(({ type }) => type === 'offer')).toHaveLength(1)
    expect(await rig.message('stream', ({ info }) => info.tabId === white.targetId)).toMatchObject({
      info: { source: 'tab', width: 1280, height: 720, audio: false },
    })
  })

  it('carries sound', async () => {
    const tab = await rig.openTab('/tone')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('sound')
    await viewer.evaluate('until(async () => (await readStats()).audioEnergy > 0.01)')
    expect((await viewer.stats()).audioEnergy).toBeGreaterThan(0.01)
    await rig.message('stream', ({ info }) => info.tabId === tab.targetId && info.audio)
  })

  it('hides the picture from one peer alone, and no frame of the page comes through', async () => {
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    const hidden = await watch('hidden')
    const open = await watch('open')
    await Promise.all([hidden.frame(WHITE), open.frame(WHITE)])
    await rig.capture.commands.blank({ peerId: 'hidden', blank: true })
    await hidden.frame(BLACK)
    await hidden.frames()
    // Two more of its black frames come, while the other viewer goes on.
    await Promise.all([hidden.frame(BLACK), open.frame(CLOCK)])
    await hidden.frame(BLACK)
    expect((await hidden.frames()).filter(({ luma }) => luma >= 24)).toEqual([])
    await rig.capture.commands.blank({ peerId: 'hidden', blank: false })
    await hidden.frame(CLOCK)
  })

  it('sends nothing to a paused peer, and a picture again at once when it resumes', async () => {
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    const paused = await watch('paused')
    const other = await watch('other')
    await Promise.all([paused.frame(CLOCK), other.frame(CLOCK)])
    await rig.capture.commands.pause({ peerId: 'paused', paused: true })
    await other.frame(CLOCK)
    const before = await paused.stats()
    for (let i = 0; i < 20; i++) await other.frame()
    const after = await paused.stats()
    expect(after.framesDecoded - before.framesDecoded).toBeLessThan(5)
    expect(after.bytes - before.bytes).toBeLessThan(8_000)
    await rig.capture.commands.pause({ peerId: 'paused', paused: false })
    await paused.frame(CLOCK)
  })

  it('captures nothing while nobody watches, and starts again with the next viewer', async () => {
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('alone')
    await viewer.frame(CLOCK)
    rig.messages.length = 0
    await rig.capture.commands.pause({ peerId: 'alone', paused: true })
    await rig.message('stream', ({ info }) => info.source === 'none')
    await rig.capture.commands.pause({ peerId: 'alone', paused: false })
    await viewer.frame(CLOCK)
  })

  it('moves a page in motion to VP8 and back to AV1 for text, over the same offer', async () => {
    const motion = await rig.openTab('/motion')
    const text = await rig.openTab('/text')
    await rig.capture.commands.show(motion.target())
    const viewer = await watch('codec')
    await rig.message('stream', ({ info }) => info.codec === 'video/VP8' && info.codecReason === 'motion')
    await viewer.evaluate(`until(async () => (await readStats()).codec === 'video/VP8')`)
    await rig.capture.commands.show(text.target())
    rig.messages.splice(0, rig.messages.length, ...rig.messages.filter(({ type }) => type === 'offer'))
    await rig.message('stream', ({ info }) => info.codec === 'video/AV1' && info.codecReason === 'text')
    await viewer.frame(CLOCK)
    expect(rig.messages.filter(({ type }) => type === 'offer')).toHaveLength(1)
  })

  it('sends what the viewer can decode, and says that the viewer is the reason', async () => {
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('vp8', { codecs: ['video/VP8'] })
    await viewer.frame(CLOCK)
    expect((await viewer.stats()).codec).toBe('video/VP8')
    await rig.message('stream', ({ info }) => info.codec === 'video/VP8' && info.codecReason === 'viewer')
    await expect(
      rig.capture.commands.connect({ peerId: 'none', iceServers: [], iceTransportPolicy: 'all', audio: false, codecs: ['video/none'] }),
    ).rejects.toMatchObject({
      code: 'media/unavailable',
    })
  })

  it('restarts ICE with a new offer for the same peer; the picture goes on', async () => {
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('ice')
    await viewer.frame(CLOCK)
    const ufrag = (sdp: string): string | undefined => /a=ice-ufrag:(\S+)/.exec(sdp)?.[1]
    const [offer] = rig.messages.filter((message) => message.type === 'offer')
    await rig.capture.commands.restart({ peerId: 'ice', iceServers: [] })
    const again = await rig.message('offer', ({ sdp }) => ufrag(sdp) !== ufrag(offer?.sdp ?? ''))
    expect(again.peerId).toBe('ice')
    await viewer.evaluate(`until(() => pc.currentRemoteDescription.sdp.includes('${ufrag(again.sdp)}') && pc.iceConnectionState === 'connected')`)
    await viewer.frame(CLOCK)
  })

  it('feeds screencast frames into the same track, for a tab in an isolated context', async () => {
    const { browserContextId } = await rig.chromium.connection.root.send('Target.createBrowserContext')
    const tab = await rig.openTab('/text', { browserContextId })
    await expect(rig.capture.commands.ping()).resolves.toEqual({ peers: 0 })
    const viewer = await watch('cast')
    await rig.capture.commands.show(tab.target('screencast'))
    tab.session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
      rig.capture.commands.frame({ data, timestamp: metadata.timestamp ?? 0 })
      tab.session.post('Page.screencastFrameAck', { sessionId })
    })
    await tab.session.send('Page.startScreencast', { format: 'jpeg', quality: 80, maxWidth: 1280, maxHeight: 720 })
    for (let i = 0; i < 10; i++) await viewer.frame(CLOCK)
    await rig.message('stream', ({ info }) => info.source === 'screencast' && !info.audio)
    await tab.session.send('Page.stopScreencast')
    // The source rests now: a viewer who joins sees its last frame.
    const joiner = await watch('joiner')
    await joiner.frame()
    await rig.chromium.connection.root.send('Target.disposeBrowserContext', { browserContextId: browserContextId })
  })

  it('says so when the tab that it shows is closed, and refuses a tab that is not there', async () => {
    const tab = await rig.openTab('/text')
    await rig.capture.commands.show(tab.target())
    const viewer = await watch('ended')
    await viewer.frame(CLOCK)
    await rig.chromium.connection.root.send('Target.closeTarget', { targetId: tab.targetId })
    expect(await rig.message('ended')).toMatchObject({ tabId: tab.targetId })
    await expect(rig.capture.commands.show(tab.target())).rejects.toMatchObject({ code: 'media/unavailable' })
  })

  it('refuses commands for a peer that is not there', async () => {
    await expect(rig.capture.commands.pause({ peerId: 'nobody', paused: true })).rejects.toMatchObject({ code: 'media/no-peer' })
    await expect(rig.capture.commands.answer({ peerId: 'nobody', sdp: '' })).rejects.toMatchObject({ code: 'media/no-peer' })
  })
})
