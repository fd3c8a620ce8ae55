/**
 * Measures each outlet's sending once a second and tells what is streamed (StreamInfo), when it changed.
 * Reads outlets and the picture; main.ts starts it while somebody watches.
 */
import type { StreamInfo } from '@tandem/protocol'
import { emit } from './emit.ts'
import type { SharedEncode } from './encoder.ts'
import type { Measured, Outlet } from './outlet.ts'
import type { QuietFrame } from './quietFrame.ts'
import { Sound } from './sound.ts'
import type { Source } from './tab.ts'

const PERIOD_MS = 1_000

interface Parts {
  outlets: ReadonlyMap<string, Outlet>
  quietFrame: QuietFrame
  source(): Source | null
  encode(): SharedEncode | null
}

export class Stats {
  readonly #parts: Parts
  readonly #sound = new Sound()
  #timer: ReturnType<typeof setInterval> | null = null
  #last: StreamInfo | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  setWatched(watched: boolean): void {
    if (watched === (this.#timer !== null)) return
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = watched ? setInterval(() => void this.measure(), PERIOD_MS) : null
  }

  /** Another tab or none is captured: told at once, with the measurements of the next round to follow. */
  sourceChanged(): void {
    this.#tell([])
  }

  /** One round: outlets choose their codecs, and what changed is told. */
  async measure(): Promise<void> {
    const watching = [...this.#parts.outlets.values()].filter((outlet) => outlet.watching)
    const source = this.#parts.source()
    const [measured] = await Promise.all([Promise.all(watching.map((outlet) => outlet.measure())), this.#sound.listen(watching, source)])
    this.#tell(measured.filter((one) => one !== null))
  }

  #tell(measured: readonly Measured[]): void {
    const source = this.#parts.source()
    // One object for all viewers: of the one that has it worst.
    const worst = measured.toSorted(
      (a, b) => Number(b.sending.limitation !== 'none') - Number(a.sending.limitation !== 'none') || b.sending.encodeMs - a.sending.encodeMs,
    )[0]
    const before = source ? this.#last : null
    const { tabId, width = 0, height = 0, scale = 1 } = source?.target ?? { tabId: null }
    const info: StreamInfo = {
      tabId,
      source: source?.target.source ?? 'none',
      width: Math.round(width * scale),
      height: Math.round(height * scale),
      captureFps: steady(before?.captureFps, Math.round(worst?.captureFps ?? 0), 3),
      codec: worst?.sending.codec ?? before?.codec ?? null,
      codecReason: worst?.choice?.reason ?? before?.codecReason ?? null,
      // A page that rests has no encode time worth telling: the last one stands.
      encodeMs: worst && worst.sending.fps >= 5 ? steady(before?.encodeMs, Math.round(worst.sending.encodeMs * 2) / 2, 1) : (before?.encodeMs ?? null),
      limitation: worst?.sending.limitation ?? before?.limitation ?? null,
      quietFrame: this.#parts.quietFrame.info(),
      audio: this.#sound.heard(source),
      shared: this.#shared(before?.shared ?? null),
    }
    if (JSON.stringify(info) === JSON.stringify(this.#last)) return
    this.#last = info
    emit({ type: 'stream', info })
  }

  #shared(before: StreamInfo['shared']): StreamInfo['shared'] {
    const now = this.#parts.encode()?.info ?? null
    if (!now) return null
    const kbps = steady(before?.kbps, now.kbps, Math.max(50, now.kbps * 0.25))
    return { ...now, kbps, fps: steady(before?.fps, now.fps, 3), encodeMs: steady(before?.encodeMs, now.encodeMs, 1) }
  }
}

/** The value told before, unless the new one differs enough to be news. */
function steady(before: number | null | undefined, now: number, tolerance: number): number {
  return before !== null && before !== undefined && now !== 0 && Math.abs(before - now) < tolerance ? before : now
}
