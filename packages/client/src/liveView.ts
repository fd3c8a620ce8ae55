/**
 * A live view of one session: watch, steer, and know at any moment what is true. It joins the parts
 * (socket, picture, input, facts) and holds the snapshot; each part can be read without it.
 * Decides nothing about control: the server does, and its answers are what is shown.
 * Neighbours: live/socket.ts, picture.ts, commands.ts, facts.ts, reduce.ts.
 */
import type {
  ControlInfo,
  InputEvent,
  LiveEvent,
  LiveEventData,
  LiveEventMessage,
  LiveMethod,
  LiveParams,
  LiveResult,
  Quality,
  ViewerStats,
} from '@tandem/protocol'
import { writeClipboard } from './clipboard.ts'
import { Commands } from './commands.ts'
import { deliver } from './deliver.ts'
import { Emitter } from './emitter.ts'
import { Facts } from './facts.ts'
import { InputSending } from './input/sending.ts'
import { LiveSocket } from './live/socket.ts'
import type { SocketState } from './live/socket.ts'
import type { LiveViewOptions } from './options.ts'
import { isHidden, listenToPage } from './pageEvents.ts'
import { Picture } from './picture.ts'
import type { Wish } from './players/ladder.ts'
import { EMPTY_SNAPSHOT, reduce, withSession } from './reduce.ts'
import { Rest } from './rest.ts'
import { keepResume, takeResume } from './resume.ts'
import { sentence } from './sentence.ts'
import type { Stage } from './stage/stage.ts'
import { Store } from './store.ts'
import type { LiveSnapshot } from './types.ts'
import { Watching } from './watching.ts'

const JUDGE_EVERY_MS = 500
/** Headless Chromium draws 60 times a second. */
const DISPLAY_INTERVAL_MS = 1_000 / 60

type EventMap = { [E in LiveEvent]: LiveEventData<E> }

/**
 * @example
 * const view = new LiveView({ url: session.live.ws_url, name: 'Ada' })
 * const detach = view.attach(document.querySelector('#screen'))
 * await view.takeControl()
 */
export class LiveView extends Commands {
  readonly #options: LiveViewOptions
  readonly #store = new Store<LiveSnapshot>(EMPTY_SNAPSHOT)
  readonly #events = new Emitter<EventMap>()
  readonly #socket: LiveSocket
  readonly #facts: Facts
  readonly #picture: Picture
  readonly #input: InputSending
  readonly #watching: Watching
  readonly #abort = new AbortController()
  readonly #judging: ReturnType<typeof setInterval>

  constructor(options: LiveViewOptions) {
    super()
    this.#options = options
    this.#socket = new LiveSocket({ url: options.url, name: options.name, resumeToken: takeResume(options.url), createSocket: options.createSocket })
    this.#facts = new Facts(this.#socket, () => this.snapshot)
    this.#picture = new Picture({
      signals: { call: (method, params) => this.#socket.call(method, params), notify: (method, params) => this.#socket.notify(method, params) },
      audio: options.audio ?? true,
      wish: options.transport ?? 'auto',
      quality: options.quality ?? 'auto',
      rest: () => this.rest(),
      facts: () => this.#facts.rung(),
      clockOffsetMs: () => this.#socket.clock.offsetMs,
      socketRttMs: () => this.#socket.clock.rttMs,
      lateMs: () => (this.snapshot.stream?.quietFrame.lateBy ?? 0) * DISPLAY_INTERVAL_MS,
      onChange: () => this.#pictureChanged(),
      onStats: (stats, route) => this.#measured(stats, route),
    })
    this.#input = new InputSending({
      socket: this.#socket,
      snapshot: () => this.snapshot,
      refused: (inputRefused) => this.#store.patch({ inputRefused }),
    })
    this.#watching = new Watching({
      rest: () => this.rest(),
      session: (session) => this.#watched(session),
      ended: (reason, code) => {
        this.#facts.ended = { reason, code }
        this.#judge()
      },
    })
    this.#socket.events.on('message', (message) => this.#receive(message))
    this.#socket.events.on('packet', (packet) => this.#picture.rungs.packet(packet))
    this.#socket.events.on('state', (state) => this.#connection(state))
    this.#judging = setInterval(() => this.#judge(), JUDGE_EVERY_MS)
    listenToPage(
      {
        online: () => this.#online(),
        // A reload keeps this viewer, and with it control; a copy of the tab does not get it.
        leaving: () => keepResume(options.url, this.#socket.resumeToken),
        visible: (visible) => this.#visible(visible),
      },
      this.#abort.signal,
    )
    if (isHidden()) this.#visible(false)
    if (options.autoStart ?? true) this.start()
    this.#socket.open()
  }

  override get snapshot(): LiveSnapshot {
    return this.#store.value
  }

  /** Calls back after each change, once for all changes of one turn; returns the undo. */
  subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener)

  /** Listens to an event of the live socket; returns the undo. */
  on<E extends LiveEvent>(event: E, listener: (data: LiveEventData<E>) => void): () => void {
    return this.#events.on(event, listener)
  }

  override call<M extends LiveMethod>(method: M, params: LiveParams<M>): Promise<LiveResult<M>> {
    return this.#socket.call(method, params)
  }

  /** Puts the picture into `host` and takes input there while this viewer steers; returns the undo. */
  attach(host: HTMLElement): () => void {
    const stage = this.#picture.attach(host, {
      send: (events) => this.input(events),
      copy: (cut) => void this.#copyToClipboard(cut),
      history: (direction) => void this.history(direction).catch((error: unknown) => this.#input.refuse(error)),
      escapedTwice: () => void (this.#options.escapeHandsBack && this.snapshot.holding && this.handBack().catch(() => {})),
      viewport: () => this.snapshot.session?.viewport ?? null,
    })
    if (!this.snapshot.muted) void stage.mute(false)
    this.#updateStage(stage)
    return () => this.#picture.detach(stage)
  }

  /** Shows the picture, when `autoStart` was false or it was paused. */
  start(): void {
    this.#picture.rungs.start()
    this.#judge()
  }

  /** The picture is off and costs nothing; its last frame stays, greyed. Control, events and facts go on. */
  pause(): void {
    this.#picture.rungs.stop()
    this.#judge()
  }

  /** Takes this rung from now on, or `auto`; the picture of before stays until the new one shows. */
  setTransport(transport: Wish): void {
    this.#picture.rungs.choose(transport)
    this.#judge()
  }

  setQuality(quality: Quality): void {
    this.#picture.rungs.setQuality(quality)
    this.#judge()
  }

  /** Answers the idle warning. */
  stay(): void {
    this.call('control.stay', {}).catch((error: unknown) => this.#input.refuse(error))
  }

  override async rename(name: string): Promise<void> {
    // Each connection says its name anew: the one after this must not bring back the old.
    this.#socket.name = name
    await super.rename(name)
  }

  /** Sends input under the epoch of now. Dropped, with a word in `inputRefused`, while this viewer may not steer. */
  input(events: InputEvent[]): void {
    this.#input.send(events)
  }

  paste(text: string): void {
    this.input([{ type: 'paste', text }])
  }

  /** Sound on or off; resolves with whether it is muted now. Call it in a click or key handler: browsers refuse sound before a gesture. */
  async setMuted(muted: boolean): Promise<boolean> {
    const now = await this.#picture.mute(muted)
    this.#store.patch({ muted: now })
    this.#judge()
    return now
  }

  /** Gives the picture the keyboard; on a phone it opens the phone's own. Call it in a gesture. */
  focusKeyboard(): void {
    for (const stage of this.#picture.stages) stage.input.focus('text')
  }

  /** The element that shows the picture in the stage attached last, for full screen, snapshots and measuring: a video on `webrtc` and `room`, else a canvas. */
  get pictureElement(): HTMLVideoElement | HTMLCanvasElement | null {
    return this.#picture.element
  }

  /** The server's clock minus this machine's, ms; null until known. */
  get clockOffsetMs(): number | null {
    return this.#socket.clock.offsetMs
  }

  /** Makes connection and picture anew, at once. */
  reconnect(): void {
    this.#socket.reconnect(true)
  }

  /** For good: a goodbye, so that held control goes back at once. */
  close(): void {
    clearInterval(this.#judging)
    this.#input.close()
    this.#watching.on = false
    this.#abort.abort()
    // Closed before it was ever open (a component mounted twice): the next view of this page is still the same viewer.
    if (this.snapshot.me === null) keepResume(this.#options.url, this.#socket.resumeToken)
    this.#picture.close()
    this.#socket.close()
    this.#store.patch({ status: 'ended', reason: 'Closed.', holding: false, steering: false, transport: null })
    this.#events.clear()
  }

  protected override controlled(control: ControlInfo): void {
    // The event says the same; whichever comes first, an older epoch never wins.
    if (control.epoch >= (this.snapshot.control?.epoch ?? 0)) this.#receive({ event: 'control.changed', data: control })
    for (const stage of this.#picture.stages) stage.input.focus('text')
  }

  protected override releaseInput(): void {
    for (const stage of this.#picture.stages) stage.input.release()
  }

  protected override rest(): Rest {
    return Rest.ofLive(this.#socket.url)
  }

  #receive(message: LiveEventMessage): void {
    deliver(message, { picture: this.#picture, facts: this.#facts, input: this.#input })
    const before = this.snapshot.session?.status
    this.#store.patch(reduce(this.snapshot, message))
    if (before === 'paused' && this.snapshot.session?.status === 'active') this.#picture.rungs.browserBack()
    if (message.event === 'agent.pointer') for (const stage of this.#picture.stages) stage.agent(message.data, this.#agentName())
    this.#judge()
    this.#emit(message)
  }

  #emit<E extends LiveEvent>(message: { event: E; data: EventMap[E] }): void {
    this.#events.emit(message.event, message.data)
  }

  #connection({ state }: SocketState): void {
    if (state !== 'open') {
      this.#picture.rungs.signals(false)
      this.#input.connectionLost()
    }
    this.#judge()
  }

  #pictureChanged(): void {
    // Packets stopped: the socket may be as dead as they are, and only its silence would tell.
    if (this.#picture.rungs.shown?.state === 'disconnected') this.#socket.probe()
    this.#judge()
  }

  #watched(session: NonNullable<LiveSnapshot['session']>): void {
    if (session.status === 'closed') this.#facts.ended = { reason: sentence(session.closed_reason ?? '') ?? 'The session is closed.', code: 'session/closed' }
    this.#store.patch(withSession(this.snapshot, session))
    this.#judge()
  }

  #agentName(): string {
    return this.snapshot.viewers.find((viewer) => viewer.kind === 'agent')?.name ?? 'Agent'
  }

  #measured(stats: ViewerStats, route: LiveSnapshot['route']): void {
    this.#store.patch({ stats, route })
    this.#judge()
    try {
      this.#socket.notify('media.report', stats)
    } catch {
      // The connection is being made again: the next second reports.
    }
  }

  #judge(): void {
    if (this.#abort.signal.aborted) return
    const patch = this.#facts.patch(this.#picture)
    this.#store.patch(patch)
    const { status, rung } = this.snapshot
    // Without the socket the facts of the session come as the pictures do.
    this.#watching.on = status !== 'ended' && rung.transport === 'screenshots' && this.#socket.state.state !== 'open'
    if (status === 'ended') this.#picture.rungs.close()
    for (const stage of this.#picture.stages) this.#updateStage(stage)
  }

  #updateStage(stage: Stage): void {
    const { status, steering, cursor, pointerLocked, blanked, muted, session } = this.snapshot
    stage.update({ steering, cursor, pointerLocked, blanked, muted, stale: status !== 'live', viewport: session?.viewport ?? null })
  }

  async #copyToClipboard(cut: boolean): Promise<void> {
    const text = this.copy(cut)
    try {
      // The page got the keys as well: with nothing selected they may mean something else there, in a terminal for one.
      if ((await text) !== '') await writeClipboard(text)
    } catch (error) {
      this.#input.refuse(error)
    }
  }

  #online(): void {
    this.#socket.reconnect()
    this.#picture.rungs.networkChanged()
  }

  #visible(visible: boolean): void {
    this.#picture.visible(visible, () => !this.snapshot.muted)
    if (visible && this.#socket.state.state === 'waiting') this.#socket.reconnect()
    this.#judge()
  }
}
