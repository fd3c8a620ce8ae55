/**
 * The sound of rung `websocket`: Opus packets, decoded and played a little behind, so that what comes unevenly is heard
 * evenly. Gives a stream, as a peer does, which the stages' audio elements play or mute. While browsers refuse sound
 * (no gesture yet) nothing is decoded.
 */
import type { MediaConfig, MediaPacket } from '@tandem/protocol'

/** How far behind sound begins, seconds; more than twice this ahead, and a packet is left out to catch up. */
const BUFFER_S = 0.06

type AudioConfig = Extract<MediaConfig, { kind: 'audio' }>

export class Sound {
  readonly #onStream: (stream: MediaStream) => void
  #config: AudioConfig | null = null
  #context: AudioContext | null = null
  #output: MediaStreamAudioDestinationNode | null = null
  #decoder: AudioDecoder | null = null
  #nextAt = 0
  #timestamp = 0

  constructor(onStream: (stream: MediaStream) => void) {
    this.#onStream = onStream
  }

  static get possible(): boolean {
    return typeof AudioDecoder !== 'undefined' && typeof AudioContext !== 'undefined'
  }

  configure(config: AudioConfig): void {
    this.#closeDecoder()
    this.#config = config
  }

  decode(packet: MediaPacket): void {
    const config = this.#config
    if (!config || config.config !== packet.config || !Sound.possible) return
    const context = this.#start(config)
    if (context.state !== 'running') {
      // Sound may begin once the person has touched this page.
      if (navigator.userActivation?.hasBeenActive !== false) context.resume().catch(() => {})
      return
    }
    try {
      this.#decoder ??= this.#makeDecoder(config, context)
      this.#timestamp += packet.durationUs
      this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: this.#timestamp, data: packet.payload }))
    } catch {
      // A packet that cannot be decoded is a moment of silence.
      this.#closeDecoder()
    }
  }

  close(): void {
    this.#closeDecoder()
    this.#context?.close().catch(() => {})
    this.#context = this.#output = this.#config = null
  }

  #start(config: AudioConfig): AudioContext {
    if (this.#context) return this.#context
    const context = new AudioContext({ sampleRate: config.sampleRate, latencyHint: 'interactive' })
    const output = context.createMediaStreamDestination()
    this.#context = context
    this.#output = output
    this.#onStream(output.stream)
    return context
  }

  #makeDecoder(config: AudioConfig, context: AudioContext): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => {
        if (decoder === this.#decoder) this.#play(data, context)
        data.close()
      },
      error: () => decoder === this.#decoder && this.#closeDecoder(),
    })
    decoder.configure({ codec: config.codec, sampleRate: config.sampleRate, numberOfChannels: config.channels })
    return decoder
  }

  #play(data: AudioData, context: AudioContext): void {
    const ahead = this.#nextAt - context.currentTime
    if (ahead > 2 * BUFFER_S) return
    if (ahead < 0) this.#nextAt = context.currentTime + BUFFER_S
    const buffer = context.createBuffer(data.numberOfChannels, data.numberOfFrames, data.sampleRate)
    for (let channel = 0; channel < data.numberOfChannels; channel++) {
      data.copyTo(buffer.getChannelData(channel), { planeIndex: channel, format: 'f32-planar' })
    }
    const source = context.createBufferSource()
    source.buffer = buffer
    if (this.#output) source.connect(this.#output)
    source.start(this.#nextAt)
    this.#nextAt += buffer.duration
  }

  #closeDecoder(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close()
    this.#decoder = null
  }
}
