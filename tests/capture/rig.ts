/**
 * A streamed Chromium with the capture page, a second Chromium that watches, and pages with a clock in their pixels.
 * The node side stands for the server: it carries offers, answers and candidates between the two.
 */
import { createServer, type Server } from 'node:http'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CaptureMessage, CaptureTarget, PeerOptions } from '@tandem/protocol'
import type { BrowserContext, Page } from 'puppeteer-core'
import { CAPTURE_FLAGS } from '../../packages/browser/src/captureFlags.ts'
import { captureExtensionDir, CapturePage } from '../../packages/browser/src/capturePage.ts'
import { Chromium } from '../../packages/browser/src/chromium.ts'
import type { CdpSession } from '../../packages/browser/src/connection.ts'
import { sharedScreen } from '../harness/screens.ts'
import { messageOf, type MessageOf } from './messageOf.ts'
import { viewerScript } from './viewerPage.ts'

/** Of a Chromium that watches. */
export const VIEWER_FLAGS = [
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
  '--mute-audio',
]

export interface Tab {
  targetId: string
  session: CdpSession
  evaluate<T>(expression: string): Promise<T>
  target(source?: CaptureTarget['source']): CaptureTarget
}

export interface PeerHandle {
  peerId: string
  /** Frames that the viewer decoded since the last call: latency against the page's clock, brightness and size. */
  frames(): Promise<{ at: number; latency: number; luma: number; width: number; height: number }[]>
  /** Resolves when a frame satisfies the test; the value is when it was decoded, ms since the epoch. */
  frame(test?: string): Promise<{ at: number; latency: number; luma: number; width: number; height: number }>
  stats(): Promise<{ bytes: number; codec: string | null; framesDecoded: number; audioBytes: number; audioEnergy: number; jitterBufferMs: number }>
  evaluate<T>(expression: string): Promise<T>
}

export class Rig {
  readonly chromium: Chromium
  readonly capture: CapturePage
  readonly messages: CaptureMessage[] = []
  readonly #viewers: BrowserContext
  readonly #server: Server
  readonly url: string
  readonly #pages = new Map<string, Page>()
  #closed = false

  private constructor(chromium: Chromium, capture: CapturePage, viewers: BrowserContext, server: Server, url: string) {
    this.chromium = chromium
    this.capture = capture
    this.#viewers = viewers
    this.#server = server
    this.url = url
    capture.events.on('message', (message) => {
      this.messages.push(message)
      this.#signal(message).catch((error: unknown) => {
        // What is under way when the rig is taken down has nobody to answer it.
        if (!this.#closed) throw error
      })
    })
  }

  static async start(flags: readonly string[] = []): Promise<Rig> {
    const server = createServer(
      (request, response) => void respond(request.url ?? '/').then((html) => response.setHeader('content-type', 'text/html').end(html)),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const profileDir = await mkdtemp(join(tmpdir(), 'tandem-capture-'))
    const [chromium, viewers] = await Promise.all([
      Chromium.launch({ profileDir, flags: [...CAPTURE_FLAGS, ...flags] }),
      sharedScreen(VIEWER_FLAGS).then((screen) => screen.createBrowserContext()),
    ])
    const capture = await CapturePage.open(chromium.connection, captureExtensionDir())
    return new Rig(chromium, capture, viewers, server, `http://127.0.0.1:${port}`)
  }

  async openTab(
    path: string,
    { width = 1280, height = 720, scale = 1, browserContextId }: { width?: number; height?: number; scale?: number; browserContextId?: string } = {},
  ): Promise<Tab> {
    const { connection } = this.chromium
    const { targetId } = await connection.root.send('Target.createTarget', { url: 'about:blank', browserContextId })
    const session = await connection.attach(targetId)
    await session.send('Page.enable')
    await session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false })
    const loaded = new Promise<void>((resolve) => session.on('Page.loadEventFired', () => resolve()))
    await session.send('Page.navigate', { url: this.url + path })
    await loaded
    return {
      targetId,
      session,
      evaluate: async (expression) => {
        const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
        return result.value
      },
      target: (source = 'tab') => ({ tabId: targetId, source, width, height, scale }),
    }
  }

  /** A viewer that asks for the picture; resolves when its page has been given the offer. */
  async watch(peerId: string, options: Partial<PeerOptions> = {}): Promise<PeerHandle> {
    const page = await this.#viewers.newPage()
    await page.goto(`${this.url}/viewer`)
    await page.evaluate(viewerScript)
    await page.exposeFunction('sendCandidate', (candidate: RTCIceCandidateInit | null) => {
      const known = candidate && { ...candidate, candidate: candidate.candidate ?? '' }
      this.capture.commands.candidate({ peerId, candidate: known }).catch(() => {})
    })
    this.#pages.set(peerId, page)
    await this.capture.commands.connect({ peerId, iceServers: [], iceTransportPolicy: 'all', audio: true, ...options })
    const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>
    return {
      peerId,
      evaluate,
      frames: () => evaluate('takeFrames()'),
      frame: (test = '() => true') => evaluate(`nextFrame(${test})`),
      stats: () => evaluate('readStats()'),
    }
  }

  /** The next message of a type (or one that came already). */
  message<T extends CaptureMessage['type']>(type: T, test: (message: MessageOf<T>) => boolean = () => true): Promise<MessageOf<T>> {
    const { events } = this.capture
    const listen = (listener: (message: CaptureMessage) => void): (() => void) => {
      events.on('message', listener)
      return () => events.off('message', listener)
    }
    return messageOf(this.messages, listen, type, test)
  }

  async leave(peerId: string): Promise<void> {
    await this.capture.commands.disconnect({ peerId })
    await this.#pages.get(peerId)?.close()
    this.#pages.delete(peerId)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.chromium.close(), this.#viewers.close()])
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #signal(message: CaptureMessage): Promise<void> {
    if (message.type !== 'offer' && message.type !== 'candidate') return
    const page = this.#pages.get(message.peerId)
    if (!page) return
    if (message.type === 'candidate') return page.evaluate(`addCandidate(${JSON.stringify(message.candidate)})`) as Promise<void>
    const sdp = (await page.evaluate(`takeOffer(${JSON.stringify(message.sdp)})`)) as string
    await this.capture.commands.answer({ peerId: message.peerId, sdp })
  }
}

export async function respond(path: string): Promise<string> {
  const name = path.split('?')[0]?.slice(1) ?? ''
  if (name === 'viewer') return '<!doctype html><title>viewer</title><body></body>'
  return readFile(new URL(`pages/${name}.html`, import.meta.url), 'utf8').catch(() => '<!doctype html><title>still</title><h1>still</h1>')
}
