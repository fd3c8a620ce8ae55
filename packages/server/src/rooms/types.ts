/**
 * What the parts of rooms know of each other: `nodes.ts` has the LiveKit servers, `room.ts` the room of one session
 * on one of them. A session sticks to its node for life; a node that is down comes back or is waited for.
 */
import type { EventEmitter } from 'node:events'
import type { Node } from '@tandem/protocol'
import type { CredentialEnd } from '../access/letIn.ts'
import type { Principal } from '../access/principal.ts'

export interface TokenGrant {
  room: string
  identity: string
  name: string
  /** Signed with the token: no participant can change its own. */
  attributes: Record<string, string>
  /** `browser`: publishes tracks and data, subscribes to nothing. */
  may: 'watch' | 'control' | 'browser'
  ttlS: number
}

/** One LiveKit server, as the room of a session uses it. Every call is bounded by a few seconds. */
export interface LiveKitNode {
  readonly id: string
  /** Where this server and the capture pages of its browsers reach it; of our own child only they do. @throws TandemError `room/unavailable` while that is not up */
  readonly directUrl: string
  /** Where clients reach it. Our own child is reached through this server, at `base` (`https://tandem.example.com`), as its caller knows it. */
  wsUrl(base: string): string
  /** Why it cannot be used now, for people; null while it answers. */
  readonly down: string | null
  /** What those are told who would join while it is down. */
  readonly downCode: 'room/unavailable' | 'room/secret-unreadable'
  /** Looks at once whether it is there, for whoever was cut off from it. */
  wake(): void
  /** @throws TandemError `room/secret-unreadable` */
  token(grant: TokenGrant): Promise<{ token: string; expiresAt: Date }>
  /** There from now on, with the play-out delay at its least; safe to call again. @throws TandemError `room/unavailable`, `room/secret-unreadable` */
  ensureRoom(room: string): Promise<void>
  /** Everybody in it is sent away. Never throws: a server that is gone has no rooms. */
  deleteRoom(room: string): Promise<void>
  /** Never throws. */
  removeParticipant(room: string, identity: string): Promise<void>
}

export interface NodesEvents {
  /** It answers (again), or does no longer: look at `down`. */
  changed: [nodeId: string]
  /** Who is in the room beside the browser, asked of the node once a second: told each time while somebody is, and once when nobody is any more. */
  occupied: [room: string, identities: readonly string[]]
}

export interface Nodes {
  readonly events: EventEmitter<NodesEvents>
  /** The least loaded that takes new sessions; the session counts as its load until `release`. Null: there is none. */
  place(sessionId: string): LiveKitNode | null
  /** For a session that is back after a restart. Null: no node of this id is known any more. */
  find(nodeId: string, sessionId: string): LiveKitNode | null
  release(sessionId: string): void
  /** Participants of this room are looked for (see `occupied`) from now on, or no longer. */
  watch(room: string, watched: boolean): void
  /** Why there is none that a session could use, for people; null while there is. */
  readonly missing: string | null
  list(): Promise<Node[]>
}

/** What a room asks of access: who a participant is, and for how long. */
export interface Credentials {
  /** For the token of a participant. */
  proofOf(sessionId: string, identity: string, who: Principal): string
  /** Null: not made by us for this identity in this session. */
  readProof(sessionId: string, identity: string, proof: string): Principal | null
  /** Its credential is good still, and it was not sent away. */
  isWelcome(identity: string, who: Principal): Promise<boolean>
  /** Tells once when its credential ends. Returns the undo. */
  watch(who: Principal, onEnd: (code: CredentialEnd) => void): () => void
}
