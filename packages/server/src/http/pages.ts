/**
 * The built pages as they are served: Vite writes the addresses of their files as relative ones, and a page may stand at
 * any depth, so each is made absolute for the base path under which it was asked for; the page itself is told that path.
 */
import { readFile } from 'node:fs/promises'

/** `base` as `basePath` gives it: letters that need no escaping in HTML. */
export async function pageAt(file: string, base: string): Promise<string> {
  return rebased(await readFile(file, 'utf8'), base)
}

export function rebased(html: string, base: string): string {
  return html.replaceAll('="./', `="${base}/`).replace('data-base=""', `data-base="${base}"`)
}
