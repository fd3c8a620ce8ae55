/** LiveKit's own API, of one server and one key: bounded calls, and reasons that people can read. The SDK is loaded by the first call: without rooms it costs nothing. */
import { isTandemError } from '@tandem/protocol'
import type { RoomServiceClient } from 'livekit-server-sdk'
import type { TokenGrant } from './types.ts'

/** Of one call. */
const LIMIT_S = 2
/** ms; sent in steps of 10 as the least that a client may wait. LiveKit takes 0 for "not said". */
const LEAST_PLAYOUT_DELAY_MS = 1

/** Where a LiveKit server is, and how it knows us. Secret. */
export interface LiveKitAccess {
  /** `ws://` or `wss://`. */
  url: string
  apiKey: string
  apiSecret: string
}

export class RoomService {
  readonly #access: LiveKitAccess
  #client: Promise<RoomServiceClient> | null = null

  constructor(access: LiveKitAccess) {
    this.#access = access
  }

  /** Rooms by name, each with how many are in it; the counts may be some seconds old. */
  async rooms(): Promise<Map<string, number>> {
    const rooms = await (await this.#rpc()).listRooms()
    return new Map(rooms.map(({ name, numParticipants }) => [name, numParticipants]))
  }

  /** Who is in a room at this moment. */
  async identities(room: string): Promise<string[]> {
    return (await (await this.#rpc()).listParticipants(room)).map(({ identity }) => identity)
  }

  async ensureRoom(room: string): Promise<void> {
    await (await this.#rpc()).createRoom({ name: room, minPlayoutDelay: 0, maxPlayoutDelay: LEAST_PLAYOUT_DELAY_MS, emptyTimeout: 60, departureTimeout: 20 })
  }

  async deleteRoom(room: string): Promise<void> {
    await (await this.#rpc()).deleteRoom(room)
  }

  async removeParticipant(room: string, identity: string): Promise<void> {
    await (await this.#rpc()).removeParticipant(room, identity)
  }

  async token({ room, identity, name, attributes, may, ttlS }: TokenGrant): Promise<{ token: string; expiresAt: Date }> {
    const { AccessToken } = await import('livekit-server-sdk')
    const token = new AccessToken(this.#access.apiKey, this.#access.apiSecret, { identity, name, attributes, ttl: ttlS })
    token.addGrant({
      room,
      roomJoin: true,
      canPublish: may === 'browser',
      canPublishData: may !== 'watch',
      canSubscribe: may !== 'browser',
      canUpdateOwnMetadata: false,
    })
    const expiresAt = new Date(Date.now() + ttlS * 1_000)
    return { token: await token.toJwt(), expiresAt }
  }

  #rpc(): Promise<RoomServiceClient> {
    const { url, apiKey, apiSecret } = this.#access
    this.#client ??= import('livekit-server-sdk').then(
      ({ RoomServiceClient: Client }) => new Client(url.replace(/^ws/, 'http'), apiKey, apiSecret, { requestTimeout: LIMIT_S, failover: false }),
    )
    return this.#client
  }
}

/** HTTP status of a refusal; null: no answer came. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null
}

/** Why a call failed, for people. Nothing of the key is in it. */
export function reasonOf(error: unknown): string {
  if (isTandemError(error)) return error.message
  const status = statusOf(error)
  if (status === 401 || status === 403) return `it refuses our API key or secret (${status})`
  if (status !== null) return `it answers ${status}`
  if (!(error instanceof Error)) return 'it does not answer'
  if (error.name === 'TimeoutError') return `it did not answer within ${LIMIT_S} s`
  const cause = error.cause instanceof Error && 'code' in error.cause ? error.cause.code : null
  return typeof cause === 'string' ? `it cannot be reached (${cause})` : 'it cannot be reached'
}
