/**
 * What all outlets are fed by: the page's source, black in its place, or nothing while paused or closed. Owns which of
 * them it is and the black picture; an outlet says in `feed` what it does with it, and asks nobody else.
 */
import type { Quality } from '@tandem/protocol'
import { blackTrack, type FrameTrack } from './frameTrack.ts'
import type { Measured, Outlet } from './outlet.ts'
import type { Source } from './tab.ts'

export abstract class FedOutlet implements Outlet {
  abstract readonly id: string
  readonly #onChange: () => void
  #source: Source | null = null
  #black: FrameTrack | null = null
  #paused = false
  #closed = false

  /** `onChange`: whether it watches may have changed. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Takes `video` and `audio` as they are now. */
  protected abstract feed(): void
  /** Closed for good; called once. */
  protected abstract end(): void
  abstract setQuality(quality: Quality): void
  abstract measure(): Promise<Measured | null>
  abstract soundEnergy(): Promise<number | null>

  get watching(): boolean {
    return !this.#closed && !this.#paused && this.#black === null
  }

  /** Whether it watches may have changed. */
  protected changed(): void {
    this.#onChange()
  }

  protected get closed(): boolean {
    return this.#closed
  }

  /** What goes out now: the page, or black in its place; null: nothing. */
  protected get video(): MediaStreamTrack | null {
    return this.#closed || this.#paused ? null : (this.#black?.track ?? this.#source?.video ?? null)
  }

  /** The page's sound; null: nothing, as while its picture is black. */
  protected get audio(): MediaStreamTrack | null {
    return this.watching ? (this.#source?.audio ?? null) : null
  }

  /** The picture's size in device pixels, as it was asked for. */
  protected get size(): { width: number; height: number } {
    const { width = 1280, height = 720, scale = 1 } = this.#source?.target ?? {}
    return { width: width * scale, height: height * scale }
  }

  /** Has the present picture come once more, of a page at rest too. */
  protected refresh(): void {
    if (this.#black) this.#black.refresh()
    else this.#source?.refresh()
  }

  setSource(source: Source | null): void {
    this.#source = source
    this.feed()
  }

  pause(paused: boolean): void {
    if (this.#paused === paused) return
    this.#paused = paused
    this.feed()
    this.#onChange()
  }

  blank(blank: boolean): void {
    if ((this.#black !== null) === blank) return
    this.#black?.close()
    const { width, height } = this.size
    this.#black = blank ? blackTrack(Math.round(width), Math.round(height)) : null
    this.feed()
    this.#onChange()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#black?.close()
    this.end()
    this.#onChange()
  }
}
