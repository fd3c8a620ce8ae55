/**
 * What the browser's participant tells the room on topics of its own (ROOM_TOPICS): where the page is, who drives, the
 * cursor, what the agent does. A newcomer is sent the last of each. Input never comes by a topic.
 */
import { ROOM_TOPICS } from '@tandem/protocol'
import type { LiveEventData, PageLayout } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'

/** An agent's pointer moves in bursts: so many a second are enough to follow it. */
const POINTER_EVERY_MS = 33
/** An agent that has done nothing for so long is idle; its pointer is taken away. */
const AGENT_IDLE_MS = 1_500
/** The SFU drops what is for somebody whose data channel is not open yet: the same once more, as it is by then. */
const GREET_AGAIN_MS = [500, 1_500, 3_000]
const KEPT = ['focus', 'url', 'cursor', 'viewport'] as const

export interface TopicsOptions {
  clock: Clock
  /** To these, or to all; `lossy`: what cannot be sent now is dropped. */
  send(message: { topic: string; text: string; lossy?: boolean; to?: string[] }): void
  /** CSS pixels. */
  viewport(): { width: number; height: number }
}

export class Topics {
  readonly #options: TopicsOptions
  readonly #last = { focus: '{"identity":null}', url: '', cursor: '{"cursor":"default"}', viewport: '' }
  #pointerAt = Number.NEGATIVE_INFINITY
  #pointing = false
  #agentIdle: (() => void) | null = null
  readonly #greetings = new Set<() => void>()

  constructor(options: TopicsOptions) {
    this.#options = options
  }

  focus(identity: string | null): void {
    this.#tell('focus', { identity })
  }

  url(url: string | null): void {
    if (url !== null) this.#tell('url', { url })
  }

  cursor(cursor: string): void {
    this.#tell('cursor', { cursor })
  }

  /** How the page is laid out: its pixels are those of input. */
  viewport({ width, height, scale, touch, mobile }: PageLayout): void {
    this.#tell('viewport', { width, height, scale, touch, mobile })
  }

  /** The agent changed something in the page. */
  acted(): void {
    const { clock } = this.#options
    if (this.#agentIdle) this.#agentIdle()
    else this.#status('acting')
    this.#agentIdle = clock.after(AGENT_IDLE_MS, () => this.rest())
  }

  pointer({ x, y, type }: LiveEventData<'agent.pointer'>): void {
    const { clock, send, viewport } = this.#options
    this.acted()
    const now = clock.elapsed()
    if (type === 'move' && now - this.#pointerAt < POINTER_EVERY_MS) return
    this.#pointerAt = now
    this.#pointing = true
    const { width, height } = viewport()
    send({ topic: ROOM_TOPICS.agentCursor, text: JSON.stringify({ x, y, action: type, visible: true, width, height }), lossy: true })
  }

  /** The agent does nothing now. */
  rest(): void {
    if (!this.#agentIdle) return
    this.#agentIdle()
    this.#agentIdle = null
    this.#status('idle')
    if (this.#pointing) this.#options.send({ topic: ROOM_TOPICS.agentCursor, text: '{"visible":false}' })
    this.#pointing = false
  }

  /** To newcomers, or to everybody once the browser is in the room. */
  greet(to?: string[]): void {
    this.#greet(to)
    for (const ms of GREET_AGAIN_MS) {
      const cancel = this.#options.clock.after(ms, () => {
        this.#greetings.delete(cancel)
        this.#greet(to)
      })
      this.#greetings.add(cancel)
    }
  }

  #greet(to?: string[]): void {
    for (const name of KEPT) {
      const text = this.#last[name]
      if (text !== '') this.#options.send({ topic: ROOM_TOPICS[name], text, ...(to && { to }) })
    }
  }

  close(): void {
    for (const cancel of this.#greetings) cancel()
    this.#greetings.clear()
    this.#agentIdle?.()
    this.#agentIdle = null
  }

  #status(status: 'acting' | 'idle'): void {
    this.#options.send({ topic: ROOM_TOPICS.agentStatus, text: JSON.stringify({ status }) })
  }

  #tell(name: (typeof KEPT)[number], data: object): void {
    const text = JSON.stringify(data)
    if (this.#last[name] === text) return
    this.#last[name] = text
    this.#options.send({ topic: ROOM_TOPICS[name], text })
  }
}
