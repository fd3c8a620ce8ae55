/**
 * The gateway of one session: agents connect here with any CDP client. It holds the clients, and carries
 * control's fence to all of them: up at once, cut after the drain, contexts told anew at the handback.
 * What passes is decided by methods.ts and control; how a client is served is in client.ts.
 */
import { EventEmitter } from 'node:events'
import type { ClientScreen, LiveBrowser } from '@tandem/browser'
import { CLOSE } from '@tandem/protocol'
import type { WebSocket } from 'ws'
import type { Control } from '../control/control.ts'
import { AgentDownloads, type DownloadSource } from './agentDownloads.ts'
import { GatewayClient, type GatewayMetrics } from './client.ts'
import { ClientScreens } from './clientScreens.ts'
import type { TargetInfo } from './clientSession.ts'
import { AgentPasskeys } from './passkeys.ts'
import type { Pointer } from './pointer.ts'

/** A client of the gateway, as the rest of the session knows it. */
export interface AgentClient {
  id: string
  name: string
  credential: string
  /** It answers nothing any more: its process stands still, or the way to it is gone. */
  silent: boolean
}

export interface GatewayEvents {
  /** Clients came, went, fell silent or answer again. */
  clients: [AgentClient[]]
  pointer: [{ targetId: string } & Pointer]
  /** The target in which an agent works now. */
  active: [string]
  /** An agent changed something: input, a navigation. */
  acted: []
  /** What clients have set of a page's screen; null: nothing any more. */
  screen: [{ targetId: string; screen: ClientScreen | null }]
  /** A client is gone, and with it for everybody what it had set. */
  left: []
}

/** The part of a logger that is used; pino's fits. */
export interface GatewayLog {
  warn(details: object, message: string): void
}

export interface GatewayOptions {
  browser: Pick<LiveBrowser, 'connection' | 'isHiddenTarget' | 'isFull'> & { downloadSource: DownloadSource } & Partial<
      Pick<LiveBrowser, 'setPasskeys' | 'keepDrawing' | 'stalls' | 'setDialogAudience'>
    >
  control: Control
  /** Schemes that agents may open beside http, https, data, blob and about:blank. */
  allowedSchemes?: readonly string[]
  /** The server's own folder, whose files no agent may put into a page or overwrite with a download. */
  privateDir?: string
  log?: GatewayLog
  metrics?: GatewayMetrics
}

/** Kinds of targets that are an agent's business. Others are Chromium's own windows and our hidden pages. */
const VISIBLE_TYPES = new Set([
  'page',
  'iframe',
  'tab',
  'webview',
  'worker',
  'shared_worker',
  'service_worker',
  'worklet',
  'shared_storage_worklet',
  'auction_worklet',
  'browser',
])
/**
 * Chromium's own windows are tabs too once their page has another kind (the address bar's list:
 * chrome://omnibox-popup.top-chrome). Puppeteer's connect waits for the page of every tab that it is told of.
 */
const HIDDEN_URLS = /^(chrome-extension|devtools|chrome-untrusted):|^chrome:\/\/(?!newtab\b|new-tab-page)/

export class Gateway {
  readonly events = new EventEmitter<GatewayEvents>()
  readonly #options: GatewayOptions
  readonly #clients = new Set<GatewayClient>()
  readonly #screens: ClientScreens
  readonly #undo: (() => void)[] = []
  readonly #passkeys: AgentPasskeys
  readonly #downloads: AgentDownloads
  /** Targets that were seen to be hidden; later messages name their ids alone. */
  readonly #hidden = new Set<string>()
  #drained: (() => void) | null = null
  #closed = false

  constructor(options: GatewayOptions) {
    this.#options = options
    const { control, browser } = options
    this.#passkeys = new AgentPasskeys((targetId, whose) => browser.setPasskeys?.(targetId, whose), browser.connection)
    const { privateDir, log } = options
    this.#downloads = new AgentDownloads({ source: browser.downloadSource, control, privateDir, log: (message, details) => log?.warn(details, message) })
    this.#screens = new ClientScreens(browser.connection, (targetId, screen) => this.events.emit('screen', { targetId, screen }))
    const onFence = (up: boolean): void => this.#fence(up)
    const onHuman = (driving: boolean): void => this.#cut(driving && control.fenced)
    const onGone = (): void => this.#closeAll(CLOSE.shuttingDown, 'The browser is gone; connect again when the session is active.')
    browser.setDialogAudience?.((targetId) => [...this.#clients].some((client) => client.hearsDialogs(targetId)))
    control.events.on('fence', onFence).on('humanDriving', onHuman)
    browser.connection.events.on('closed', onGone)
    this.#undo.push(
      control.onDrain(() => this.#drain()),
      () => control.events.off('fence', onFence).off('humanDriving', onHuman),
      () => browser.connection.events.off('closed', onGone),
    )
  }

  get clients(): readonly AgentClient[] {
    return [...this.#clients].map(({ id, name, credential, silent }) => ({ id, name, credential, silent }))
  }

  setSilent(id: string, silent: boolean): void {
    const client = [...this.#clients].find((other) => other.id === id)
    if (!client || client.silent === silent) return
    client.silent = silent
    this.events.emit('clients', [...this.clients])
  }

  /** Serves a client until its socket closes. The caller has checked its credential. */
  accept(socket: WebSocket, { id, name, credential }: { id: string; name: string; credential: string }): void {
    if (this.#closed) return socket.close(CLOSE.sessionClosed, 'The session is closed.')
    const { browser, control, allowedSchemes, privateDir, log, metrics } = this.#options
    const client: GatewayClient = new GatewayClient({
      id,
      name,
      credential,
      socket,
      connection: browser.connection,
      control,
      screens: this.#screens,
      isHidden: (target) => this.#isHidden(target),
      isFull: () => browser.isFull,
      stalls: browser.stalls,
      allowedSchemes,
      privateDir,
      metrics,
      passkeys: this.#passkeys,
      downloads: this.#downloads,
      keepDrawing: browser.keepDrawing?.bind(browser),
      onPointer: (targetId, pointer) => this.events.emit('pointer', { targetId, ...pointer }),
      onActive: (targetId) => this.events.emit('active', targetId),
      onActed: () => this.events.emit('acted'),
      onSettled: () => this.#checkDrained(),
      onClosed: () => {
        this.#clients.delete(client)
        this.events.emit('clients', [...this.clients])
      },
      onGone: () => this.events.emit('left'),
      log: (message, details) => log?.warn(details, message),
    })
    this.#clients.add(client)
    this.events.emit('clients', [...this.clients])
  }

  /** Closes all clients' sockets; later ones are refused. Safe to call twice. */
  close(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    for (const undo of this.#undo.splice(0)) undo()
    this.#closeAll(CLOSE.sessionClosed, reason)
    this.#downloads.close()
    this.#drained?.()
  }

  /** Known by its kind or URL before the browser itself has noted it: a client may be told of a target while it is being made. */
  #isHidden({ targetId, type, url }: TargetInfo): boolean {
    const isHidden = (type !== '' && !VISIBLE_TYPES.has(type)) || HIDDEN_URLS.test(url)
    // Not of a page: any site can lead one to such an address, where it meets an error, and on.
    if (isHidden && type !== 'page') this.#hidden.add(targetId)
    return isHidden || this.#hidden.has(targetId) || this.#options.browser.isHiddenTarget(targetId)
  }

  #fence(up: boolean): void {
    if (up) for (const client of this.#clients) client.stopRecording()
    // In mode manual no turn begins and no drain runs: what is in flight ends here.
    if (up) return this.#cut(this.#options.control.mode === 'manual')
    this.#passkeys.resume()
    for (const client of this.#clients) client.reopen()
  }

  #cut(now: boolean): void {
    if (!now) return
    for (const client of this.#clients) client.cut()
    this.#passkeys.suspend()
  }

  #drain(): Promise<void> {
    this.#drained?.()
    return new Promise((resolve) => {
      this.#drained = resolve
      this.#checkDrained()
    })
  }

  #checkDrained(): void {
    for (const client of this.#clients) if (client.fencedInFlight > 0) return
    this.#drained?.()
    this.#drained = null
  }

  #closeAll(code: number, reason: string): void {
    for (const client of [...this.#clients]) client.close(code, reason)
  }
}
