/**
 * How many pictures may be on their way to one viewer. One alone would mean a picture a round trip, so that who is far
 * away sees few; a fixed number would queue old ones before a slow line. So one more is tried as long as those behind
 * others arrive hardly later than one that has the way to itself. Pure; `pictures.ts` uses it.
 */

const MAX_PICTURES = 8
/** Kernel and network hold them for a viewer who stops reading. A single picture may be larger. */
const MAX_BYTES = 1024 * 1024
/** So much later than alone: it waited behind those before it. */
const LATE_MS = 100
/** After that so many must arrive before one more is tried. */
const CAREFUL_FOR = 20

export class SendWindow {
  #size = 1
  #pictures = 0
  #bytes = 0
  /** What a picture takes that waits behind no other. */
  #aloneMs = Infinity
  #careful = 0
  #shrunkAt = -Infinity

  hasRoom(bytes: number): boolean {
    return this.#pictures === 0 || (this.#pictures < this.#size && this.#bytes + bytes <= MAX_BYTES)
  }

  /** One is sent, `now` in ms; answers with what is to be called when it has arrived. */
  send(bytes: number, now: number): (arrivedAt: number) => void {
    const isAlone = this.#pictures === 0
    this.#pictures += 1
    this.#bytes += bytes
    const isFull = this.#pictures >= this.#size
    return (arrivedAt) => {
      this.#pictures -= 1
      this.#bytes -= bytes
      const tookMs = arrivedAt - now
      if (!isAlone && tookMs > this.#aloneMs + LATE_MS) return this.#shrink(now, arrivedAt)
      this.#aloneMs = isAlone ? tookMs : Math.min(tookMs, this.#aloneMs)
      if (this.#careful > 0) this.#careful -= 1
      // A way that was not filled says nothing about one more.
      else if (isFull) this.#size = Math.min(MAX_PICTURES, this.#size + 1)
    }
  }

  /** Once for all that were sent before it was known. */
  #shrink(sentAt: number, now: number): void {
    if (sentAt < this.#shrunkAt) return
    this.#size = Math.ceil(this.#size / 2)
    this.#shrunkAt = now
    this.#careful = CAREFUL_FOR
  }
}
