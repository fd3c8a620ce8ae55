/**
 * An agent that is told by chat what to do and does it where everybody sees it: thinks, acts on the page, gives way to a
 * person who takes the focus. What it thinks is its owner's: `think` gets the message, the page and its actions.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RemoteParticipant, Room, VideoFrame } from '@livekit/rtc-node'
import { BrowserContext, type BrowserContextOptions } from './browserContext.ts'
import type { BrowserPage } from './browserPage.ts'
import { BrowserSession } from './browserSession.ts'
import { AGENT } from './focus.ts'
import { Interrupted, PageActions, type PageAction } from './pageActions.ts'

/** After what may load or draw something, before the next look. */
const SETTLE_MS = 800
const SETTLES = new Set(['left_click', 'middle_click', 'key', 'type', 'navigate', 'go_back', 'go_forward'])

/**
 * Does what a message asks for. Actions reject with `Interrupted` once a person has the focus: let it through. What is
 * answered goes to the chat. `frame`: the page as it is now, I420; null before its first paint.
 */
export type Think = (message: string, actions: PageActions, frame: VideoFrame | null) => Promise<string | void>

export interface BrowserAgentOptions extends BrowserContextOptions {
  think: Think
  /** The first page. */
  url?: string
  width?: number
  height?: number
  framerate?: number
  /** Listens to `browser-agent-chat`; absent: yes. */
  chatEnabled?: boolean
  /** Told of what `think` threw. */
  onError?: (error: unknown) => void
}

export class BrowserAgent {
  readonly #options: BrowserAgentOptions
  readonly #context: BrowserContext
  #running: { room: Room; page: BrowserPage; session: BrowserSession; actions: PageActions } | null = null
  /** Messages are answered one after the other. */
  #turns: Promise<void> = Promise.resolve()
  #settled: Promise<unknown> = Promise.resolve()
  #undo: (() => void) | null = null

  constructor(options: BrowserAgentOptions) {
    this.#options = options
    this.#context = new BrowserContext(options)
  }

  /** Throws before `start`, as the other parts do. */
  get page(): BrowserPage {
    return this.#parts.page
  }

  get session(): BrowserSession {
    return this.#parts.session
  }

  get actions(): PageActions {
    return this.#parts.actions
  }

  get context(): BrowserContext {
    return this.#context
  }

  /** Opens the page and publishes it into a connected room. Throws what BrowserContext.newPage throws. */
  async start(room: Room): Promise<void> {
    if (this.#running) return
    const { url = 'about:blank', width = 1280, height = 720, framerate = 30, chatEnabled = true } = this.#options
    await this.#context.initialize()
    const page = await this.#context.newPage({ url, width, height, framerate })
    const session = new BrowserSession({ page, room })
    const actions = new PageActions(page, {
      before: (action) => this.#before(action),
      after: ({ name }) => {
        // The next action waits for what this one sets going.
        if (SETTLES.has(name)) this.#settled = sleep(SETTLE_MS)
      },
      isInterrupted: () => session.focusIdentity !== AGENT,
    })
    this.#running = { room, page, session, actions }
    await session.start()
    await session.setAgentFocus(true)
    if (!chatEnabled) return
    const onData = (payload: Uint8Array, participant?: RemoteParticipant, _kind?: unknown, topic?: string): void => {
      const text = topic === 'browser-agent-chat' ? textOf(payload) : null
      // Of somebody who has only just come the room may not know yet who it is.
      if (text !== null) void this.#answer(text, participant?.identity ?? '')
    }
    room.on('dataReceived', onData)
    this.#undo = () => room.off('dataReceived', onData)
  }

  /** As if it had come by chat from whoever holds the focus. Resolves when it was answered. */
  sendMessage(text: string): Promise<void> {
    return this.#answer(text, null)
  }

  /** Safe to call twice. */
  async aclose(): Promise<void> {
    this.#undo?.()
    this.#undo = null
    await this.#running?.session.aclose()
    this.#running = null
    await this.#context.aclose()
  }

  get #parts() {
    if (!this.#running) throw new Error('The agent is not started: await start(room) first.')
    return this.#running
  }

  #answer(text: string, from: string | null): Promise<void> {
    this.#turns = this.#turns.then(() => this.#turn(text, from)).catch((error: unknown) => this.#options.onError?.(error))
    return this.#turns
  }

  async #turn(text: string, from: string | null): Promise<void> {
    if (!this.#running) return
    const { session, page, actions } = this.#running
    // Whoever steers hands the page back by asking for something; nobody takes it from another by talking.
    const holder = session.focusIdentity
    if (from !== null && holder !== null && holder !== AGENT && holder !== from) return this.#say(`(paused — ${holder} has control)`)
    await session.reclaimAgentFocus()
    await session.publish('browser-agent-status', { status: 'thinking' })
    try {
      const reply = await this.#options.think(text, actions, page.lastFrame)
      if (reply) await this.#say(reply)
    } catch (error) {
      if (!session.agentInterrupted) throw error
      await this.#say('(paused — you have control)')
    } finally {
      await session.publish('browser-agent-cursor', { visible: false })
      await session.publish('browser-agent-status', { status: 'idle' })
    }
  }

  async #before({ name, at }: PageAction): Promise<void> {
    const { session, page } = this.#parts
    await this.#settled
    if (session.focusIdentity !== AGENT) throw new Interrupted()
    await session.publish('browser-agent-status', { status: 'acting' })
    if (at) await session.publish('browser-agent-cursor', { ...at, action: name, visible: true, width: page.width, height: page.height })
  }

  async #say(text: string): Promise<void> {
    await this.#running?.session.publish('browser-agent-chat', { text, sender: 'agent' })
  }
}

function textOf(payload: Uint8Array): string | null {
  try {
    const { text } = JSON.parse(new TextDecoder().decode(payload)) as { text?: unknown }
    return typeof text === 'string' && text !== '' ? text : null
  } catch {
    return null
  }
}
