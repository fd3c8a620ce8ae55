/**
 * Watches when the captured frames are drawn and asks the server for a quiet frame when the page runs late.
 * Reads short runs of frames, not all: lateness.ts decides. Runs only on a tab that somebody watches.
 */
import { emit } from './emit.ts'
import { Lateness, type QuietFrameInfo } from './lateness.ts'
import { platform } from './platform.ts'
import type { Source } from './tab.ts'

/** With the 200 ms of a run: how soon a jank is seen. */
const REST_BETWEEN_RUNS_MS = 100
/** Their times are kept when this page is busy for a moment; with one alone most runs break on a busy machine. */
const BUFFERED_FRAMES = 3
/** After the last frame of a movement: long enough that a pause within it does not count. */
const SETTLE_MS = 300

export class QuietFrame {
  readonly #lateness = new Lateness()
  readonly #see: (frame: VideoFrame) => void
  #reader: ReadableStreamDefaultReader<VideoFrame> | null = null
  #settle: ReturnType<typeof setTimeout> | undefined
  #settledAt = -Infinity

  /** `see` is shown the frames that are read anyway; they stay ours. */
  constructor(see: (frame: VideoFrame) => void) {
    this.#see = see
  }

  /** As StreamInfo says it, at this moment. */
  info(): QuietFrameInfo {
    this.#lateness.idle(performance.now())
    return this.#lateness.info
  }

  allow(allowed: boolean): void {
    this.#lateness.allow(allowed)
  }

  /** The source that is watched from now on; null: none. */
  watch(source: Source | null): void {
    void this.#reader?.cancel()
    this.#reader = null
    clearTimeout(this.#settle)
    this.#lateness.reset()
    if (!source) return
    const reader = new platform.MediaStreamTrackProcessor({ track: source.video, maxBufferSize: BUFFERED_FRAMES }).readable.getReader()
    this.#reader = reader
    void this.#read(reader, source)
  }

  async #read(reader: ReadableStreamDefaultReader<VideoFrame>, source: Source): Promise<void> {
    for (;;) {
      const { value: frame, done } = await reader.read()
      if (done) return
      if (reader !== this.#reader) return frame.close()
      const { timestamp } = frame
      this.#see(frame)
      frame.close()
      this.#armSettle(source)
      // Screencasts are pictures of the past and not judged.
      if (source.target.source === 'tab' && this.#lateness.frame(timestamp, performance.now())) emit({ type: 'quietFrameWanted', tabId: source.target.tabId })
      if (this.#lateness.busy) continue
      // Frames that were kept meanwhile are the newest, or come with a gap: either is a new run.
      await new Promise((resolve) => setTimeout(resolve, REST_BETWEEN_RUNS_MS))
    }
  }

  /** Brings the present picture once more; it is no movement after which the page comes to rest. */
  refresh(source: Source): void {
    this.#settledAt = performance.now()
    source.refresh()
  }

  /**
   * The last frame before a rest is sent once more: nothing that follows it would show a viewer that a packet of it
   * was lost, and the encoder uses the second time to sharpen what it had no bits for.
   */
  #armSettle(source: Source): void {
    clearTimeout(this.#settle)
    // This frame is the repeated one.
    if (performance.now() - this.#settledAt < SETTLE_MS) return
    this.#settle = setTimeout(() => this.refresh(source), SETTLE_MS)
  }
}
