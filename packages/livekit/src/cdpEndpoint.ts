/**
 * CDP for clients of this machine: a WebSocket on 127.0.0.1 with a secret path, over the connection that we have to
 * Chromium anyway. Each client has a browser session of its own; our hidden targets are kept from it. Nothing is
 * refused: in an agent's own process there is nobody to refuse it for.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { LiveBrowser, RawMessage, SessionOwner } from '@tandem/browser'
import { WebSocketServer, type WebSocket } from 'ws'

/** Playwright sends files of up to 50 MiB as base64 in one command. */
const MAX_MESSAGE_BYTES = 80 * 1024 * 1024

export class CdpEndpoint {
  readonly #browser: LiveBrowser
  readonly #server = createServer((_request, response) => void response.writeHead(404).end())
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  readonly #path = `/${randomBytes(24).toString('hex')}`

  private constructor(browser: LiveBrowser) {
    this.#browser = browser
    this.#server.on('upgrade', (request, socket, head) => {
      const [given, wanted] = [Buffer.from(request.url ?? ''), Buffer.from(this.#path)]
      // No page of a browser has business here, with or without the path.
      if (request.headers.origin !== undefined || given.length !== wanted.length || !timingSafeEqual(given, wanted)) socket.destroy()
      else this.#sockets.handleUpgrade(request, socket, head, (webSocket) => void new CdpClient(this.#browser, webSocket))
    })
  }

  /** Resolves when it can be connected to. `port` 0: any. */
  static async listen(browser: LiveBrowser, port = 0): Promise<CdpEndpoint> {
    const endpoint = new CdpEndpoint(browser)
    endpoint.#server.listen(port, '127.0.0.1')
    await once(endpoint.#server, 'listening')
    return endpoint
  }

  /** Secret. */
  get url(): string {
    const address = this.#server.address()
    return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}${this.#path}`
  }

  close(): void {
    this.#server.close()
    for (const client of this.#sockets.clients) client.terminate()
  }
}

interface Command {
  id: number
  method: string
  params?: unknown
  sessionId?: string
}

class CdpClient implements SessionOwner {
  readonly #browser: LiveBrowser
  readonly #socket: WebSocket
  readonly #sessions = new Set<string>()
  readonly #inFlight = new Map<number, { command: Command; session: string }>()
  #root = ''

  constructor(browser: LiveBrowser, socket: WebSocket) {
    this.#browser = browser
    this.#socket = socket
    const early: Buffer[] = []
    // A client sends at once, before its session is there.
    socket.on('message', (data: Buffer) => (this.#root === '' ? early.push(data) : this.#take(data)))
    socket.on('error', () => {})
    socket.on('close', () => this.#end())
    void this.#begin(early)
  }

  deliver(raw: RawMessage): void {
    if (raw.id !== undefined) return this.#reply(raw, raw.id)
    const { method = '', sessionId } = raw
    if (method.startsWith('Target.') && !this.#track(method, raw.parse().params ?? {}, sessionId)) return
    this.#send(raw.readdress(undefined, sessionId === this.#root ? undefined : sessionId))
  }

  async #begin(early: readonly Buffer[]): Promise<void> {
    try {
      const { sessionId } = await this.#browser.connection.root.send('Target.attachToBrowserTarget')
      if (this.#socket.readyState !== this.#socket.OPEN) return this.#detach(sessionId)
      this.#adopt(sessionId)
      this.#root = sessionId
      for (const data of early) this.#take(data)
    } catch {
      this.#socket.close()
    }
  }

  #take(data: Buffer): void {
    let command: Command
    try {
      command = JSON.parse(data.toString()) as Command
    } catch {
      return this.#socket.close()
    }
    const { id, method, params, sessionId } = command
    const session = sessionId ?? this.#root
    if (!this.#sessions.has(session)) return this.#send(JSON.stringify({ id, error: { code: -32001, message: 'Session with given id not found.' }, sessionId }))
    if (method === 'Browser.close') {
      // The page's owner closes it; a client only goes.
      this.#send(JSON.stringify({ id, result: {} }))
      return this.#socket.close()
    }
    this.#inFlight.set(this.#browser.connection.sendRaw(this, method, params, session), { command, session })
  }

  #reply(raw: RawMessage, wireId: number): void {
    const sent = this.#inFlight.get(wireId)
    if (!sent) return
    this.#inFlight.delete(wireId)
    const { id, method, sessionId } = sent.command
    if (method !== 'Target.getTargets') return this.#send(raw.readdress(id, sessionId))
    const { result, error } = raw.parse()
    const infos = result?.['targetInfos']
    const targetInfos = Array.isArray(infos) ? infos.filter((info) => !this.#isHidden(info)) : infos
    this.#send(JSON.stringify({ id, result: result && { ...result, targetInfos }, error, sessionId }))
  }

  /** Follows sessions that come and go; false: the client must not see it. */
  #track(method: string, { sessionId, targetInfo, targetId }: Record<string, unknown>, parent: string | undefined): boolean {
    if (method === 'Target.attachedToTarget' && typeof sessionId === 'string') {
      if (!this.#isHidden(targetInfo)) return this.#adopt(sessionId)
      this.#browser.connection.post('Runtime.runIfWaitingForDebugger', undefined, sessionId)
      this.#browser.connection.post('Target.detachFromTarget', { sessionId }, parent)
      return false
    }
    if (method === 'Target.detachedFromTarget' && typeof sessionId === 'string') {
      if (!this.#sessions.delete(sessionId)) return false
      this.#browser.connection.disownSession(sessionId)
      for (const [id, sent] of this.#inFlight) if (sent.session === sessionId) this.#inFlight.delete(id)
    }
    return !this.#isHidden(targetInfo ?? { targetId })
  }

  #adopt(sessionId: string): true {
    this.#sessions.add(sessionId)
    this.#browser.connection.adopt(sessionId, this)
    return true
  }

  #isHidden(info: unknown): boolean {
    if (typeof info !== 'object' || info === null) return false
    const { targetId, url } = info as { targetId?: unknown; url?: unknown }
    return (typeof targetId === 'string' && this.#browser.isHiddenTarget(targetId)) || (typeof url === 'string' && /^(chrome-extension|devtools):/.test(url))
  }

  #send(message: string | Buffer): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message, { binary: false })
  }

  #detach(sessionId: string): void {
    this.#browser.connection.root.send('Target.detachFromTarget', { sessionId }).catch(() => {})
  }

  #end(): void {
    this.#browser.connection.disown(this)
    if (this.#root === '') return
    this.#detach(this.#root)
    // Chromium drops for everybody what the client had set of a page's screen.
    this.#browser.clientEnded()
  }
}
