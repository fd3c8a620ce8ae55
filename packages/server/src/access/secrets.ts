/** Secrets at rest and in comparison: kept as hashes, compared in constant time, made once and kept in files of mode 0600. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

export function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Takes the same time wherever they differ, and whatever their lengths. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(hashOf(one), hashOf(other))
}

export async function readOrMake(path: string, make: () => string): Promise<string> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (text !== '') return text
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const text = make()
  await writeFile(path, text + '\n', { mode: 0o600 })
  return text
}
