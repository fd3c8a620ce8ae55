/**
 * What a page says of itself is as long as it likes, goes to every viewer each time that it changes, and into the
 * timeline: so much of it is told.
 */
export const MAX_TITLE_CHARS = 1_000
/** An icon may be a `data:` address. One that is longer is none. */
export const MAX_ICON_CHARS = 16_000
const MAX_URL_CHARS = 16_000
export const MAX_WORDS_CHARS = 10_000
const CUT = '…'

export function cut(text: string, most: number): string {
  return text.length > most ? text.slice(0, most) + CUT : text
}

/** Of a `data:` address of megabytes the beginning. */
export function toldUrl(url: string): string {
  return cut(url, MAX_URL_CHARS)
}

/** What was told is the whole address. */
export function isWholeUrl(told: string): boolean {
  return told.length <= MAX_URL_CHARS
}
