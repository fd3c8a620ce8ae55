/**
 * Is the picture live? One pure function from facts to the word that viewers read. The rule behind it:
 * a picture is called live only with proof, which is motion, or a page that rests while the other
 * side is heard. It knows no sockets and no clock; facts.ts gathers what it judges twice a second.
 * The ladder asks `stallOf`, sooner: it may try another way long before people are told of a stall.
 */
import type { Transport } from '@tandem/protocol'
import type { LiveStatus } from './types.ts'

/** No word from the other side for this long, and what is shown may be old. */
export const SILENCE_MS = 3_000
/** The page moves by the server's word, but no frame came. */
export const MOVING_SILENCE_MS = 2_500
/** Motion this young proves by itself that the picture is live. */
export const FRESH_MS = 1_500
/** A page at rest is sent again about once a second: only frames that follow each other faster than this are motion. */
export const MOTION_GAP_MS = 700

/** What the ladder thinks silent, and a page without the frames that it draws: sooner, because trying another way harms nothing. */
const LADDER_SILENCE_MS = 2_000
const LADDER_MOVING_SILENCE_MS = 1_500
/** Slower pages cannot be told from one at rest, by people; the ladder wants a page that surely moves. */
const MOVING_FPS = 2
const SURELY_MOVING_FPS = 5
/** Frames that come this long after they were drawn show the past, however smoothly. */
export const BEHIND_MS = 3_000
/** Screenshots of a page at rest are fetched this seldom. */
export const SCREENSHOT_SILENCE_MS = 7_000

export type PeerState = 'none' | 'connecting' | 'connected' | 'disconnected' | 'failed'

/** How one player fares, and what its frames are judged against. */
export interface RungFacts {
  now: number
  transport: Transport
  player: PlayerFacts
  /** When the server was last heard on the live socket. */
  socketHeardAt: number | null
  /** What the server says of its own side. */
  serverStalled: string | null
  /** The page's own frame rate as captured, and since when that is known. */
  captureFps: number
  captureFpsSince: number
  /** How long after it was drawn the last frame was shown, while frames follow each other; null where it cannot be known. */
  behindMs: number | null
  /** The picture is hidden from this viewer on purpose: nothing moves in it. */
  blanked: boolean
  sessionPaused: boolean
}

export interface PlayerFacts {
  state: PeerState
  /** Why no picture can be had at the moment. */
  why: string | null
  /** Frames shown or decoded since it (or a resumed picture) began. */
  frames: number
  /** When new frames last came: on `webrtc`, where a page at rest is sent again each second, within MOTION_GAP_MS of the one before. */
  lastMotionAt: number | null
  /** When anything last came from the other side. */
  heardAt: number | null
}

export interface StatusFacts extends Omit<RungFacts, 'transport'> {
  /** Null: no rung yet. */
  transport: Transport | null
  socket: 'connecting' | 'open' | 'waiting' | 'closed'
  /** Why the socket is not open, for people. */
  socketWhy: string | null
  /** The refusal that the socket waits out. */
  socketCode: string | null
  /** Since when the server owes an answer. */
  socketSilentSince: number | null
  /** The session is over, or this viewer may not see it. */
  ended: { reason: string; code: string | null } | null
  /** Why this environment can never show what is asked for. */
  impossible: string | null
  /** The picture was not asked for, or is off for a while. */
  off: boolean
  /** The local page is hidden. */
  paused: boolean
}

export interface Judgement {
  status: LiveStatus
  reason: string | null
  code: string | null
}

const say = (status: LiveStatus, reason: string | null, code: string | null = null): Judgement => ({ status, reason, code })

/** Why another rung should be tried beside this one; null: it goes well, or has not begun to show. */
export function stallOf(facts: RungFacts): string | null {
  const { now, transport, player } = facts
  if (player.why !== null) return player.why
  if (player.state === 'failed') return 'No way to the browser was found through this network.'
  if (player.frames === 0) return null
  if (player.state !== 'connected') return 'The connection to the picture was lost.'
  const silence = transport === 'screenshots' ? SCREENSHOT_SILENCE_MS : LADDER_SILENCE_MS
  if (player.heardAt === null || now - player.heardAt > silence) return 'Nothing has come from the browser for some seconds.'
  if (transport === 'screenshots' || facts.sessionPaused) return null
  if (transport !== 'jpeg' && facts.serverStalled !== null) return facts.serverStalled
  if (facts.behindMs !== null && facts.behindMs > BEHIND_MS) return late(facts.behindMs)
  const quiet = now - Math.max(player.lastMotionAt ?? 0, facts.captureFpsSince)
  return facts.captureFps >= SURELY_MOVING_FPS && !facts.blanked && quiet > LADDER_MOVING_SILENCE_MS ? 'The page moves, but no new picture arrives.' : null
}

const late = (behindMs: number): string => `The picture is ${Math.round(behindMs / 1_000)} seconds late.`

export function judge(facts: StatusFacts): Judgement {
  const { now, player, transport } = facts
  if (facts.ended) return say('ended', facts.ended.reason, facts.ended.code)
  if (facts.socket === 'closed') return say('ended', facts.socketWhy ?? 'The connection was closed.')

  const motionAge = player.lastMotionAt === null ? Infinity : now - player.lastMotionAt
  const socketSilent = facts.socketSilentSince !== null && now - facts.socketSilentSince > SILENCE_MS
  const shown = player.frames > 0
  const alone = transport === 'screenshots'

  if (shown && !facts.off && facts.behindMs !== null && facts.behindMs > BEHIND_MS) return say('stalled', late(facts.behindMs))
  // Motion is proof enough, even while the socket beside it is being made again.
  const doubted = facts.serverStalled !== null && transport !== 'jpeg' && !alone
  if (shown && motionAge < FRESH_MS && !doubted && !facts.off) return say('live', null)

  // Screenshots are fetched by requests of their own.
  if (!alone) {
    if (facts.socket !== 'open' && facts.socketCode !== null) return say('connecting', facts.socketWhy, facts.socketCode)
    if (facts.socket !== 'open') return say('connecting', facts.socketWhy === null ? 'Connecting to the server.' : `${facts.socketWhy} Connecting again.`)
    if (socketSilent) return say(shown ? 'stalled' : 'connecting', 'The server has not answered for some seconds.')
  }
  if (facts.sessionPaused) return say('stalled', 'The browser is being restarted.')
  if (facts.serverStalled !== null && !alone) return say('stalled', facts.serverStalled)
  if (facts.impossible !== null) return say('connecting', `This environment cannot show the picture: ${facts.impossible} Control and events work.`)
  if (facts.off) return say('connecting', 'The picture is off.')
  if (facts.paused) return say('connecting', 'The picture is paused while this page is hidden.')

  if (player.why !== null) return say(shown ? 'stalled' : 'connecting', player.why)
  if (!shown) {
    if (player.state === 'failed') return say('connecting', 'No way to the browser was found through this network. Trying again.')
    return say('connecting', player.state === 'connected' ? 'Waiting for the first frame.' : 'Connecting to the picture.')
  }
  if (player.state === 'disconnected' || player.state === 'failed') return say('stalled', 'The connection to the picture was lost. Trying another way.')
  if (player.state !== 'connected') return say('connecting', 'Connecting to the picture.')
  const silence = alone ? SCREENSHOT_SILENCE_MS : SILENCE_MS
  if (player.heardAt === null || now - player.heardAt > silence) return say('stalled', 'Nothing has come from the browser for some seconds.')

  const pageMoves = !alone && facts.captureFps >= MOVING_FPS && !facts.blanked
  const quiet = now - Math.max(player.lastMotionAt ?? 0, facts.captureFpsSince)
  if (pageMoves && quiet > MOVING_SILENCE_MS) return say('stalled', 'The page moves, but no new picture arrives.')
  return say('live', null)
}
