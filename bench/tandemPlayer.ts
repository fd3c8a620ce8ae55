/**
 * Plays a Tandem session in the viewer page with the real client: `LiveView` of packages/client, picture,
 * input and all. The bench only listens in: on the peer connections that the client makes, to read their
 * statistics and to tap the frames of the received track; on its decoders and sockets where the picture comes
 * over those (taps.ts).
 */
import { LiveView } from '@tandem/client'
import type { Transport } from '@tandem/protocol'
import { tapShown, tapTrack, wallClock, type OnFrame, type Region } from './decode.ts'
import type { Player, Traffic } from './player.ts'
import { socketBytes, tapDecoders, watchDecoders } from './taps.ts'

let onConnection: ((connection: RTCPeerConnection) => void) | null = null

/** Lets the bench see every connection that the client makes from now on. */
class WatchedConnection extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration)
    onConnection?.(this)
  }
}
globalThis.RTCPeerConnection = WatchedConnection
watchDecoders()

const ANYWHERE: Region = { x: 0, y: 0, width: 2, height: 2 }

/** The picture comes as a track of a peer connection. */
function isTrack(transport: Transport): boolean {
  return transport === 'webrtc' || transport === 'room'
}

export class TandemPlayer implements Player {
  readonly view: LiveView
  readonly firstFrame: Promise<number>
  readonly #detach: () => void
  readonly #host: HTMLElement
  #connection: RTCPeerConnection | null = null
  #track: MediaStreamTrack | null = null

  readonly #transport: Transport

  /** `transport`: the one rung that is played; the figures of different rungs are compared. */
  constructor(url: string, host: HTMLElement, transport: Transport) {
    this.#host = host
    this.#transport = transport
    this.firstFrame = new Promise((resolve) => {
      if (!isTrack(transport)) {
        const stop = tapDecoders(ANYWHERE, () => {
          stop()
          resolve(wallClock())
        })
        return
      }
      onConnection = (connection) => {
        this.#connection = connection
        connection.addEventListener('track', ({ track }) => {
          if (track.kind !== 'video') return
          this.#track = track
          const stop = tapTrack(track, ANYWHERE, () => {
            stop()
            resolve(wallClock())
          })
        })
      }
    })
    this.view = new LiveView({ url, name: 'bench', transport })
    this.#detach = this.view.attach(host)
  }

  tapDecoded(region: Region, onFrame: OnFrame): () => void {
    if (!isTrack(this.#transport)) return tapDecoders(region, onFrame)
    if (!this.#track) throw new Error('No video track yet.')
    return tapTrack(this.#track, region, onFrame)
  }

  tapShown(region: Region, onFrame: OnFrame): (() => void) | null {
    // A canvas does not say when it is shown.
    if (!isTrack(this.#transport)) return null
    // The client draws into a shadow root; where two pictures overlap, the newer is last.
    const video = [...(this.#host.shadowRoot?.querySelectorAll('video') ?? [])].at(-1)
    if (!video) throw new Error('No video element yet.')
    return tapShown(video, region, onFrame)
  }

  async traffic(): Promise<Traffic> {
    if (!isTrack(this.#transport)) return { ...socketBytes(), payload: 0, details: {} }
    if (!this.#connection) throw new Error('No connection yet.')
    const traffic: Traffic = { received: 0, sent: 0, payload: 0, details: {} }
    // The statistics report is a map of dictionaries whose members depend on their type.
    const report: ReadonlyMap<string, Record<string, unknown>> = new Map(await this.#connection.getStats())
    const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
    for (const entry of report.values()) {
      if (entry['type'] === 'transport') {
        traffic.received += number(entry['bytesReceived'])
        traffic.sent += number(entry['bytesSent'])
        traffic.details['packetsReceived'] = entry['packetsReceived']
      }
      if (entry['type'] !== 'inbound-rtp') continue
      if (entry['kind'] === 'audio') traffic.details['audioBytes'] = entry['bytesReceived']
      if (entry['kind'] !== 'video') continue
      traffic.payload += number(entry['bytesReceived'])
      traffic.details['codec'] = report.get(String(entry['codecId']))?.['mimeType']
      for (const key of [
        'frameWidth',
        'frameHeight',
        'framesDecoded',
        'framesDropped',
        'keyFramesDecoded',
        'freezeCount',
        'totalDecodeTime',
        'jitterBufferDelay',
        'jitterBufferEmittedCount',
        'totalProcessingDelay',
        'packetsLost',
        'nackCount',
        'pliCount',
        'decoderImplementation',
      ]) {
        traffic.details[key] = entry[key]
      }
    }
    return traffic
  }

  close(): void {
    this.#detach()
    this.view.close()
  }
}
