/**
 * One CDP client of the gateway: its socket, its root session, its sessions below, its commands in flight.
 * It passes text between the socket and the connection; admission.ts says of each command whether it may go
 * on, clientEvents.ts what the client is told while a human drives. Knows nothing of other clients;
 * `gateway.ts` tells it when to cut and when to go on.
 */
import type { RawMessage, Connection, LiveBrowser, PageStalls, SessionOwner } from '@tandem/browser'
import { CLOSE, isTandemError, TandemError, toWireError } from '@tandem/protocol'
import type { WebSocket } from 'ws'
import { systemClock } from '../control/clock.ts'
import type { Control } from '../control/control.ts'
import { assertAllowed, assertNotOfHuman, isOnlyAnswered, verdictOn, type AdmissionOptions } from './admission.ts'
import { OF_DOWNLOADS, type AgentDownloads, type Downloader } from './agentDownloads.ts'
import { ClientEvents } from './clientEvents.ts'
import { SCREEN_METHODS, type ClientScreens } from './clientScreens.ts'
import type { ClientSession } from './clientSession.ts'
import { ClientSessions } from './clientSessions.ts'
import { keptContextOf, namesPlaywright, type Command, type OwnCommand } from './commands.ts'
import { Inbox } from './inbox.ts'
import { InFlight, type SentCommand } from './inFlight.ts'
import { ruleOf, type MethodRule } from './methods.ts'
import { Outbox } from './outbox.ts'
import { withoutOurs } from './ownScripts.ts'
import type { AgentPasskeys } from './passkeys.ts'
import { emptyResult, INVALID_REQUEST, protocolError, refuse, refuseWith, SESSION_NOT_FOUND } from './refusals.ts'
import { Traces } from './traces.ts'
import { Whereabouts, type WhereaboutsOptions } from './whereabouts.ts'

/** A larger message closes the socket with CLOSE.tooLarge. Playwright sends files of up to 50 MiB as base64 in one command. */
export const GATEWAY_MAX_MESSAGE_BYTES = 80 * 1024 * 1024
/** Commands of one client that may be in flight; more are read when some were answered. */
const MAX_IN_FLIGHT = 4_096
/** A client that does not read does not answer a close either. */
const TERMINATE_AFTER_MS = 1_000
/** How long what a client held may take to be let go of, before the sessions that it was held by end. */
const LET_GO_MS = 1_000

/** What operations count; `Metrics` fits. */
export interface GatewayMetrics {
  gatewayCommand(ms: number): void
  gatewayRefused(code: string): void
}

export interface GatewayClientOptions extends AdmissionOptions, WhereaboutsOptions {
  id: string
  name: string
  /** Whose it is: those with the same have looked when one has. */
  credential: string
  socket: WebSocket
  connection: Connection
  control: Control
  downloads: AgentDownloads
  screens: ClientScreens
  metrics: GatewayMetrics | undefined
  /** Absent: every page is taken to answer. */
  stalls: PageStalls | undefined
  passkeys: AgentPasskeys
  keepDrawing: LiveBrowser['keepDrawing'] | undefined
  /** A fenced command was answered, or will never be. */
  onSettled: () => void
  onClosed: () => void
  /** Chromium has dropped what it had set. */
  onGone: () => void
  log: (message: string, details: object) => void
}

export class GatewayClient implements SessionOwner, Downloader {
  readonly id: string
  readonly name: string
  readonly credential: string
  /** `gateway.ts` says so. */
  silent = false
  readonly #options: GatewayClientOptions
  readonly #socket: WebSocket
  readonly #outbox: Outbox
  readonly #connection: Connection
  readonly #control: Control
  readonly #sessions: ClientSessions
  readonly #events: ClientEvents
  readonly #inFlight: InFlight
  readonly #traces: Traces
  readonly #whereabouts: Whereabouts
  readonly #inbox: Inbox
  #paused = false
  #closed = false
  /** Its `page.close()` takes no refusal: it waits for the page to go, for ever. So the page goes, for this client. */
  #isPlaywright = false

  constructor(options: GatewayClientOptions) {
    this.id = options.id
    this.name = options.name
    this.credential = options.credential
    this.#options = options
    this.#socket = options.socket
    this.#outbox = new Outbox(options.socket)
    this.#connection = options.connection
    this.#control = options.control
    this.#traces = new Traces(options.connection)
    this.#whereabouts = new Whereabouts(options)
    this.#inFlight = new InFlight(() => {
      options.onSettled()
      this.#events.tellContextsSoon()
    })
    this.#sessions = new ClientSessions({
      connection: options.connection,
      owner: this,
      isHidden: options.isHidden,
      stalls: options.stalls,
      tell: (session, event) => this.#events.tell(session, event),
      onEnded: (session) => {
        this.#forgetCommands(session)
        options.downloads.ended(this, session.id)
        options.passkeys.ended(session)
        this.#traces.ended(session)
      },
    })
    const { connection, control } = options
    const isIdle = () => this.#inFlight.fenced === 0
    this.#events = new ClientEvents({ connection, control, sessions: this.#sessions, downloads: options.downloads, send: (text) => this.#send(text), isIdle })
    this.#inbox = new Inbox({
      limit: MAX_IN_FLIGHT,
      handle: (command) => this.#handle(command),
      fail: (code, reason) => this.close(code, reason),
      broken: (error) => {
        options.log('A command could not be handled; its client is closed', { client: this.id, err: error })
        this.close(CLOSE.shuttingDown, 'server/internal')
      },
    })
    // Listen first: a client sends at once.
    this.#socket.on('message', (data) => this.#inbox.take(data))
    this.#socket.on('close', () => this.#dispose())
    this.#socket.on('error', () => this.#dispose())
    void this.#attach()
  }

  /** Commands in flight that a takeover has to wait for. */
  get fencedInFlight(): number {
    return this.#inFlight.fenced
  }

  /** It is told of the dialogs of this page. */
  hearsDialogs(targetId: string): boolean {
    return !this.silent && [...this.#sessions.all()].some((session) => session.hearsDialogs && session.targetId === targetId)
  }

  /** Chromium's own message for this client. */
  deliver(raw: RawMessage): void {
    if (this.#closed) return
    if (raw.id !== undefined) return this.#deliverReply(raw, raw.id)
    const session = raw.method?.startsWith('Tracing.') && raw.sessionId !== undefined ? this.#sessions.get(raw.sessionId) : undefined
    if (!session || this.#traces.heard(raw, session)) this.#events.deliver(raw)
  }

  /** The fence goes up: from now on nothing of the client records what happens. */
  stopRecording(): void {
    for (const { id } of this.#traces.cut())
      this.#send(JSON.stringify({ method: 'Tracing.tracingComplete', params: { dataLossOccurred: true }, sessionId: id }))
  }

  /** An event of the gateway's own. */
  tell(sessionId: string, method: string, params: object): void {
    this.#send(JSON.stringify({ method, params, sessionId: sessionId === this.#sessions.root?.id ? undefined : sessionId }))
  }

  /** The drain is over: what is still in flight is answered with the refusal, and its real answer dropped. */
  cut(): void {
    const code = this.#control.mode === 'manual' ? 'control/mode' : 'control/human-driving'
    for (const [wireId, command] of this.#inFlight.takeAll(({ fenced }) => fenced)) {
      this.#connection.forgetRaw(wireId)
      this.#send(refuse(command, code, this.#control.info))
      const session = command.kept && this.#sessions.get(command.wireSessionId)
      if (session) this.#events.keptRefusal(session, command.kept?.contextId)
    }
    void this.#letGo()
    this.#postToAll((session) => session.switches.suspend())
    this.#events.letRun()
    this.#readOn()
  }

  /** The agent drives again: it is told what it missed before anything that it sends can be answered. */
  reopen(): void {
    this.#postToAll((session) => session.switches.resume())
    this.#events.reopen()
    this.#sessions.returnReleased()
  }

  close(code: number, reason: string): void {
    if (this.#closed) return
    this.#socket.close(code, reason)
    systemClock.after(TERMINATE_AFTER_MS, () => this.#socket.terminate())
    this.#dispose()
  }

  async #attach(): Promise<void> {
    try {
      // Both before the client's first word: it waits for each page that it is told of.
      const [{ sessionId }] = await Promise.all([this.#connection.root.send('Target.attachToBrowserTarget'), this.#options.stalls?.settled()])
      if (this.#closed) return this.#detachRoot(sessionId)
      this.#sessions.adoptRoot(sessionId)
      this.#inbox.open()
    } catch {
      this.close(CLOSE.shuttingDown, 'The browser does not answer.')
    }
  }

  #handle(command: Command | TandemError): void {
    if (command instanceof TandemError) return this.#refuseInvalid(command)
    const session = command.sessionId === undefined ? this.#sessions.root : this.#sessions.get(command.sessionId)
    // Another client's session is as unknown as one that never was.
    if (!session) return this.#send(protocolError(command, 'Session with given id not found.', undefined, SESSION_NOT_FOUND))
    const rule = ruleOf(command.method)
    if (command.method === 'Browser.close') return this.#closePolitely(command)
    try {
      assertAllowed(command, rule, this.#options)
      if (!this.#control.fenced) {
        assertNotOfHuman(command, session)
        this.#traces.assertAllowed(command, session)
      }
    } catch (error) {
      this.#options.metrics?.gatewayRefused(toWireError(error).code)
      return this.#send(refuseWith(command, error))
    }
    const rest = this.#control.fenced ? 'pass' : session.input.restOf(command.method, command.params)
    if (rest === 'answer') return this.#send(emptyResult(command))
    const refusal = rest === 'refuse' ? 'control/observe-first' : verdictOn(command, rule, session, this.#control, this.#options.credential)
    if (!refusal && OF_DOWNLOADS.has(command.method)) return void this.#handleDownloads(command, session)
    if (!refusal) return isOnlyAnswered(command, session, this.#control) ? this.#send(emptyResult(command)) : this.#passOn(command, rule, session)
    session.input.refused(command.method, command.params, refusal)
    this.#options.metrics?.gatewayRefused(refusal)
    this.#send(refuse(command, refusal, this.#control.info))
    const kept = this.#control.fenced && keptContextOf(command, this.#isPlaywright)
    if (kept) this.#events.keptRefusal(session, kept.contextId)
    const { targetId } = command.params
    if (command.method === 'Target.closeTarget' && this.#isPlaywright && typeof targetId === 'string') this.#sessions.release(targetId)
  }

  async #handleDownloads(command: Command, session: ClientSession): Promise<void> {
    try {
      await this.#options.downloads.handle(this, command, session)
      if (this.#closed) return this.#options.downloads.forget(this)
      this.#send(emptyResult(command))
    } catch (error) {
      // Chromium's words and ours; what else there is names files of the server.
      this.#send(isTandemError(error) ? protocolError(command, error.message) : refuseWith(command, error))
    }
  }

  #refuseInvalid(error: TandemError): void {
    const id = Number(error.details['id'])
    this.#send(protocolError({ id, method: '', sessionId: undefined }, `${error.code}: ${error.message}`, { code: error.code, retry: false }, INVALID_REQUEST))
  }

  /** Other clients and the viewers keep the browser: the client gets its answer and its own end. */
  #closePolitely(command: Command): void {
    this.#send(emptyResult(command))
    this.close(CLOSE.goodbye, 'Browser.close')
  }

  /** A session that the client gives up lets go first: afterwards nobody could. */
  #passOn(command: Command, rule: MethodRule, session: ClientSession): void {
    const { method, params } = command
    const givenUp =
      method === 'Target.detachFromTarget' ? this.#letGo(({ id, targetId }) => id === params['sessionId'] || targetId === params['targetId']) : null
    if (!givenUp) return this.#pass(command, rule, session)
    void givenUp.then(() => !this.#closed && this.#pass(command, rule, session))
  }

  #pass(command: Command, rule: MethodRule, session: ClientSession): void {
    const { method, params } = command
    const fenced = rule.pass !== 'always'
    if (rule.pass === 'fenced' && rule.kind !== 'neutral') {
      session.settled = true
      this.#whereabouts.passed(command, rule.kind, session)
    }
    session.input.passed(method, params)
    if (method === 'Target.attachToTarget' && typeof params['targetId'] === 'string') this.#sessions.want(params['targetId'])
    if (method === 'Page.enable' || method === 'Page.disable') session.hearsDialogs = method === 'Page.enable'
    if (method === 'Target.setAutoAttach') session.holdsChildren = params['autoAttach'] === true && params['waitForDebuggerOnStart'] === true
    const { waits, behind } = session.switches.passed(method, params, this.#control.fenced)
    if (waits) return this.#send(emptyResult(command))
    this.#isPlaywright ||= namesPlaywright(command)
    // Chromium would let the target run for everybody.
    if (method === 'Runtime.runIfWaitingForDebugger') this.#sessions.start(session, () => this.#forward(command, fenced, session))
    else this.#forward(command, fenced, session)
    if (behind) this.#connection.post(behind.method, behind.params, session.id)
  }

  #forward(command: Command, fenced: boolean, session: ClientSession): void {
    if (this.#closed) return
    const { id, method, params, sessionId } = command
    const wireId = command.isLarge ? this.#connection.sendLarge(this, method, params, session.id) : this.#connection.sendRaw(this, method, params, session.id)
    if (method.startsWith('WebAuthn.')) this.#options.passkeys.sent(method, params, session)
    if (method.startsWith('Tracing.')) this.#traces.sent(method, session)
    if (SCREEN_METHODS.has(method)) this.#options.screens.passed(session, method, params)
    this.#inFlight.add(wireId, {
      id,
      method,
      sessionId,
      fenced,
      wireSessionId: session.id,
      kept: keptContextOf(command, this.#isPlaywright),
      at: performance.now(),
      settled: method === 'Page.captureScreenshot' && session.pageTargetId !== null ? this.#options.keepDrawing?.(session.pageTargetId) : undefined,
    })
    if (this.#inFlight.size < MAX_IN_FLIGHT || this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  #deliverReply(raw: RawMessage, wireId: number): void {
    const command = this.#inFlight.take(wireId)
    if (!command) return
    this.#options.metrics?.gatewayCommand(performance.now() - command.at)
    const { id, method, sessionId } = command
    if (method === 'Runtime.runIfWaitingForDebugger') this.#connection.starts.knowsPage(command.wireSessionId)
    const session = method === 'Tracing.start' && raw.parse().error ? this.#sessions.get(command.wireSessionId) : undefined
    if (session) this.#traces.failed(session)
    if (method === 'WebAuthn.addVirtualAuthenticator') this.#noteAuthenticator(raw, command)
    const cleaned = withoutOurs(method, raw)
    if (method === 'Target.getTargets') this.#send(this.#withoutHidden(raw, command))
    else this.#send(cleaned ? JSON.stringify({ id, result: cleaned, sessionId }) : raw.readdress(id, sessionId))
    this.#readOn()
  }

  #noteAuthenticator(raw: RawMessage, { wireSessionId }: SentCommand): void {
    const session = this.#sessions.get(wireSessionId)
    if (session) this.#options.passkeys.added(session, raw.parse().result?.['authenticatorId'])
  }

  #withoutHidden(raw: RawMessage, command: SentCommand): string {
    const { result, error } = raw.parse()
    const infos: unknown = result?.['targetInfos']
    const targetInfos = Array.isArray(infos) ? infos.filter((info) => !this.#sessions.isHidden(info)) : infos
    return JSON.stringify({ id: command.id, result: result && { ...result, targetInfos }, error, sessionId: command.sessionId })
  }

  /** Chromium answers nothing for a session that ended. */
  #forgetCommands(session: ClientSession): void {
    this.#options.screens.ended(session)
    for (const [wireId] of this.#inFlight.takeAll(({ wireSessionId }) => wireSessionId === session.id)) this.#connection.forgetRaw(wireId)
    this.#readOn()
  }

  #readOn(): void {
    if (!this.#paused || this.#inFlight.size > MAX_IN_FLIGHT / 2) return
    this.#paused = false
    this.#socket.resume()
  }

  #send(text: string | Buffer): void {
    if (this.#closed) return
    if (this.#outbox.send(text)) return
    this.#options.log('The client does not read; its socket is closed', { client: this.id, buffered_bytes: this.#outbox.waitingBytes })
    this.close(CLOSE.tooSlow, 'The client does not read what it asked for.')
  }

  /**
   * Ends what the client holds: the page is told as if it had let go by itself. By its own sessions, since Chromium knows
   * a touch by no other. Null when there was nothing; else it resolves when that is done, which a detached session does not do.
   */
  #letGo(isConcerned: (session: ClientSession) => boolean = () => true): Promise<unknown> | null {
    const sent: Promise<unknown>[] = []
    for (const session of this.#sessions.all()) {
      if (isConcerned(session)) for (const { method, params } of session.input.end()) sent.push(this.#connection.send(method, params, session.id))
    }
    if (sent.length === 0) return null
    // A page that hangs handles nothing.
    return Promise.race([Promise.allSettled(sent), new Promise<void>((resolve) => systemClock.after(LET_GO_MS, resolve))])
  }

  #postToAll(commandsOf: (session: ClientSession) => OwnCommand[]): void {
    for (const session of this.#sessions.all()) for (const { method, params } of commandsOf(session)) this.#connection.post(method, params, session.id)
  }

  #detachRoot(sessionId: string): void {
    this.#connection.root.send('Target.detachFromTarget', { sessionId }).catch(() => {})
  }

  #dispose(): void {
    if (this.#closed) return
    this.#closed = true
    this.#connection.disown(this)
    const { root } = this.#sessions
    const sessions = [...this.#sessions.all()]
    void (this.#letGo() ?? Promise.resolve()).then(() => {
      if (root) this.#detachRoot(root.id)
      // Behind the end of the sessions, which takes along what is set anew.
      for (const session of sessions) {
        this.#options.passkeys.ended(session)
        this.#options.screens.ended(session)
      }
      this.#options.onGone()
    })
    this.#sessions.clear()
    this.#inFlight.takeAll(() => true)
    this.#inbox.close()
    this.#options.downloads.forget(this)
    this.#options.onClosed()
  }
}
