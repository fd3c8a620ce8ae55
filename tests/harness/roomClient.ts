/** A LiveKit client as any: LiveKit's own SDK for Node, which knows nothing of us. What came of the room is kept, and can be waited for. */
import type { LiveKitInfo } from '@tandem/protocol'
import { DataPacketKind, DisconnectReason, Room, RoomEvent } from '@livekit/rtc-node'

const WAIT_MS = 20_000

export interface Received {
  text: string
  /** Of JSON; undefined for what is none. */
  data: ReturnType<typeof JSON.parse>
  topic: string | null
  reliable: boolean
  from: string | null
}

type Join = Pick<LiveKitInfo, 'ws_url' | 'token'>

export class RoomClient implements AsyncDisposable {
  readonly room = new Room()
  readonly packets: Received[] = []
  /** Names of the tracks that it watches. */
  readonly tracks: string[] = []
  readonly disconnected: Promise<string>
  readonly #waiters = new Set<() => void>()
  #ended = false

  private constructor() {
    this.room.on(RoomEvent.DataReceived, (payload, participant, kind, topic) => {
      const text = Buffer.from(payload).toString()
      this.packets.push({ text, data: parse(text), topic: topic || null, reliable: kind === DataPacketKind.KIND_RELIABLE, from: participant?.identity ?? null })
      this.#wake()
    })
    this.room.on(RoomEvent.TrackSubscribed, (_track, publication) => {
      this.tracks.push(publication.name ?? '')
      this.#wake()
    })
    this.room.on(RoomEvent.ParticipantConnected, () => this.#wake())
    this.room.on(RoomEvent.ParticipantDisconnected, () => this.#wake())
    this.disconnected = new Promise((resolve) =>
      this.room.on(RoomEvent.Disconnected, (reason) => {
        this.#ended = true
        this.#wake()
        resolve(DisconnectReason[reason] ?? String(reason))
      }),
    )
  }

  static async join({ ws_url, token }: Join): Promise<RoomClient> {
    const client = new RoomClient()
    await client.room.connect(ws_url, token, { autoSubscribe: true, dynacast: false })
    return client
  }

  get identity(): string {
    return this.room.localParticipant?.identity ?? ''
  }

  /** Identities of all others. */
  get others(): string[] {
    return [...this.room.remoteParticipants.values()].map(({ identity }) => identity)
  }

  /** Once the browser is there to hear it. */
  async send(packet: unknown, { reliable = true, topic }: { reliable?: boolean; topic?: string } = {}): Promise<void> {
    await this.until(() => this.others.includes('tandem-browser') || undefined)
    const bytes = packet instanceof Uint8Array ? packet : new TextEncoder().encode(typeof packet === 'string' ? packet : JSON.stringify(packet))
    await this.room.localParticipant?.publishData(bytes, { reliable, ...(topic && { topic }) })
  }

  /** The receipt of one event. */
  async sendFor(packet: { id: string; [member: string]: unknown }): Promise<string> {
    await this.send(packet)
    const { data } = await this.packet(({ data }) => data?.type === 'inputAck' && data.id === packet.id)
    return data.status
  }

  /** The first packet that fits, of those that came and those to come. */
  packet(fits: (packet: Received) => boolean): Promise<Received> {
    return this.until(() => this.packets.find(fits))
  }

  /** The browser's picture is there. */
  async watching(): Promise<void> {
    await this.until(() => this.tracks.includes('browser-video') || undefined)
  }

  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.#waiters.delete(look)
      }
      const look = (): void => {
        const found = find()
        if (found === undefined && !this.#ended) return
        settle()
        if (found === undefined) reject(new Error(`disconnected while waiting; ${this.#came()}`))
        else resolve(found)
      }
      const timer = setTimeout(() => {
        settle()
        reject(new Error(`nothing like that came; ${this.#came()}`))
      }, WAIT_MS)
      this.#waiters.add(look)
      look()
    })
  }

  async close(): Promise<void> {
    this.#ended = true
    await this.room.disconnect().catch(() => undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #wake(): void {
    for (const wake of this.#waiters) wake()
  }

  #came(): string {
    return `with ${this.others.join(', ') || 'nobody'}, tracks ${this.tracks.join(', ')}, packets ${this.packets.map(({ text }) => text.slice(0, 120)).join(' ')}`
  }
}

function parse(text: string): Received['data'] {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
