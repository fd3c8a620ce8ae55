/**
 * Which rungs run, and which one is shown. Pure: what is known and the time come in, a plan comes out; rungs.ts
 * carries it out. It knows no players and no timers. The rules, by which its tests are named:
 *
 *   L1 The best rung that may be had is tried first.
 *   L2 A rung that shows nothing within its patience, or stalls, is not waited for: the next one starts beside it, and
 *      whichever shows first is shown.
 *   L3 What is shown changes only to a rung that shows; until then the last picture stays.
 *   L4 Worse rungs end when the shown one has gone well for a moment; a better one that shows nothing is given up.
 *   L5 A rung that was given up or failed is tried again after 10 s, doubling to 2 min, beside the shown one.
 *   L6 At once, when the server says that it is back, the network changed or the live socket is new.
 *   L7 What the server refuses is not tried; what this viewer can never play is never tried again.
 *   L8 Without the live socket only what needs it not is tried: screenshots, and a peer that is there already.
 *   L9 A rung that was chosen by hand is the only one, and is tried for ever; what was shown before stays until it shows.
 *   L10 A room keeps nobody waiting: where a better rung was waited for already, the one after the room starts with it.
 */
import { TRANSPORTS } from '@tandem/protocol'
import type { Rungs as Offers, Transport } from '@tandem/protocol'

/** A rung by name, `relay` (a peer through TURN only), or the best there is. */
export type Wish = Transport | 'relay' | 'auto'

/** From its start to a picture; longer, and the next rung starts beside it. */
export const PATIENCE_MS = 1_500
/** A better rung that shows nothing is given up after so long, when another one shows. */
export const GIVE_UP_MS = 10_000
/** The shown rung has gone well for so long: worse ones may end. */
export const SETTLED_MS = 1_000
/** The live socket may be away this long before pictures are fetched without it. */
export const SIGNALS_PATIENCE_MS = 3_000
export const BACKOFF_FIRST_MS = 10_000
export const BACKOFF_MAX_MS = 120_000
/** A rung that was chosen, or the last that is left, is tried again sooner: nothing is lost by it. */
export const ONLY_RETRY_MS = 1_000
/** A rung that was shown this long begins its back-off anew. */
const PROVEN_MS = 30_000
export const NO_SIGNALS = 'The live connection to the server cannot be opened: pictures come one by one, and control is not possible.'

/** How a running rung fares. */
export interface Report {
  /** Frames since it was started or resumed. */
  frames: number
  /** Why it must be thought still; null while it goes well. */
  stalled: string | null
}

export interface Plan {
  run: readonly Transport[]
  /** What is on the screen (its last picture, where it stalls); null: nothing yet. */
  show: Transport | null
  /** Why not a better one, or not the chosen one; null where there is nothing to say. */
  why: string | null
}

interface Rung {
  readonly transport: Transport
  /** This viewer can never play it. */
  barred: string | null
  /** The server does not offer it. */
  refused: string | null
  /** What went wrong last. */
  failure: string | null
  running: boolean
  /** Since when it goes well; null: it does not. */
  goodSince: number | null
  /** Since when it runs without showing anything new. */
  troubleSince: number
  patientUntil: number
  failedAt: number
  retryAt: number
  backoffMs: number
}

export class Ladder {
  readonly #rungs: readonly Rung[]
  #wish: Wish
  #shown: Transport | null = null
  #signalsLostAt: number | null

  /** The live socket counts as away until `signals` says otherwise: when it never opens, pictures come without it. */
  constructor(options: { wish: Wish; impossible: Partial<Record<Transport, string | null>>; now: number }) {
    this.#wish = options.wish
    this.#signalsLostAt = options.now
    this.#rungs = TRANSPORTS.map((transport) => ({
      transport,
      barred: options.impossible[transport] ?? null,
      // Few servers have one: it is not tried before it is offered.
      refused: transport === 'room' ? 'No LiveKit room was offered.' : null,
      failure: null,
      running: false,
      goodSince: null,
      troubleSince: options.now,
      patientUntil: options.now,
      failedAt: -Infinity,
      retryAt: -Infinity,
      backoffMs: BACKOFF_FIRST_MS,
    }))
  }

  get wish(): Wish {
    return this.#wish
  }

  /** Nothing that is wished for can ever be played here: why. */
  get impossible(): string | null {
    const allowed = this.#rungs.filter((rung) => this.#allowed(rung))
    return allowed.every((rung) => rung.barred !== null) ? (allowed[0]?.barred ?? null) : null
  }

  /** What keeps the best rung away, while nothing is shown well; for people. */
  get trouble(): string | null {
    const reasons = this.#rungs.filter((rung) => this.#allowed(rung)).map((rung) => reasonOf(rung))
    return reasons.find((reason) => reason !== null) ?? null
  }

  /** [L9] */
  choose(wish: Wish): void {
    // The same player on another route has to begin anew.
    if ((this.#wish === 'relay') !== (wish === 'relay')) stop(this.#of('webrtc'))
    this.#wish = wish
    this.networkChanged()
  }

  /** [L6] [L7] What the server says of each rung. */
  offered(offers: Offers): void {
    for (const transport of ['webrtc', 'room', 'websocket', 'jpeg'] as const) {
      const rung = this.#of(transport)
      if (rung.refused !== null && offers[transport] === null) forgive(rung)
      rung.refused = offers[transport]
    }
  }

  /** [L6] [L8] */
  signals(open: boolean, now: number): void {
    if (open === (this.#signalsLostAt === null)) return
    this.#signalsLostAt = open ? null : now
    for (const rung of this.#rungs) {
      rung.patientUntil = now + PATIENCE_MS
      if (open) forgive(rung)
      // It was not the rung that failed: it may begin again at once.
      else if (rung.running && rung.transport !== 'screenshots' && rung.transport !== this.#shown) stop(rung)
    }
  }

  /** [L6] */
  networkChanged(): void {
    for (const rung of this.#rungs) forgive(rung)
  }

  /** [L5] [L7] The player gave up, or the server refused it. */
  failed(transport: Transport, reason: string, fatal: boolean, now: number): void {
    const rung = this.#of(transport)
    if (fatal) rung.barred = reason
    this.#giveUp(rung, reason, now)
  }

  /** Nothing is wanted any more; what was learned stays. */
  stop(): void {
    for (const rung of this.#rungs) stop(rung)
    this.#shown = null
  }

  /** A pause proves nothing against anybody. */
  resumed(now: number): void {
    for (const rung of this.#rungs) if (rung.running) start(rung, now)
  }

  /** `reports`: of each rung that runs. */
  decide(reports: ReadonlyMap<Transport, Report>, now: number): Plan {
    for (const rung of this.#rungs) if (rung.running) look(rung, reports.get(rung.transport), now)
    const best = this.#rungs.find((rung) => rung.goodSince !== null && this.#allowed(rung)) ?? null
    // [L3]
    if (best) this.#shown = best.transport
    if (best) this.#tidy(best, now)
    // [L9] What is on the screen may stay until the chosen one shows; what ran beside it was not chosen.
    for (const rung of this.#rungs) if (rung.running && rung.transport !== this.#shown && !this.#allowed(rung)) stop(rung)
    this.#tryNext(best, now)
    return { run: this.#rungs.filter(({ running }) => running).map(({ transport }) => transport), show: this.#shown, why: this.#why() }
  }

  /** [L4] */
  #tidy(best: Rung, now: number): void {
    const settled = best.goodSince !== null && now - best.goodSince >= SETTLED_MS
    for (const rung of this.#rungs.filter((other) => other.running && other !== best)) {
      const better = this.#betterThan(best).includes(rung)
      if (!this.#allowed(rung) || (settled && !better)) stop(rung)
      else if (better && now - rung.troubleSince > GIVE_UP_MS) this.#giveUp(rung, rung.failure ?? nothingCame(rung), now)
    }
  }

  /** [L1] [L2] [L5] [L10] Starts the next rung when none that runs deserves patience: of those better than what is shown well. */
  #tryNext(best: Rung | null, now: number): void {
    const candidates = (best ? this.#betterThan(best) : this.#rungs).filter((rung) => this.#allowed(rung))
    const trying = candidates.filter(({ running }) => running)
    if (trying.some((rung) => now < rung.patientUntil)) return
    for (const rung of trying) rung.failure ??= nothingCame(rung)
    const idle = candidates.filter(({ running }) => !running)
    const [next, after] = idle.filter((rung) => this.#startable(rung, now) && now >= rung.retryAt)
    if (next) start(next, now)
    // [L10] To join takes a room longer than the shared encode, and may fail for the same network's sake.
    if (next?.transport === 'room' && after && trying.length > 0) start(after, now)
    // A black picture helps nobody: where nothing runs at all, the first in line need not wait out its time.
    if (!next && !best && trying.length === 0) {
      const [first] = idle.filter((rung) => this.#startable(rung, now)).sort((a, b) => a.retryAt - b.retryAt)
      if (first && now >= first.failedAt + ONLY_RETRY_MS) start(first, now)
    }
  }

  #startable(rung: Rung, now: number): boolean {
    if (rung.barred !== null || rung.refused !== null) return false
    const away = this.#signalsLostAt === null ? null : now - this.#signalsLostAt
    if (rung.transport !== 'screenshots') return away === null
    return away === null || away >= SIGNALS_PATIENCE_MS
  }

  #giveUp(rung: Rung, reason: string, now: number): void {
    stop(rung)
    rung.failure = reason
    rung.failedAt = now
    rung.retryAt = now + (this.#wish === 'auto' ? rung.backoffMs : ONLY_RETRY_MS)
    rung.backoffMs = Math.min(BACKOFF_MAX_MS, rung.backoffMs * 2)
  }

  #allowed({ transport }: Rung): boolean {
    return this.#wish === 'auto' || transport === (this.#wish === 'relay' ? 'webrtc' : this.#wish)
  }

  #betterThan(rung: Rung): readonly Rung[] {
    return this.#rungs.slice(0, this.#rungs.indexOf(rung))
  }

  #of(transport: Transport): Rung {
    const rung = this.#rungs.find((candidate) => candidate.transport === transport)
    if (!rung) throw new Error(`There is no rung ${transport}.`)
    return rung
  }

  #why(): string | null {
    if (this.#shown === null) return null
    if (this.#wish !== 'auto') return this.#allowed(this.#of(this.#shown)) ? null : this.trouble
    if (this.#shown === 'screenshots' && this.#signalsLostAt !== null) return NO_SIGNALS
    const reasons = this.#betterThan(this.#of(this.#shown)).map((rung) => reasonOf(rung))
    return reasons.find((reason) => reason !== null) ?? null
  }
}

function look(rung: Rung, report: Report | undefined, now: number): void {
  const trouble = rung.refused ?? report?.stalled ?? null
  if (report !== undefined && report.frames > 0 && trouble === null) {
    rung.goodSince ??= now
    rung.failure = null
    if (now - rung.goodSince > PROVEN_MS) rung.backoffMs = BACKOFF_FIRST_MS
    return
  }
  if (rung.goodSince !== null) rung.troubleSince = now
  // Whoever says that it is in trouble has had its patience.
  if (trouble !== null) rung.patientUntil = Math.min(rung.patientUntil, now)
  if (trouble !== null) rung.failure = trouble
  rung.goodSince = null
}

function start(rung: Rung, now: number): void {
  rung.running = true
  rung.goodSince = null
  rung.troubleSince = now
  rung.patientUntil = now + PATIENCE_MS
}

function stop(rung: Rung): void {
  rung.running = false
  rung.goodSince = null
}

function forgive(rung: Rung): void {
  rung.retryAt = rung.failedAt = -Infinity
  rung.backoffMs = BACKOFF_FIRST_MS
}

const reasonOf = (rung: Rung): string | null => rung.barred ?? rung.refused ?? rung.failure

const NOTHING_CAME: Record<Transport, string> = {
  webrtc: 'No way to the browser was found through this network (UDP may be blocked).',
  room: 'No video came from the LiveKit room.',
  websocket: 'No video came over the WebSocket.',
  jpeg: 'No pictures came over the WebSocket.',
  screenshots: 'No screenshot came from the server.',
}

function nothingCame({ transport }: Rung): string {
  return NOTHING_CAME[transport]
}
