/**
 * A live browser and a second Chromium that watches it over any outlet: peer, shared encode, room, JPEG screencast. The node
 * side stands for server and network. What the viewer decodes is read for the clock, the brightness and the size.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchBrowser, type BrowserEvents, type LiveBrowser } from '@tandem/browser'
import { DEVICES, MEDIA_HEADER_BYTES, readMediaPacket, type CaptureMessage, type EncodeOptions, type MediaConfig, type MediaPacket } from '@tandem/protocol'
import { AccessToken } from 'livekit-server-sdk'
import type { BrowserContext, Page } from 'puppeteer-core'
import { sharedScreen } from '../harness/screens.ts'
import { messageOf, type MessageOf } from './messageOf.ts'
import { respond, VIEWER_FLAGS } from './rig.ts'
import { livekitClientScript, roomScript, viewerScript } from './viewerPage.ts'

export interface Frame {
  at: number
  latency: number
  luma: number
  width: number
  height: number
}

/** What a test asks of a viewer, whatever it watches over. */
export interface Watching {
  /** Resolves with the next frame that satisfies the test, one that came since the last that was asked for included. */
  frame(test?: string): Promise<Frame>
  /** All frames since the last call. */
  frames(): Promise<Frame[]>
  evaluate<T>(expression: string): Promise<T>
  /** Closes its page; what it watched over is ended by the test. */
  leave(): Promise<void>
}

export const ALL: EncodeOptions = { codecs: ['av01', 'vp8'], audio: false, quality: 'auto' }

export class OutletRig {
  readonly browser: LiveBrowser
  readonly messages: CaptureMessage[] = []
  readonly packets: MediaPacket[] = []
  readonly configs: MediaConfig[] = []
  /** The tab that is captured, as the capture page said last. */
  captured: string | null = null
  readonly #viewers: BrowserContext
  readonly #folder: string
  readonly #server: Server
  #onPacket: (() => void)[] = []
  #encode: EncodeOptions | null = null

  private constructor(browser: LiveBrowser, viewers: BrowserContext, folder: string, server: Server) {
    this.#server = server
    this.browser = browser
    this.#viewers = viewers
    this.#folder = folder
    browser.events.on('capture', (message) => {
      this.messages.push(message)
      if (message.type === 'stream') this.captured = message.info.tabId
    })
    browser.events.on('mediaConfig', (config) => this.configs.push(config))
    browser.events.on('captureLost', ({ recovered }) => {
      this.captured = null
      if (recovered && this.#encode) browser.capture.encode(this.#encode).catch(() => {})
    })
    browser.events.on('media', ({ bytes }) => {
      const packet = readMediaPacket(bytes)
      if (!packet) throw new Error('what came is no packet')
      this.packets.push(packet)
      for (const notice of this.#onPacket.splice(0)) notice()
    })
  }

  static async start(): Promise<OutletRig> {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-outlets-'))
    const server = createServer(
      (request, response) => void respond(request.url ?? '/').then((html) => response.setHeader('content-type', 'text/html').end(html)),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const [browser, viewers] = await Promise.all([
      launchBrowser({ profileDir: join(folder, 'profile'), filesDir: join(folder, 'files'), viewport: { ...DEVICES.desktop } }),
      sharedScreen(VIEWER_FLAGS).then((screen) => screen.createBrowserContext()),
    ])
    return new OutletRig(browser, viewers, folder, server)
  }

  /** Of the pages in tests/capture/pages, by their name. */
  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  /** Shows such a page in the active tab. */
  async open(name: string): Promise<void> {
    await this.browser.navigate(`${this.url}/${name}`)
  }

  /** The shared encode, asked for again when the capture page was made anew, as the server does; null: no more. */
  async encode(options: EncodeOptions | null): Promise<void> {
    await this.browser.capture.encode(options)
    this.#encode = options
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await Promise.all([this.browser.close(), this.#viewers.close()])
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Waits for a packet that satisfies the test, one that is kept in `packets` included. */
  async packet(test: (packet: MediaPacket) => boolean): Promise<MediaPacket> {
    for (;;) {
      const found = this.packets.find(test)
      if (found) return found
      await new Promise<void>((resolve) => this.#onPacket.push(resolve))
    }
  }

  async stream(test: (info: Extract<CaptureMessage, { type: 'stream' }>['info']) => boolean): Promise<void> {
    await this.message('stream', ({ info }) => test(info))
  }

  /** The first message that fits, of those in `messages` and those to come. */
  message<T extends CaptureMessage['type']>(type: T, test: (message: MessageOf<T>) => boolean = () => true): Promise<MessageOf<T>> {
    const { events } = this.browser
    const listen = (listener: (message: CaptureMessage) => void): (() => void) => {
      events.on('capture', listener)
      return () => events.off('capture', listener)
    }
    return messageOf(this.messages, listen, type, test)
  }

  /** A viewer who decodes every packet that comes from now on. */
  async decode(): Promise<Watching> {
    const page = await this.#page()
    const tell = (call: string): void => void page.evaluate(call).catch(() => {})
    const configure = (config: MediaConfig): void => tell(`configure(${JSON.stringify(config)})`)
    const take = ({ kind, keyFrame, config, bytes }: BrowserEvents['media'][0]): void => {
      const data = bytes.subarray(MEDIA_HEADER_BYTES).toString('base64')
      tell(`takePacket(${JSON.stringify({ kind, keyFrame, config, data })})`)
    }
    this.browser.events.on('mediaConfig', configure)
    this.browser.events.on('media', take)
    return watching(page, () => {
      this.browser.events.off('mediaConfig', configure)
      this.browser.events.off('media', take)
    })
  }

  /** A viewer with a peer of its own. */
  async peer(peerId: string): Promise<Watching> {
    const page = await this.#page()
    const { capture, events } = this.browser
    await page.exposeFunction('sendCandidate', (candidate: RTCIceCandidateInit | null) => {
      capture.candidate({ peerId, candidate: candidate && { ...candidate, candidate: candidate.candidate ?? '' } }).catch(() => {})
    })
    const signal = (message: CaptureMessage): void => {
      if (message.type === 'candidate' && message.peerId === peerId) void page.evaluate(`addCandidate(${JSON.stringify(message.candidate)})`).catch(() => {})
      if (message.type !== 'offer' || message.peerId !== peerId) return
      void page.evaluate(`takeOffer(${JSON.stringify(message.sdp)})`).then(
        (sdp) => capture.answer({ peerId, sdp: String(sdp) }),
        () => {},
      )
    }
    events.on('capture', signal)
    await capture.connect({ peerId, iceServers: [], iceTransportPolicy: 'all', audio: false })
    return watching(page, () => events.off('capture', signal))
  }

  /** A viewer who joins a room with any LiveKit client and takes what is published there. */
  async room(wsUrl: string, token: string): Promise<Watching> {
    const page = await this.#page()
    await page.evaluate(await livekitClientScript())
    await page.evaluate(roomScript)
    await page.evaluate(`joinRoom(${JSON.stringify(wsUrl)}, ${JSON.stringify(token)})`)
    return watching(page, () => {})
  }

  async #page(): Promise<Page> {
    const page = await this.#viewers.newPage()
    // Decoders are for secure contexts alone.
    await page.goto(`${this.url}/viewer`)
    await page.evaluate(viewerScript)
    await page.evaluate(decoderScript)
    return page
  }
}

/** For a participant of a room. `publish`: as the capture page gets it; `control`: watches and sends data. */
export function roomToken(
  { apiKey, apiSecret }: { apiKey: string; apiSecret: string },
  room: string,
  identity: string,
  may: 'publish' | 'control' | 'watch',
  ttlS = 3_600,
): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { identity, ttl: ttlS })
  token.addGrant({ roomJoin: true, room, canPublish: may === 'publish', canPublishData: may !== 'watch', canSubscribe: may !== 'publish' })
  return token.toJwt()
}

function watching(page: Page, stop: () => void): Watching {
  // What a page answers is what the scripts above put together.
  const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>
  return {
    evaluate,
    frame: (test = '() => true') => evaluate(`nextFrame(${test})`),
    frames: () => evaluate('takeFrames()'),
    leave: async () => {
      stop()
      await page.close()
    },
  }
}

/** Packets to frames and sound, as a viewer's page does it: text, because it crosses into a page. */
const decoderScript = `
globalThis.configs = new Map()
globalThis.decodeErrors = []
globalThis.heard = []
const decoders = new Map()
globalThis.configure = (config) => configs.set(config.config, config)
const show = async (frame) => { const seen = await look(frame); frame.close(); see(seen) }
const error = (e) => decodeErrors.push(String(e))
const listen = (data) => {
  const samples = new Float32Array(data.numberOfFrames)
  data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
  let crossings = 0
  for (let i = 1; i < samples.length; i++) if (samples[i - 1] < 0 !== samples[i] < 0) crossings++
  heard.push({ hertz: (crossings / 2 / data.numberOfFrames) * data.sampleRate, loud: Math.max(...samples.map(Math.abs)) })
  data.close()
}
let stamp = 0
globalThis.takePacket = async ({ kind, keyFrame, config, data }) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0))
  if (kind === 'picture') {
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
    return show(new VideoFrame(bitmap, { timestamp: 0 }))
  }
  const known = configs.get(config)
  if (!known) return error('no config ' + config)
  let decoder = decoders.get(kind)
  if (!decoder || decoder.config !== config) {
    if (kind === 'video' && !keyFrame) return
    decoder?.decoder.close()
    decoder = { config, decoder: kind === 'video' ? new VideoDecoder({ output: show, error }) : new AudioDecoder({ output: listen, error }) }
    decoder.decoder.configure(kind === 'video' ? { codec: known.codec, optimizeForLatency: true } : { codec: known.codec, sampleRate: known.sampleRate, numberOfChannels: known.channels })
    decoders.set(kind, decoder)
  }
  const Chunk = kind === 'video' ? EncodedVideoChunk : EncodedAudioChunk
  decoder.decoder.decode(new Chunk({ type: keyFrame ? 'key' : 'delta', timestamp: (stamp += 1000), data: bytes }))
}
`
