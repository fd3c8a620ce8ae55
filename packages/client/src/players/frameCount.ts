/** Frames as proof of life: how many since the picture began, when they last moved, when anything was last heard. */
import { MOTION_GAP_MS } from '../status.ts'

export class FrameCount {
  readonly #everyFrameIsNew: boolean
  #frames = 0
  #lastFrameAt = -Infinity
  #lastMotionAt: number | null = null
  #heardAt: number | null = null

  /** `everyFrameIsNew`: nothing is sent twice, so that a single frame is motion. */
  constructor({ everyFrameIsNew = false } = {}) {
    this.#everyFrameIsNew = everyFrameIsNew
  }

  get frames(): number {
    return this.#frames
  }

  get lastMotionAt(): number | null {
    return this.#lastMotionAt
  }

  get heardAt(): number | null {
    return this.#heardAt
  }

  /** Answers with whether it is the first. */
  frame(at: number): boolean {
    if (this.#everyFrameIsNew || at - this.#lastFrameAt < MOTION_GAP_MS) this.#lastMotionAt = at
    this.#lastFrameAt = at
    this.heard(at)
    return this.#frames++ === 0
  }

  /** Frames that were counted, not seen one by one: a hidden page's. Answers with whether the first is among them. */
  counted(frames: number, at: number): boolean {
    const first = this.#frames === 0
    this.#frames += frames
    if (frames >= 3) this.#lastMotionAt = Math.max(this.#lastMotionAt ?? 0, at)
    return first
  }

  heard(at: number): void {
    this.#heardAt = Math.max(this.#heardAt ?? 0, at)
  }

  /** What is shown from now on must be new: frames from before prove nothing. */
  restart(): void {
    this.#frames = 0
    this.#lastMotionAt = null
  }

  reset(): void {
    this.restart()
    this.#heardAt = null
  }
}
