/** A CDP client by hand: what it sends goes out as it is, and every message that it got is kept. */
import { WebSocket } from 'ws'

export interface Reply {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string; data?: Record<string, unknown> }
  sessionId?: string
}

/** The data of a CDP error is text, Chromium's and the gateway's: of the latter JSON. Anything else stays away, and is missed. */
function dataOfError(this: unknown, key: string, value: unknown): unknown {
  const isOfError = key === 'data' && typeof this === 'object' && this !== null && 'code' in this && 'message' in this
  return !isOfError ? value : typeof value === 'string' ? (value.startsWith('{') ? JSON.parse(value) : value) : undefined
}

export class RawClient {
  readonly socket: WebSocket
  readonly messages: Reply[] = []
  readonly closed: Promise<number>
  #id = 0
  readonly #waiting = new Map<number, (reply: Reply) => void>()

  constructor(url: string) {
    this.socket = new WebSocket(url)
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.on('message', (data) => {
      const message: Reply = JSON.parse(String(data), dataOfError)
      this.messages.push(message)
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message)
    })
  }

  static async open(url: string): Promise<RawClient> {
    const client = new RawClient(url)
    await new Promise((resolve) => client.socket.once('open', resolve))
    return client
  }

  send(method: string, params: unknown = {}, sessionId?: string): Promise<Reply> {
    const id = ++this.#id
    this.socket.send(JSON.stringify({ id, method, params, sessionId }))
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  /** Opens a page and attaches to it. */
  async page(url = 'about:blank'): Promise<{ targetId: string; sessionId: string }> {
    const created = await this.send('Target.createTarget', { url })
    const targetId = String(created.result?.['targetId'])
    const attached = await this.send('Target.attachToTarget', { targetId, flatten: true })
    const sessionId = String(attached.result?.['sessionId'])
    // What is evaluated in the document before the page's own would be lost with it.
    for (;;) {
      const { result } = await this.send('Runtime.evaluate', { expression: 'document.readyState + " " + location.href' }, sessionId)
      const value = (result?.['result'] as { value?: unknown } | undefined)?.value
      if (typeof value === 'string' && value.startsWith('complete ') && (url === 'about:blank' || !value.endsWith('about:blank'))) break
    }
    return { targetId, sessionId }
  }
}
