/**
 * Capture to shown, ms. The sender stamps each frame with its capture time: of a peer's frames by the RTP extension
 * abs-capture-time (NTP, the server machine's clock), where the frame callback of the video element names the frame
 * by its RTP timestamp and says when it is on the screen; of painted frames in the packet's header. The two clocks
 * are one by `ServerClock.offsetMs`. https://webrtc.org/experiments/rtp-hdrext/abs-capture-time/
 */
/** From 1900, where NTP begins, to 1970. */
const NTP_TO_UNIX_MS = 2_208_988_800_000
const KEPT = 120
const FEWEST = 3
/** Anything outside is a clock gone wrong, no latency. */
const PLAUSIBLE_MS = 20_000

/** What of a frame's metadata is used. */
export interface FrameTimes {
  rtpTimestamp?: number
  /** Local monotonic time at which the frame is on the screen. */
  expectedDisplayTime: number
  /** Chromium's own estimate in local time, where the sender's reports allow one. */
  captureTime?: number
}

export interface CaptureStamp {
  rtpTimestamp: number
  /** ms since 1900 on the sender's clock. */
  captureTimestamp?: number
}

export class GlassToGlass {
  #values: number[] = []

  /** `offsetMs`: server's clock minus ours; `timeOrigin`: of the monotonic clock. Returns the latency where it can be known. */
  add(frame: FrameTimes, stamps: readonly CaptureStamp[], offsetMs: number, timeOrigin: number): number | null {
    const stamp = stamps.find((candidate) => candidate.rtpTimestamp === frame.rtpTimestamp)
    let value: number | null = null
    if (stamp?.captureTimestamp !== undefined) value = timeOrigin + frame.expectedDisplayTime + offsetMs - (stamp.captureTimestamp - NTP_TO_UNIX_MS)
    else if (frame.captureTime !== undefined) value = frame.expectedDisplayTime - frame.captureTime
    return this.#keep(value)
  }

  /** A painted frame; both times in ms since the epoch on the server's clock. */
  addPainted(capturedAt: number, shownAt: number): number | null {
    return this.#keep(shownAt - capturedAt)
  }

  /** Median since the last call; null when too few frames told: a page at rest is sent again with the capture time of long ago. */
  take(): number | null {
    const sorted = this.#values.sort((a, b) => a - b)
    this.#values = []
    const median = sorted[sorted.length >> 1]
    return median === undefined || sorted.length < FEWEST ? null : Math.round(median * 10) / 10
  }

  #keep(value: number | null): number | null {
    if (value === null || value < -50 || value > PLAUSIBLE_MS) return null
    this.#values.push(value)
    if (this.#values.length > KEPT) this.#values.shift()
    return value
  }
}
