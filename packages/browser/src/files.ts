/** Files of a session on disk: what viewers upload for file choosers, and what pages download. */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { TandemError, type Download, type Upload } from '@tandem/protocol'
import type { CdpSession, Protocol } from './connection.ts'
import { toldUrl } from './texts.ts'

const MAX_NAME_CHARS = 150

export class Files {
  readonly events = new EventEmitter<{ download: [Download] }>()
  #folder: string
  readonly #uploads = new Map<string, string>()
  readonly #downloads = new Map<string, { download: Download; path: string }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Follows the downloads of the default context; what an agent sets for its own contexts stays. */
  async start(root: CdpSession): Promise<void> {
    root.on('Browser.downloadWillBegin', ({ guid, url, suggestedFilename }) => {
      if (this.#downloads.has(guid)) return
      const download: Download = { id: guid, name: suggestedFilename, url: toldUrl(url), state: 'in-progress', received_bytes: 0, total_bytes: null }
      this.#downloads.set(guid, { download, path: join(this.#downloadPath, guid) })
      this.events.emit('download', { ...download })
    })
    root.on('Browser.downloadProgress', (progress) => void this.#progressed(progress))
    await this.#setFolder(root)
  }

  /** Another folder from now on; before anything was put into the first one. */
  async move(root: CdpSession, folder: string): Promise<void> {
    this.#folder = folder
    await this.#setFolder(root)
  }

  async #setFolder(root: CdpSession): Promise<void> {
    await mkdir(this.#downloadPath, { recursive: true })
    await root.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath: this.#downloadPath, eventsEnabled: true })
  }

  get #downloadPath(): string {
    return join(this.#folder, 'downloads')
  }

  async #progressed({ guid, state, receivedBytes, totalBytes, filePath }: Protocol.Browser.DownloadProgressEvent): Promise<void> {
    const entry = this.#downloads.get(guid)
    if (!entry || entry.download.state !== 'in-progress') return
    const before = JSON.stringify(entry.download)
    if (state === 'completed' && filePath && filePath !== entry.path) {
      // An agent chose another folder, and takes it away when it leaves: what viewers were told of stays here.
      const kept = await copyFile(filePath, entry.path).then(
        () => true,
        () => false,
      )
      if (!kept) entry.path = filePath
    }
    entry.download.state = state === 'inProgress' ? 'in-progress' : state === 'completed' ? 'completed' : 'cancelled'
    entry.download.received_bytes = receivedBytes
    entry.download.total_bytes = totalBytes > 0 ? totalBytes : null
    // Chromium tells each step twice.
    if (JSON.stringify(entry.download) !== before) this.events.emit('download', { ...entry.download })
  }

  get downloads(): Download[] {
    return [...this.#downloads.values()].map(({ download }) => ({ ...download }))
  }

  downloadPath(id: string): string {
    const entry = this.#downloads.get(id)
    if (entry?.download.state !== 'completed') throw new TandemError('file/not-found', entry ? 'This download is not complete.' : 'No such download.')
    return entry.path
  }

  async save({ name, mime, data }: { name: string; mime: string; data: Buffer }): Promise<Upload> {
    const id = randomUUID()
    // The page sees the file's name; its folder keeps equal names apart.
    const folder = join(this.#folder, 'uploads', id)
    const path = join(folder, safeName(name))
    await mkdir(folder, { recursive: true })
    await writeFile(path, data)
    this.#uploads.set(id, path)
    return { id, name: basename(path), mime, size: data.length }
  }

  uploadPath(id: string): string {
    const path = this.#uploads.get(id)
    if (!path) throw new TandemError('file/not-found', 'No such upload. Send the file again.')
    return path
  }
}

/** A viewer names its file: no folders, no control characters, nothing hidden. */
function safeName(name: string): string {
  // oxlint-disable-next-line no-control-regex
  const last =
    name
      .split(/[/\\]/)
      .at(-1)
      ?.replace(/[\u0000-\u001f\u007f]/g, '')
      .replace(/^\.+/, '') ?? ''
  const dot = last.lastIndexOf('.')
  const extension = dot > 0 ? last.slice(dot).slice(0, 20) : ''
  const stem = (dot > 0 ? last.slice(0, dot) : last).slice(0, MAX_NAME_CHARS)
  return stem + extension || 'file'
}
