/** Key frames asked of the encoder: at most one in KEY_FRAME_EVERY_MS for all viewers, and none while one is on its way. */
import { KEY_FRAME_EVERY_MS } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'

/** An asked key frame that does not come within this is asked for again. */
export const KEY_FRAME_ANSWER_MS = 2_000

export interface KeyFramesOptions {
  clock: Clock
  /** Somebody still waits for one. */
  needed(): boolean
  ask(): void
}

export class KeyFrames {
  readonly #options: KeyFramesOptions
  #askedAt = Number.NEGATIVE_INFINITY
  /** A key frame is on its way, or will be asked for when the limit allows: the alarm looks again. */
  #alarm: (() => void) | null = null

  constructor(options: KeyFramesOptions) {
    this.#options = options
  }

  /** Somebody needs one now. */
  want(): void {
    if (this.#alarm) return
    const wait = this.#askedAt + KEY_FRAME_EVERY_MS - this.#options.clock.now()
    if (wait <= 0) this.#ask()
    else this.#look(wait)
  }

  /** The encoder begins anew: the next one comes by itself. */
  expect(): void {
    this.#alarm?.()
    this.#askedAt = this.#options.clock.now()
    this.#look(KEY_FRAME_ANSWER_MS)
  }

  came(): void {
    this.#alarm?.()
    this.#alarm = null
  }

  close(): void {
    this.came()
  }

  #ask(): void {
    this.#askedAt = this.#options.clock.now()
    this.#options.ask()
    this.#look(KEY_FRAME_ANSWER_MS)
  }

  #look(afterMs: number): void {
    this.#alarm = this.#options.clock.after(afterMs, () => {
      this.#alarm = null
      if (this.#options.needed()) this.#ask()
    })
  }
}
