/**
 * Files of the server's machine that an agent names: those that it puts into a page, and the folder that its
 * downloads go to. An agent is trusted with them as any local program is, but not with the server's own data:
 * keys, the store, other sessions.
 */
import { realpathSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { TandemError } from '@tandem/protocol'

/** Commands that show a page the content of files, and of all that lies below a folder. */
const READS: ReadonlyMap<string, (params: Record<string, unknown>) => unknown> = new Map([
  ['DOM.setFileInputFiles', ({ files }) => files],
  // What is dropped on a page is the page's to read, as what is chosen is.
  ['Input.dispatchDragEvent', ({ data }) => (typeof data === 'object' && data !== null && 'files' in data ? data.files : undefined)],
])
/** Commands that say where Chromium writes. */
const WRITES: ReadonlySet<string> = new Set(['Browser.setDownloadBehavior', 'Page.setDownloadBehavior'])

/** Throws gateway/method-refused when the command names a path inside of the folder, or one to read above it, by whatever way. */
export function assertPathsAllowed(method: string, params: Record<string, unknown>, privateDir: string): void {
  const read: unknown = READS.get(method)?.(params)
  const isRefused = Array.isArray(read)
    ? read.some((path: unknown) => typeof path === 'string' && (isInside(real(path), real(privateDir)) || isInside(real(privateDir), real(path))))
    : WRITES.has(method) && typeof params['downloadPath'] === 'string' && isInside(real(params['downloadPath']), real(privateDir))
  if (isRefused) throw new TandemError('gateway/method-refused', `${method} may not use the server's own files.`, { method })
}

/** Without links; of a path that is not there yet, its folder's. */
function real(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch {
    const parent = dirname(absolute)
    return parent === absolute ? absolute : join(real(parent), relative(parent, absolute))
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
