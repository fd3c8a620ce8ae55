/**
 * What our own LiveKit server tells by itself: somebody came into a room, or left one. Its webhooks, taken on loopback at
 * a path that only it knows. A hint to look at once, not more: who is there is asked, as of any other node (`node.ts`).
 * Protocol: https://docs.livekit.io/intro/basics/rooms-participants-tracks/webhooks-events
 */
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

/** The first of a room makes it, and has joined only when its connection stands. */
const MOVES: ReadonlySet<string> = new Set(['room_started', 'participant_joined', 'participant_left'])
const eventSchema = z.object({ event: z.string() })

export class EngineNews {
  readonly events = new EventEmitter<{ moved: [] }>()
  readonly #path = `/${randomBytes(32).toString('hex')}`
  readonly #server = createServer((request, response) => {
    if (request.url !== this.#path) return void response.writeHead(404).end()
    void this.#take(request).then(() => response.end())
  })

  /** @throws Error when nothing can be listened on */
  static async listen(): Promise<EngineNews> {
    const news = new EngineNews()
    news.#server.listen(0, '127.0.0.1').unref()
    await once(news.#server, 'listening')
    return news
  }

  /** For the configuration of the server. Secret. */
  get url(): string {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}${this.#path}` : ''
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #take(request: IncomingMessage): Promise<void> {
    try {
      const { event } = eventSchema.parse(JSON.parse(await text(request)))
      if (MOVES.has(event)) this.events.emit('moved')
    } catch {
      // The next beat sees it as well.
    }
  }
}
