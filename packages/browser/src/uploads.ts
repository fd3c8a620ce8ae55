/** What viewers upload for file choosers, on disk. */
import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { TandemError, type Upload } from '@tandem/protocol'

const MAX_NAME_CHARS = 150
/** Deeper ones are cut from above: a path has a limit. */
const MAX_LEVELS = 16

export interface UploadedFile {
  name: string
  mime: string
  data: Buffer
  /** Where it lies in the folder that was chosen, as `photos/2026/a.png`. */
  path?: string
}

export class Uploads {
  #folder: string
  readonly #uploads = new Map<string, { path: string; inFolder: string }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Another folder from now on; before anything was put into the first one. */
  move(folder: string): void {
    this.#folder = folder
  }

  async save({ name, mime, data, path: given = name }: UploadedFile): Promise<Upload> {
    const id = randomUUID()
    // The page sees the file's name; its folder keeps equal names apart.
    const folder = join(this.#folder, id)
    const path = join(folder, safeName(name))
    await mkdir(folder, { recursive: true })
    await writeFile(path, data)
    const inFolder = given.split(/[/\\]/).filter(Boolean).slice(-MAX_LEVELS).map(safeName)
    this.#uploads.set(id, { path, inFolder: join(...(inFolder.length > 1 ? inFolder : ['files', safeName(name)])) })
    return { id, name: basename(path), mime, size: data.length }
  }

  path(id: string): string {
    return this.#find(id).path
  }

  /** Lays uploads out as the folder that they came from. Answers with its path. */
  async folder(ids: readonly string[]): Promise<string> {
    const uploads = ids.map((id) => this.#find(id))
    const root = join(this.#folder, randomUUID())
    for (const { path, inFolder } of uploads) {
      await mkdir(dirname(join(root, inFolder)), { recursive: true })
      await copyFile(path, join(root, inFolder))
    }
    const tops = new Set(uploads.map(({ inFolder }) => inFolder.split('/')[0] ?? ''))
    const [top = ''] = tops
    // Of several, the folder above them.
    return tops.size === 1 ? join(root, top) : root
  }

  #find(id: string): { path: string; inFolder: string } {
    const upload = this.#uploads.get(id)
    if (!upload) throw new TandemError('file/not-found', 'No such upload. Send the file again.')
    return upload
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
