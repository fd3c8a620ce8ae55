/**
 * LiveKit's own API and its tokens, of one server and one key: bounded calls, and reasons that people can read. Five
 * calls of JSON over HTTP and one kind of JWT; LiveKit's SDK for them brings all of its messages, 37 MB in memory.
 * The API: https://docs.livekit.io/reference/other/roomservice-api, the tokens: https://docs.livekit.io/frontends/authentication/tokens
 */
import { isTandemError } from '@tandem/protocol'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { TokenGrant } from './types.ts'

/** Of one call. */
const LIMIT_MS = 2_000
/** Of the token that a call is made with. */
const CALL_TOKEN_S = 60
/** ms; sent in steps of 10 as the least that a client may wait. LiveKit takes 0 for "not said". */
const LEAST_PLAYOUT_DELAY_MS = 1
/** A room without participants is kept so long. */
const EMPTY_S = 60
const DEPARTURE_S = 20

/** Where a LiveKit server is, and how it knows us. Secret. */
export interface LiveKitAccess {
  /** `ws://` or `wss://`. */
  url: string
  apiKey: string
  apiSecret: string
}

// Fields that are at their default may be missing.
const roomsSchema = z.object({ rooms: z.array(z.object({ name: z.string(), num_participants: z.number().default(0) })).default([]) })
const participantsSchema = z.object({ participants: z.array(z.object({ identity: z.string() })).default([]) })

/** LiveKit refused a call; `status` is that of HTTP. What it said is not kept: it may quote the token. */
class RefusedError extends Error {
  readonly status: number

  constructor(status: number) {
    super(`LiveKit answers ${status}`)
    this.status = status
  }
}

export class RoomService {
  readonly #access: LiveKitAccess

  constructor(access: LiveKitAccess) {
    this.#access = access
  }

  /** Rooms by name, each with how many are in it; the counts may be some seconds old. */
  async rooms(): Promise<Map<string, number>> {
    const { rooms } = roomsSchema.parse(await this.#call('ListRooms', {}, { roomList: true }))
    return new Map(rooms.map(({ name, num_participants }) => [name, num_participants]))
  }

  /** Who is in a room at this moment. */
  async identities(room: string): Promise<string[]> {
    const { participants } = participantsSchema.parse(await this.#call('ListParticipants', { room }, { room, roomAdmin: true }))
    return participants.map(({ identity }) => identity)
  }

  async ensureRoom(room: string): Promise<void> {
    const delay = { min_playout_delay: 0, max_playout_delay: LEAST_PLAYOUT_DELAY_MS }
    await this.#call('CreateRoom', { name: room, empty_timeout: EMPTY_S, departure_timeout: DEPARTURE_S, ...delay }, { roomCreate: true })
  }

  async deleteRoom(room: string): Promise<void> {
    await this.#call('DeleteRoom', { room }, { roomCreate: true })
  }

  async removeParticipant(room: string, identity: string): Promise<void> {
    await this.#call('RemoveParticipant', { room, identity }, { room, roomAdmin: true })
  }

  async token({ room, identity, name, attributes, may, ttlS }: TokenGrant): Promise<{ token: string; expiresAt: Date }> {
    const video = {
      room,
      roomJoin: true,
      canPublish: may === 'browser',
      canPublishData: may !== 'watch',
      canSubscribe: may !== 'browser',
      canUpdateOwnMetadata: false,
    }
    const expiresAt = new Date((Math.floor(Date.now() / 1_000) + ttlS) * 1_000)
    return { token: await this.#sign({ name, attributes, video }, expiresAt, identity), expiresAt }
  }

  /** One method of LiveKit's `RoomService`, by Twirp: https://twitchtv.github.io/twirp/docs/spec_v7.html */
  async #call(method: string, body: object, video: object): Promise<unknown> {
    const token = await this.#sign({ video }, new Date(Date.now() + CALL_TOKEN_S * 1_000))
    const answer = await fetch(`${this.#access.url.replace(/^ws/, 'http').replace(/\/+$/, '')}/twirp/livekit.RoomService/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      // A token goes to nobody whom it was not made for.
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    if (answer.ok) return answer.json()
    await answer.body?.cancel()
    throw new RefusedError(answer.status)
  }

  #sign(claims: Record<string, unknown>, expiresAt: Date, subject?: string): Promise<string> {
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setIssuer(this.#access.apiKey).setNotBefore(new Date()).setExpirationTime(expiresAt)
    if (subject !== undefined) token.setSubject(subject)
    return token.sign(new TextEncoder().encode(this.#access.apiSecret))
  }
}

/** HTTP status of a refusal; null: no answer came. */
export function statusOf(error: unknown): number | null {
  return error instanceof RefusedError ? error.status : null
}

/** Nobody listens there: no network that stumbles, but a server that is gone. */
export function isNobodyThere(error: unknown): boolean {
  return causeOf(error) === 'ECONNREFUSED'
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : null
}

/** Why a call failed, for people. Nothing of the key is in it. */
export function reasonOf(error: unknown): string {
  if (isTandemError(error)) return error.message
  const status = statusOf(error)
  if (status === 401 || status === 403) return `it refuses our API key or secret (${status})`
  if (status !== null) return `it answers ${status}`
  if (!(error instanceof Error)) return 'it does not answer'
  if (error.name === 'TimeoutError') return `it did not answer within ${LIMIT_MS / 1_000} s`
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'what answers there is no LiveKit server'
  const cause = causeOf(error)
  return typeof cause === 'string' ? `it cannot be reached (${cause})` : 'it cannot be reached'
}
