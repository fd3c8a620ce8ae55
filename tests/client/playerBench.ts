/**
 * What runs in the page of tests/client/players.test.ts: one player by itself, on a live socket of its own, with no
 * ladder, no LiveView and no stage around it; a canvas takes what it makes. Counts what must be gone after `close`.
 */
import { TandemError } from '@tandem/protocol'
import type { Transport } from '@tandem/protocol'
import { LiveSocket } from '../../packages/client/src/live/socket.ts'
import { JpegPlayer } from '../../packages/client/src/players/jpeg.ts'
import type { Player, Signals } from '../../packages/client/src/players/player.ts'
import type { IceSettings } from '../../packages/client/src/players/peer.ts'
import { RoomPlayer } from '../../packages/client/src/players/room.ts'
import { ScreenshotsPlayer } from '../../packages/client/src/players/screenshots.ts'
import { WebRtcPlayer } from '../../packages/client/src/players/webrtc.ts'
import { WebSocketPlayer } from '../../packages/client/src/players/websocket.ts'
import { Rest } from '../../packages/client/src/rest.ts'

const open = { peers: new Set<RTCPeerConnection>(), decoders: new Set<VideoDecoder>() }
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration)
    open.peers.add(this)
  }
  override close(): void {
    open.peers.delete(this)
    super.close()
  }
}
globalThis.VideoDecoder = class extends VideoDecoder {
  constructor(init: VideoDecoderInit) {
    super(init)
    open.decoders.add(this)
  }
  override close(): void {
    open.decoders.delete(this)
    super.close()
  }
}

/** What the players do each second, measuring and asking for screenshots, they do four times a second here: most of a test would be waiting for it. */
const every = globalThis.setInterval
globalThis.setInterval = ((handler: () => void, ms?: number) => every(handler, ms === 1_000 ? 250 : ms)) as typeof setInterval

class PlayerBench {
  #socket: LiveSocket | null = null
  #player: Player | null = null
  #ice: IceSettings = { iceServers: [], iceTransportPolicy: 'all' }
  #video: HTMLVideoElement | null = null
  readonly canvas = document.createElement('canvas')
  readonly #context = this.canvas.getContext('2d', { willReadFrequently: true })
  readonly failures: { reason: string; fatal: boolean }[] = []
  readonly samples: { frames: number; bytes: number; packets: number; kbps: number; width: number; codec: string | null }[] = []
  /** With capture times, ms since the epoch on the server's clock. */
  readonly captured: number[] = []
  painted = 0
  /** Instead of an answer to `media.start`. */
  refusal: string | null = null
  /** Flipped bits in so many of the next video packets. */
  corrupt = 0
  /** So many of the next video packets are lost. */
  lose = 0
  keyFramesAsked = 0

  get player(): Player {
    if (!this.#player) throw new Error('open first')
    return this.#player
  }

  get socket(): LiveSocket {
    if (!this.#socket) throw new Error('open first')
    return this.#socket
  }

  /** Resolves when the server has said hello. */
  async open(url: string, transport: Transport, badToken: boolean): Promise<void> {
    const socket = new LiveSocket({ url, name: transport })
    this.#socket = socket
    const signals: Signals = {
      call: (method, params) => {
        if (method === 'media.keyFrame') this.keyFramesAsked++
        if (method === 'media.start' && this.refusal !== null) return Promise.reject(new TandemError('media/rung-unavailable', this.refusal))
        return socket.call(method, params)
      },
      notify: (method, params) => socket.notify(method, params),
    }
    const rest = (): Rest => Rest.ofLive(badToken ? url.replace(/token=[^&]+/, 'token=not.a.token') : url)
    const player: Player = {
      webrtc: () => new WebRtcPlayer(signals, { audio: true, ice: () => this.#ice, relayOnly: () => false }),
      room: () => new RoomPlayer(signals, { audio: true }),
      websocket: () => new WebSocketPlayer(signals, { audio: true }),
      jpeg: () => new JpegPlayer(signals),
      screenshots: () => new ScreenshotsPlayer(rest),
    }[transport]()
    this.#player = player
    this.#listen(player)
    let wanted = false
    const hello = new Promise<void>((resolve) => {
      socket.events.on('message', (message) => {
        if (message.event === 'session.hello') {
          this.#ice = { iceServers: message.data.iceServers, iceTransportPolicy: message.data.iceTransportPolicy }
          // As rungs.ts does: what was running when the socket was lost is started again.
          if (wanted) player.start()
          resolve()
        } else if (
          message.event === 'media.offer' ||
          message.event === 'media.room' ||
          message.event === 'media.candidate' ||
          message.event === 'media.ended' ||
          message.event === 'media.config'
        ) {
          player.handle(message)
        }
      })
    })
    socket.events.on('packet', (packet) => {
      if (packet.kind === 'video' && this.lose > 0 && this.lose-- > 0) return
      if (packet.kind === 'video' && this.corrupt > 0 && this.corrupt-- > 0) packet.payload.fill(0xff)
      player.packet(packet)
    })
    socket.events.on('state', ({ state }) => {
      if (state !== 'waiting' && state !== 'closed') return
      wanted = player.state !== 'none'
      player.signalsLost()
    })
    socket.open()
    await hello
  }

  /** Red, green and blue of the last picture at a point of it, as shares of its size; null without one. */
  pixel(x: number, y: number): number[] | null {
    if (this.#video && this.#video.videoWidth > 2) {
      this.canvas.width = this.#video.videoWidth
      this.canvas.height = this.#video.videoHeight
      this.#context?.drawImage(this.#video, 0, 0)
    } else if (this.painted === 0) return null
    const at = this.#context?.getImageData(Math.floor(x * this.canvas.width), Math.floor(y * this.canvas.height), 1, 1).data
    return at ? [...at.slice(0, 3)] : null
  }

  async until(expression: string, timeoutMs: number): Promise<void> {
    const holds = new Function('player', 'bench', `return ${expression}`)
    const deadline = performance.now() + timeoutMs
    while (!holds(this.player, this)) {
      if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${expression}; ${JSON.stringify(this.facts())}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  facts(): object {
    const { state, why, frames } = this.player
    return { state, why, frames, painted: this.painted, failures: this.failures, last: this.samples.at(-1), keyFramesAsked: this.keyFramesAsked }
  }

  /** What is still open of what the player made. */
  left(): { peers: number; decoders: number } {
    return { peers: open.peers.size, decoders: [...open.decoders].filter((decoder) => decoder.state !== 'closed').length }
  }

  #listen(player: Player): void {
    player.events.on('failed', (failure) => this.failures.push(failure))
    player.events.on('sampled', ({ reading, rates }) =>
      this.samples.push({
        frames: reading.framesDecoded,
        bytes: reading.bytes,
        packets: reading.packets,
        kbps: rates.kbps,
        width: reading.width,
        codec: reading.codec,
      }),
    )
    player.events.on('frame', ({ image, width, height, capturedAt }) => {
      this.canvas.width = width
      this.canvas.height = height
      this.#context?.drawImage(image, 0, 0)
      this.painted++
      if (capturedAt !== null) this.captured.push(capturedAt)
    })
    player.events.on('video', ({ stream, frameShown }) => {
      this.#video?.remove()
      const video = document.createElement('video')
      this.#video = video
      video.muted = true
      video.srcObject = stream
      document.body.append(video)
      const onFrame = (now: number, { width }: VideoFrameCallbackMetadata): void => {
        if (video !== this.#video) return
        if (width > 2) {
          this.painted++
          frameShown(performance.timeOrigin + now)
        }
        video.requestVideoFrameCallback(onFrame)
      }
      video.requestVideoFrameCallback(onFrame)
      void video.play().catch(() => {})
    })
  }
}

declare global {
  var bench: PlayerBench
}

globalThis.bench = new PlayerBench()
