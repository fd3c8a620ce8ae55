/** The texts that Chromium is sent for every frame of a human's turn, made of the functions in this folder. */
import { cursorOver } from './cursor.ts'
import { openList } from './openList.ts'
import { pickers } from './pickers.ts'
import { secretFields } from './secretFields.ts'
import { shadowRoots } from './shadowRoots.ts'
import { wheelZoom } from './wheelZoom.ts'
import { watchPage, type Parts } from './watchPage.ts'
import { wrapPage } from './wrapPage.ts'

const PARTS: Parts = { cursorOver, openList, pickers, secretFields, shadowRoots, wheelZoom }

/** For our isolated world. */
export function watchSource(channel: string): string {
  const parts = Object.entries(PARTS).map(([name, part]) => `${name}: ${part}`)
  return `(${watchPage})(${JSON.stringify(channel)}, { ${parts.join(', ')} })`
}

/** For the page's own world. */
export function wrapSource(channel: string): string {
  return `(${wrapPage})(${JSON.stringify(channel)})`
}
