/**
 * What pages download: always into the session's own folder, each under its id, whoever else wants it. Chromium keeps one
 * behaviour for a context, the last that anybody set, so it is set from here alone; the gateway hands files on to agents.
 */
import { EventEmitter } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TandemError, type Download } from '@tandem/protocol'
import type { CdpSession, Protocol } from './connection.ts'
import { toldUrl } from './texts.ts'

/** Which context a page is in; `Tabs` fits. */
export interface Contexts {
  /** Chromium's own first context; undefined before it is known. */
  readonly defaultContextId: string | undefined
  /** Of the frame or page; null when it is gone. */
  contextOf(frameId: string): string | null
}

export interface DownloadsEvents {
  download: [Download]
  /** As Chromium tells it. Its context is null when the page has gone already. */
  began: [Protocol.Browser.DownloadWillBeginEvent & { contextId: string | null }]
  moved: [Protocol.Browser.DownloadProgressEvent]
}

export class Downloads {
  readonly events = new EventEmitter<DownloadsEvents>()
  readonly #contexts: Contexts
  readonly #all = new Map<string, { download: Download; path: string }>()
  /** Contexts of agents whose downloads come here, too. */
  readonly #followed = new Map<string, Promise<unknown>>()
  #folder: string
  #root: CdpSession | null = null

  constructor(folder: string, contexts: Contexts) {
    this.#folder = folder
    this.#contexts = contexts
  }

  /** Follows the downloads of the default context. */
  async start(root: CdpSession): Promise<void> {
    this.#root = root
    root.on('Browser.downloadWillBegin', (event) => this.#began(event))
    root.on('Browser.downloadProgress', (event) => this.#progressed(event))
    await this.#collect(root)
  }

  /** Another folder from now on; before anything was put into the first one. */
  async move(root: CdpSession, folder: string): Promise<void> {
    this.#folder = folder
    await this.#collect(root)
  }

  /** Those of another context come here as well from now on. Rejects when there is no such context. */
  async follow(contextId: string): Promise<void> {
    if (contextId === this.contextId(undefined)) return
    const root = this.#root
    if (!root) return
    const followed = this.#followed.get(contextId) ?? this.#collect(root, contextId)
    this.#followed.set(contextId, followed)
    await followed.catch((error: unknown) => {
      this.#followed.delete(contextId)
      throw error
    })
  }

  /** The context that a client names by its id, or, the default one, by none. */
  contextId(named: string | undefined): string {
    return named ?? this.#contexts.defaultContextId ?? ''
  }

  contextOf(frameId: string): string | null {
    return this.#contexts.contextOf(frameId)
  }

  cancel(id: string): void {
    const contextId = [...this.#followed.keys()]
    // It is asked of a context, and of those that it is not in Chromium says no.
    for (const browserContextId of [undefined, ...contextId]) this.#root?.post('Browser.cancelDownload', { guid: id, browserContextId })
  }

  get list(): Download[] {
    return [...this.#all.values()].map(({ download }) => ({ ...download }))
  }

  /** Of a completed one. @throws TandemError `file/not-found` */
  path(id: string): string {
    const entry = this.#all.get(id)
    if (entry?.download.state !== 'completed') throw new TandemError('file/not-found', entry ? 'This download is not complete.' : 'No such download.')
    return entry.path
  }

  async #collect(root: CdpSession, browserContextId?: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await root.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', browserContextId, downloadPath: this.#folder, eventsEnabled: true })
  }

  #began(event: Protocol.Browser.DownloadWillBeginEvent): void {
    const { guid, url, suggestedFilename, frameId } = event
    if (this.#all.has(guid)) return
    const download: Download = { id: guid, name: suggestedFilename, url: toldUrl(url), state: 'in-progress', received_bytes: 0, total_bytes: null }
    this.#all.set(guid, { download, path: join(this.#folder, guid) })
    this.events.emit('download', { ...download })
    this.events.emit('began', { ...event, contextId: this.contextOf(frameId) })
  }

  #progressed(event: Protocol.Browser.DownloadProgressEvent): void {
    const { guid, state, receivedBytes, totalBytes } = event
    const entry = this.#all.get(guid)
    if (!entry || entry.download.state !== 'in-progress') return
    const before = JSON.stringify(entry.download)
    entry.download.state = state === 'inProgress' ? 'in-progress' : state === 'completed' ? 'completed' : 'cancelled'
    entry.download.received_bytes = receivedBytes
    entry.download.total_bytes = totalBytes > 0 ? totalBytes : null
    // Chromium tells each step twice.
    if (JSON.stringify(entry.download) === before) return
    this.events.emit('download', { ...entry.download })
    this.events.emit('moved', event)
  }
}
