/**
 * Decides from the times at which frames were drawn whether the page runs late, and when a quiet frame is worth asking
 * for. Pure: times come in, a wish comes out; quietFrame.ts reads the frames. docs/latency.md has the mechanism.
 *
 * A captured frame's timestamp is the moment of its draw, and the display ticks at whole multiples of its interval.
 * In step, the draw waits for the page: it comes as long after the tick as the page needs. Late, the frame has lain
 * there since the interval before, and is drawn at the tick at once.
 */
import type { StreamInfo } from '@tandem/protocol'

export type QuietFrameInfo = StreamInfo['quietFrame']

/** Chromium's own clock of a display without a screen: 60 Hz in whole microseconds, ticks counted from zero. */
const INTERVAL_US = 16_666
/** A longer gap was a rest: after it the page is in step by itself. */
const REST_US = INTERVAL_US * 1.5
const RUN_FRAMES = 12
/** From here on a run ends once it is late: more frames would not change that, and on a busy machine they may not come in one run. */
const SHORT_RUN_FRAMES = 6
/** The earliest draws tell; a few of a run may be early by chance. */
const EARLY_RANK = 1
/** Draws at the tick were seen at 0.2 to 0.65 ms after it, under load too; a page that paints by script needs 0.9 ms or more. */
const AT_TICK_MS = 0.35
const LATE_BELOW_MS = 0.7
/** Draws that scatter over half the interval say nothing: the machine is overloaded, or the display has another clock. */
const MAX_SPREAD_MS = 8
/** Draws at the tick, all of them the same: the compositor moves the page without a script, and such frames are never late. */
const COMPOSITOR_SPREAD_MS = 0.35
/** A quiet frame that helped moves the draw by at least this much. */
const MIN_GAIN_MS = 0.3
/** Without a run that tells anything for so long, what the last one told is no longer said. */
const STALE_MS = 1_500
/** Of the frames of that time: with fewer in short order the page does rest between them. */
const MOVING_SHARE = 0.5
const HELPED_BACK_OFF_MS = 150
/** A page that rested for a frame and is late again may have janked once more: tried again soon, a few times. */
const RETRY_MS = 150
const RETRIES = 3
const HELPED_FAILURES = 10
const FIRST_BACK_OFF_MS = 2_000
const MAX_BACK_OFF_MS = 60_000
/** How long a quiet frame may take to be applied and to show. */
const TRIAL_MS = 1_000

export class Lateness {
  #allowed = true
  #state: 'resting' | 'good' | 'late' | 'holding' | 'unknown' = 'resting'
  #applied = 0
  #failures = 0
  #notBefore = 0
  /** When the draw comes in this page while it is in step, once a quiet frame has shown it. */
  #inStep: number | null = null
  /** The quiet frame that was asked for; `rested`: the page has left out a frame since. */
  #trial: { since: number; before: number; rested: boolean } | null = null
  #judgedAt = -Infinity
  /** Frames since then, and those of them that came right after another. */
  #frames = 0
  #close = 0
  #last = -Infinity
  #lastNow = -Infinity
  #run: number[] = []

  get info(): QuietFrameInfo {
    return { state: this.#allowed ? this.#state : 'off', lateBy: this.#state === 'late' ? 1 : 0, applied: this.#applied }
  }

  /** In the middle of a run or a trial: the next frame is wanted. Between runs a reader may rest. */
  get busy(): boolean {
    return this.#run.length > 0 || this.#trial !== null
  }

  allow(allowed: boolean): void {
    this.#allowed = allowed
    this.#trial = null
  }

  /** Another page or another size: what was learnt does not hold for it. */
  reset(): void {
    this.#state = 'resting'
    this.#failures = 0
    this.#judgedAt = -Infinity
    this.#notBefore = 0
    this.#inStep = null
    this.#trial = null
    this.#run = []
    this.#last = -Infinity
  }

  /** A frame drawn at `timestampUs`, read at `now` (ms). True: ask for a quiet frame. */
  frame(timestampUs: number, now: number): boolean {
    const gap = timestampUs - this.#last
    this.#last = timestampUs
    this.#lastNow = now
    this.#forget(gap <= REST_US, now)
    if (gap > REST_US) {
      this.#run = []
      if (this.#trial) this.#trial.rested = true
    }
    this.#run.push((timestampUs % INTERVAL_US) / 1_000)
    if (this.#run.length < RUN_FRAMES && !this.#isLateAlready()) return false
    const run = this.#run.sort((a, b) => a - b)
    this.#run = []
    return this.#judge(run, now)
  }

  /** No frame came for a while: the page rests. */
  idle(now: number): void {
    if (now - this.#lastNow > 500) {
      this.#state = 'resting'
      this.#judgedAt = -Infinity
      this.#run = []
      this.#trial = null
    }
  }

  /** Runs that are broken off again and again, or that scatter, leave nothing to say. */
  #forget(close: boolean, now: number): void {
    if (this.#judgedAt === -Infinity) this.#judgedAt = now
    this.#frames++
    if (close) this.#close++
    if (now - this.#judgedAt < STALE_MS) return
    this.#state = this.#close > this.#frames * MOVING_SHARE ? 'unknown' : 'resting'
    this.#judgedAt = now
    this.#frames = 0
    this.#close = 0
  }

  #judge(run: readonly number[], now: number): boolean {
    const early = run[EARLY_RANK] ?? 0
    const spread = (run[run.length - 1 - EARLY_RANK] ?? 0) - early
    if (spread > MAX_SPREAD_MS) return false
    this.#judgedAt = now
    this.#frames = 0
    this.#close = 0
    const late = early < this.#threshold()
    if (this.#trial) this.#endTrial(this.#trial, early, late, now)
    if (!late) {
      this.#state = this.#applied > 0 ? 'holding' : 'good'
      return false
    }
    // Two quiet frames without effect, and nothing that scatters as scripts do.
    this.#state = this.#failures >= 2 && this.#inStep === null && spread < COMPOSITOR_SPREAD_MS ? 'good' : 'late'
    if (!this.#allowed || this.#trial || now < this.#notBefore) return false
    this.#trial = { since: now, before: early, rested: false }
    this.#applied++
    return true
  }

  #isLateAlready(): boolean {
    // Whether the compositor draws by itself is told by a whole run.
    if (this.#run.length < SHORT_RUN_FRAMES || (this.#failures >= 2 && this.#inStep === null)) return false
    const below = this.#threshold()
    return this.#run.filter((drawn) => drawn < below).length > EARLY_RANK
  }

  #threshold(): number {
    return this.#inStep === null ? LATE_BELOW_MS : Math.max(LATE_BELOW_MS, (AT_TICK_MS + this.#inStep) / 2)
  }

  #endTrial(trial: { since: number; before: number; rested: boolean }, early: number, late: boolean, now: number): void {
    const gain = early - trial.before
    const helped = !late && gain >= MIN_GAIN_MS
    if (!helped && !trial.rested && now - trial.since < TRIAL_MS) return
    this.#trial = null
    if (helped) {
      this.#failures = 0
      this.#inStep = early
    } else this.#failures++
    this.#notBefore = now + this.#backOff(helped, trial.rested)
  }

  /** A page that janks is helped again and again; one that does not answer is left alone for longer each time. */
  #backOff(helped: boolean, rested: boolean): number {
    if (helped) return HELPED_BACK_OFF_MS
    if (rested && this.#failures <= RETRIES) return RETRY_MS
    // It was helped before: on a busy machine it is not each time.
    if (this.#inStep !== null && this.#failures <= HELPED_FAILURES) return FIRST_BACK_OFF_MS
    return Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 4 ** Math.min(this.#failures - 1, 5))
  }
}
