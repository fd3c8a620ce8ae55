/** What the tests of this folder watch through: viewers whose network is the test's, a browser that notes what it is told. */
import { MEDIA_HEADER_BYTES, writeMediaHeader } from '@tandem/protocol'
import type { LiveEvent, MediaKind, ViewerStats } from '@tandem/protocol'
import type { MediaMessage } from '@tandem/browser'
import { FakeClock } from '../control/fakeClock.ts'
import { createLog } from '../log.ts'
import { Watchers } from '../sessions/watchers.ts'
import type { MediaOutlet, Watcher } from '../sessions/watchers.ts'
import type { FeedOptions } from './feed.ts'

/** A viewer at the end of a network that the test holds up. */
export class FakeWatcher implements Watcher {
  readonly viewer: Watcher['viewer']
  readonly arrival: Watcher['arrival']
  stats: ViewerStats | null = null
  /** Events and packets in the order in which they went out: `media.config`, `key 1`, `delta 2`, `sound 3`, `picture 4`. */
  readonly got: string[] = []
  readonly told: { event: LiveEvent; data: unknown }[] = []
  backlog = 0
  /** While false, what was sent does not arrive. */
  reads = true
  readonly #probes: (() => void)[] = []
  readonly media: MediaOutlet

  constructor(id: string) {
    this.viewer = { id, name: id, role: 'view', transport: null, joinedAt: new Date(0).toISOString(), kind: 'human' }
    const nobody = { tokenId: null, keyId: null, name: null, link: null, claim: null, claimedNow: false, expiresAt: null, address: null }
    this.arrival = { principal: { role: 'view', sessionId: null, ...nobody }, address: null, userAgent: null, base: '' }
    const backlog = (): number => this.backlog
    this.media = {
      get backlog() {
        return backlog()
      },
      send: (frame) => void this.got.push(nameOf(frame)),
      whenReached: (callback) => {
        this.#probes.push(callback)
        queueMicrotask(() => {
          if (this.reads) this.arrive()
        })
      },
    }
  }

  /** All that was sent is there. */
  arrive(): void {
    this.backlog = 0
    for (const callback of this.#probes.splice(0)) callback()
  }

  /** What it got since the last look. */
  take(): string[] {
    return this.got.splice(0)
  }

  welcome(): void {}

  send(event: LiveEvent, data: unknown): void {
    this.told.push({ event, data })
    this.got.push(event)
  }

  sendText(): void {}
  blank(): void {}
  close(): void {}
}

/** A message of the encoder; `seq` names it. */
export function message(kind: MediaKind, seq: number, keyFrame = kind !== 'video', config = 1): MediaMessage {
  const bytes = Buffer.alloc(MEDIA_HEADER_BYTES + 10)
  writeMediaHeader(bytes, { kind, keyFrame, config, seq, capturedAt: 0, durationUs: 0, width: 1, height: 1 })
  return { kind, keyFrame, config, bytes }
}

function nameOf(frame: Buffer): string {
  // Behind the two bytes of a short WebSocket frame's head.
  const kind = ['', 'video', 'sound', 'picture'][frame[2] ?? 0] ?? ''
  const name = kind === 'video' ? (frame[3] === 1 ? 'key' : 'delta') : kind
  return `${name} ${frame.readUInt32BE(6)}`
}

export interface FakeFeed {
  options: FeedOptions
  clock: FakeClock
  watchers: Watchers
  /** Viewers from whom the picture is hidden. */
  hidden: Set<string>
  counted: { dropped: number; cuts: number; keyFrames: number }
}

export function fakeFeed(): FakeFeed {
  const clock = new FakeClock()
  const watchers = new Watchers()
  const hidden = new Set<string>()
  const counted = { dropped: 0, cuts: 0, keyFrames: 0 }
  const options: FeedOptions = {
    watchers,
    clock,
    log: createLog('silent'),
    blankReason: (viewerId) => (hidden.has(viewerId) || (viewerId === '' && hidden.size > 0) ? 'hidden' : null),
    metrics: {
      frameDropped: (_rung, count = 1) => void (counted.dropped += count),
      viewerCut: () => void (counted.cuts += 1),
      keyFrameAsked: () => void (counted.keyFrames += 1),
      mediaStarted: () => undefined,
    },
    changed: () => undefined,
  }
  return { options, clock, watchers, hidden, counted }
}
