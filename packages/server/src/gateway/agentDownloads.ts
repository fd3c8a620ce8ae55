/**
 * Downloads for agents. Chromium has one place for them, and it is the session's; each client gets the events that it
 * asked for, and a copy of each file at the path and under the name that it asked for, as if it were alone. What begins
 * while a human drives is the human's, and nothing of it is told or given to any agent. One for all clients of a gateway.
 */
import { copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Downloads, Protocol } from '@tandem/browser'
import { TandemError } from '@tandem/protocol'
import type { Control } from '../control/control.ts'
import type { ClientSession } from './clientSession.ts'
import type { Command } from './commands.ts'
import { assertPathsAllowed } from './paths.ts'

const SET = 'Browser.setDownloadBehavior'
/** Answered here: Chromium would do them for all clients at once. */
export const OF_DOWNLOADS: ReadonlySet<string> = new Set([SET, 'Page.setDownloadBehavior', 'Browser.cancelDownload'])

export type DownloadSource = Pick<Downloads, 'events' | 'follow' | 'contextId' | 'contextOf' | 'path' | 'cancel'>

/** A client, seen from here. */
export interface Downloader {
  /** In one of its browser sessions. */
  tell(sessionId: string, method: string, params: object): void
}

interface Wish {
  behavior: 'deny' | 'allow' | 'allowAndName'
  folder: string | null
}

interface Wishes {
  /** By context. */
  byContext: Map<string, Wish>
  /** Sessions with events on. */
  sessions: Set<string>
}

interface Transfer {
  /** Null: its id is its name. */
  name: string | null
  followers: Map<Downloader, Wish | null>
  done: PromiseWithResolvers<void>
}

export interface AgentDownloadsOptions {
  source: DownloadSource
  control: Pick<Control, 'fenced'>
  privateDir: string | undefined
  log: (message: string, details: object) => void
}

export class AgentDownloads {
  readonly #options: AgentDownloadsOptions
  readonly #clients = new Map<Downloader, Wishes>()
  readonly #transfers = new Map<string, Transfer>()
  /** Those that began while a human drove. */
  readonly #ofHuman = new Set<string>()

  constructor(options: AgentDownloadsOptions) {
    this.#options = options
    options.source.events.on('began', this.#began).on('moved', this.#moved)
  }

  close(): void {
    this.#options.source.events.off('began', this.#began).off('moved', this.#moved)
    for (const { done } of this.#transfers.values()) done.resolve()
  }

  /** Does one of `OF_DOWNLOADS`. Rejects as Chromium would. */
  async handle(client: Downloader, { method, params }: Command, session: ClientSession): Promise<void> {
    if (method === 'Browser.cancelDownload') return this.#cancel(client, params['guid'])
    const { source } = this.#options
    const { behavior, downloadPath, eventsEnabled, browserContextId } = params
    const named = method === SET ? browserContextId : session.pageTargetId && source.contextOf(session.pageTargetId)
    const contextId = source.contextId(typeof named === 'string' ? named : undefined)
    const isWish = behavior === 'deny' || behavior === 'allow' || behavior === 'allowAndName'
    const folder = typeof downloadPath === 'string' && downloadPath !== '' ? downloadPath : null
    if (isWish && behavior !== 'deny' && folder === null) throw new TandemError('browser/method-failed', 'downloadPath not provided')
    if (isWish) await source.follow(contextId)
    // Two of one client may wait at once.
    const wishes = this.#clients.get(client) ?? { byContext: new Map(), sessions: new Set() }
    this.#clients.set(client, wishes)
    if (isWish) wishes.byContext.set(contextId, { behavior, folder })
    else wishes.byContext.delete(contextId)
    if (method !== SET) return
    if (eventsEnabled === true) wishes.sessions.add(session.id)
    else wishes.sessions.delete(session.id)
  }

  /** A session of the client ended. */
  ended(client: Downloader, sessionId: string): void {
    this.#clients.get(client)?.sessions.delete(sessionId)
  }

  forget(client: Downloader): void {
    this.#clients.delete(client)
    for (const { followers } of this.#transfers.values()) followers.delete(client)
  }

  /** Resolves when every client has its copy; null: nothing is being copied. Clients read their file when they hear of its end. */
  whenDelivered(id: string): Promise<void> | null {
    return this.#transfers.get(id)?.done.promise ?? null
  }

  isOfHuman(id: string): boolean {
    return this.#ofHuman.has(id)
  }

  #began = (event: Protocol.Browser.DownloadWillBeginEvent & { contextId: string | null }): void => {
    const { source, control } = this.#options
    if (control.fenced) return void this.#ofHuman.add(event.guid)
    const { contextId, ...begin } = event
    const transfer: Transfer = { name: nameOf(event.suggestedFilename), followers: new Map(), done: Promise.withResolvers() }
    const wishes: Wish[] = []
    for (const [client, { byContext, sessions }] of this.#clients) {
      // Of a page that has gone already nobody knows the context.
      const wish = byContext.get(contextId ?? source.contextId(undefined)) ?? (contextId === null ? byContext.values().next().value : undefined)
      if (wish) wishes.push(wish)
      if (!wish && sessions.size === 0) continue
      this.#tell(client, 'Browser.downloadWillBegin', begin)
      if (wish?.behavior === 'deny') this.#tellCancelled(client, event.guid)
      else transfer.followers.set(client, wish ?? null)
    }
    if (transfer.followers.size > 0) this.#transfers.set(event.guid, transfer)
    if (wishes.length > 0 && wishes.every(({ behavior }) => behavior === 'deny')) source.cancel(event.guid)
  }

  #moved = (event: Protocol.Browser.DownloadProgressEvent): void => {
    const transfer = this.#transfers.get(event.guid)
    if (!transfer) return
    if (event.state === 'completed') return void this.#deliver(transfer, event)
    for (const client of transfer.followers.keys()) this.#tell(client, 'Browser.downloadProgress', event)
    if (event.state === 'canceled') this.#end(event.guid, transfer)
  }

  async #deliver(transfer: Transfer, event: Protocol.Browser.DownloadProgressEvent): Promise<void> {
    const { filePath: _ours, ...progress } = event
    const deliveries = [...transfer.followers].map(async ([client, wish]) => {
      const filePath = wish && (await this.#copy(event.guid, transfer.name, wish))
      // Gone meanwhile, or has cancelled.
      if (!transfer.followers.has(client)) return
      if (wish && filePath === null) this.#tellCancelled(client, event.guid)
      else this.#tell(client, 'Browser.downloadProgress', { ...progress, ...(filePath === null ? {} : { filePath }) })
    })
    await Promise.all(deliveries)
    this.#end(event.guid, transfer)
  }

  /** Answers with its path; null when it cannot be written there. */
  async #copy(id: string, name: string | null, { behavior, folder }: Wish): Promise<string | null> {
    const { source, privateDir, log } = this.#options
    if (folder === null) return null
    const path = join(folder, behavior === 'allowAndName' ? id : (name ?? id))
    // Whoever waits for the file in its folder finds it whole.
    const unfinished = `${path}.${id}.crdownload`
    try {
      // It may lead elsewhere by now.
      if (privateDir !== undefined) assertPathsAllowed(SET, { downloadPath: folder }, privateDir)
      await mkdir(folder, { recursive: true })
      await copyFile(source.path(id), unfinished)
      await rename(unfinished, path)
      return path
    } catch (error) {
      log('A download could not be brought to where a client wants it', { err: error })
      await rm(unfinished, { force: true }).catch(() => {})
      return null
    }
  }

  /** The others, and the viewers, keep it: it ends in Chromium when nobody else follows it. */
  #cancel(client: Downloader, id: unknown): void {
    const transfer = typeof id === 'string' ? this.#transfers.get(id) : undefined
    if (typeof id !== 'string' || !transfer?.followers.delete(client))
      throw new TandemError('browser/method-failed', 'No download item found for the given GUID')
    this.#tellCancelled(client, id)
    if (transfer.followers.size > 0) return
    this.#options.source.cancel(id)
    this.#end(id, transfer)
  }

  #end(id: string, transfer: Transfer): void {
    this.#transfers.delete(id)
    transfer.done.resolve()
  }

  #tellCancelled(client: Downloader, guid: string): void {
    this.#tell(client, 'Browser.downloadProgress', { guid, totalBytes: 0, receivedBytes: 0, state: 'canceled' })
  }

  #tell(client: Downloader, method: string, params: object): void {
    for (const sessionId of this.#clients.get(client)?.sessions ?? []) client.tell(sessionId, method, params)
  }
}

/** The site says it: a file, and no way to another folder. */
function nameOf(suggested: string): string | null {
  const name = basename(suggested)
  return /^\.*$/.test(name) ? null : name
}
