/** What viewers upload for file choosers, on disk. */
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { TandemError, type Upload } from '@tandem/protocol'

const MAX_NAME_CHARS = 150

export class Uploads {
  #folder: string
  readonly #uploads = new Map<string, string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Another folder from now on; before anything was put into the first one. */
  move(folder: string): void {
    this.#folder = folder
  }

  async save({ name, mime, data }: { name: string; mime: string; data: Buffer }): Promise<Upload> {
    const id = randomUUID()
    // The page sees the file's name; its folder keeps equal names apart.
    const folder = join(this.#folder, id)
    const path = join(folder, safeName(name))
    await mkdir(folder, { recursive: true })
    await writeFile(path, data)
    this.#uploads.set(id, path)
    return { id, name: basename(path), mime, size: data.length }
  }

  path(id: string): string {
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
