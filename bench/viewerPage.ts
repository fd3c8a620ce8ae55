/**
 * The page in the viewer's Chromium: joins a stream with one of the players and measures its frames.
 * `viewer.ts` bundles it and calls `globalThis.bench` over CDP; everything in and out is plain data.
 */
import type { Transport } from '@tandem/protocol'
import { clockAge, CLOCK_CELLS, CELL, readClock } from './clock.ts'
import { wallClock, type OnFrame, type Region } from './decode.ts'
import { LiveView } from '@tandem/client'
import { LiveKitPlayer } from './liveKitPlayer.ts'
import { PeerPlayer } from './peerPlayer.ts'
import type { Player, Traffic } from './player.ts'
import { TandemPlayer } from './tandemPlayer.ts'
import { breakDecoders } from './taps.ts'

/** One frame with a clock in it: when it was there (wall clock, ms) and how old its picture was. */
export interface Sample {
  at: number
  value: number
}
export interface Frames {
  samples: Sample[]
  /** Frames whose clock could not be read. */
  unread: number
}
/** One press: wall clock of the DOM event, of the first decoded frame that differs, and of the first that is shown. */
export interface Press {
  pressedAt: number
  decodedAt: number
  shownAt: number | null
}

const CLOCK: Region = { x: 0, y: 0, width: CLOCK_CELLS * CELL, height: CELL }
const BLOCK: Region = { x: 640, y: 100, width: 2, height: 2 }

const host = document.createElement('div')
host.style.cssText = 'position:fixed;inset:0;width:1280px;height:720px'
document.body.append(host)
let player: Player | null = null
let climber: LiveView | null = null

function playing(): Player {
  if (!player) throw new Error('Join a stream first.')
  return player
}

function tandem(): TandemPlayer {
  if (!(player instanceof TandemPlayer)) throw new Error('Join a Tandem session first.')
  return player
}

function tap(when: 'decoded' | 'shown', region: Region, onFrame: OnFrame): (() => void) | null {
  return when === 'decoded' ? playing().tapDecoded(region, onFrame) : playing().tapShown(region, onFrame)
}

const bench = {
  /** Joins, and waits for the first decoded frame. Wall clocks, ms. */
  async join(system: 'tandem' | 'peer', url: string, transport: Transport = 'webrtc'): Promise<{ joinedAt: number; firstFrameAt: number }> {
    player?.close()
    const joinedAt = wallClock()
    player = system === 'tandem' ? new TandemPlayer(url, host, transport) : new PeerPlayer(url, host)
    return { joinedAt, firstFrameAt: await player.firstFrame }
  },

  /** Joins a room with LiveKit's own client, and waits for the first decoded frame. Wall clock, ms. */
  async joinRoom(wsUrl: string, token: string): Promise<number> {
    player?.close()
    player = new LiveKitPlayer(wsUrl, token, host)
    return await player.firstFrame
  },

  /** Frames that the peer connection has decoded since it began. */
  async framesDecoded(): Promise<number> {
    const { details } = await playing().traffic()
    return Number(details['framesDecoded'] ?? 0)
  },

  /** Joins without choosing a rung: the ladder does. */
  climb(url: string): void {
    climber?.close()
    climber = new LiveView({ url, name: 'bench' })
    climber.attach(host)
  },

  /** Wall clock at which the picture is there over this rung. */
  async rung(transport: Transport, timeoutMs: number): Promise<number> {
    const view = climber
    if (!view) throw new Error('Climb first.')
    const until = wallClock() + timeoutMs
    for (;;) {
      const { transport: now, status, rung } = view.snapshot
      if (now === transport && status === 'live') return wallClock()
      if (wallClock() > until) throw new Error(`No picture over ${transport}: ${JSON.stringify({ now, status, rung })}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  },

  /** Every video decoder of this page fails from now on. */
  breakDecoders(): void {
    breakDecoders()
  },

  leave(): void {
    climber?.close()
    climber = null
    player?.close()
    player = null
  },

  /** Reads the page's clock in every frame for so long; null when the player does not know what is shown. */
  async frames(when: 'decoded' | 'shown', ms: number): Promise<Frames | null> {
    const frames: Frames = { samples: [], unread: 0 }
    const stop = tap(when, CLOCK, (at, luma) => {
      const reading = readClock(luma)
      if (reading === null) frames.unread++
      else frames.samples.push({ at, value: clockAge(reading, at) })
    })
    if (!stop) return null
    await new Promise((resolve) => setTimeout(resolve, ms))
    stop()
    return frames
  },

  /** From now on the next mousedown in this page is timed until the flip page's block changes: see `pressed`. */
  armPress(timeoutMs: number): void {
    const before = blockIsDark
    let pressedAt: number | null = null
    const stops: (() => void)[] = []
    // A frame from before the press shows the old colour, so the first one that differs answers the press.
    const changed = (when: 'decoded' | 'shown'): Promise<number | null> =>
      new Promise((resolve) => {
        const stop = tap(when, BLOCK, (at, luma) => {
          if (pressedAt !== null && luma(641, 101) < 128 !== before) resolve(at)
        })
        if (stop) stops.push(stop)
        else resolve(null)
      })
    addEventListener('mousedown', ({ timeStamp }) => (pressedAt = wallClock(timeStamp)), { capture: true, once: true })
    const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('No changed frame came.')), timeoutMs))
    press = Promise.race([Promise.all([changed('decoded'), changed('shown')]), late])
      .then(([decodedAt, shownAt]) => {
        if (decodedAt === null || pressedAt === null) throw new Error('The player has no frames.')
        blockIsDark = !before
        return { pressedAt, decodedAt, shownAt }
      })
      .finally(() => {
        for (const stop of stops) stop()
      })
    // It is awaited by `pressed`, a call later.
    press.catch(() => {})
  },

  /** The press that `armPress` waits for. */
  async pressed(): Promise<Press> {
    if (!press) throw new Error('Arm a press first.')
    return await press
  },

  traffic(): Promise<Traffic> {
    return playing().traffic()
  },

  /** Takes the wheel. Wall clocks, ms. */
  async take(): Promise<{ askedAt: number; grantedAt: number }> {
    const askedAt = wallClock()
    await tandem().view.takeControl()
    return { askedAt, grantedAt: wallClock() }
  },

  /** Hands back; wall clock of the answer, and of the moment before it was asked. */
  async handBack(): Promise<{ askedAt: number; releasedAt: number }> {
    const askedAt = wallClock()
    await tandem().view.handBack()
    return { askedAt, releasedAt: wallClock() }
  },

  /** What the product itself says about the stream. */
  snapshot(): unknown {
    const { status, reason, stream, stats, notes } = tandem().view.snapshot
    return { status, reason, stream, stats, notes }
  },
}

/** Colour of the flip page's block after the last press; it begins white. */
let blockIsDark = false
let press: Promise<Press> | null = null

export type BenchPage = typeof bench
Object.assign(globalThis, { bench })
