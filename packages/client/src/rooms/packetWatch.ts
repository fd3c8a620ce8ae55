/**
 * Whether packets of a picture still come. The browser sends a page at rest again every few seconds, so that a silent
 * picture is told from one that rests: its far end is gone, or hangs, though the room's own connection is well.
 */

/** A page at rest was seen to be silent for 4 s; a slow machine needs more. */
export const SILENT_MS = 10_000
const LOOK_EVERY_MS = 1_000

/** What is asked of a track of livekit-client. */
export interface Watched {
  getRTCStatsReport(): Promise<RTCStatsReport | undefined>
}

export class PacketWatch {
  readonly #changed: () => void
  #track: Watched | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  #packets = 0
  #heardAt = 0
  #silent = false

  /** `changed`: `silent` has, of the track that is watched. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get silent(): boolean {
    return this.#silent
  }

  /** From now on this one, which gets its time anew; the same one goes on. Null: none. */
  watch(track: Watched | null): void {
    if (track === this.#track) return
    this.#track = track
    clearInterval(this.#timer)
    this.#packets = 0
    this.#heardAt = performance.now()
    this.#silent = false
    if (track) this.#timer = setInterval(() => void this.#look(track), LOOK_EVERY_MS)
  }

  async #look(track: Watched): Promise<void> {
    const packets = packetsOf(await track.getRTCStatsReport().catch(() => undefined))
    if (track !== this.#track) return
    const now = performance.now()
    if (packets > this.#packets) this.#heardAt = now
    this.#packets = packets
    const silent = now - this.#heardAt > SILENT_MS
    if (silent === this.#silent) return
    this.#silent = silent
    this.#changed()
  }
}

function packetsOf(report: RTCStatsReport | undefined): number {
  for (const stat of report?.values() ?? []) if (stat.type === 'inbound-rtp' && stat.kind === 'video') return Number(stat.packetsReceived ?? 0)
  return 0
}
