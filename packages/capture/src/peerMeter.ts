/** One sender, measured from Chromium's statistics, with the codec that suits what it sends. Used by videoSender.ts. */
import { CodecChoice } from './codec.ts'
import { limitationOf } from './limitation.ts'
import type { Measured } from './outlet.ts'

/** Totals of one sender, as Chromium counts them since its start. */
interface Totals {
  at: number
  frames: number
  encodeSeconds: number
  bytes: number
  qp: number
}

export class PeerMeter {
  readonly #sender: RTCRtpSender
  readonly #choice: CodecChoice
  #before: Totals | null = null

  /** `choice`: one that knows the content already. */
  constructor(sender: RTCRtpSender, choice = new CodecChoice()) {
    this.#sender = sender
    this.#choice = choice
  }

  /** One round. `codecs`: those that both sides have; `maxBps`: what the picture may take. */
  async measure(codecs: string[], maxBps: number): Promise<Measured | null> {
    const reports = [...(await this.#sender.getStats()).values()]
    const outbound = reports.find(({ type }) => type === 'outbound-rtp')
    if (!outbound) return null
    const now: Totals = {
      at: outbound.timestamp,
      frames: outbound.framesEncoded ?? 0,
      encodeSeconds: outbound.totalEncodeTime ?? 0,
      bytes: outbound.bytesSent ?? 0,
      qp: outbound.qpSum ?? 0,
    }
    const before = this.#before
    this.#before = now
    if (!before || now.at <= before.at) return null
    const frames = now.frames - before.frames
    const codec: string | null = reports.find(({ id }) => id === outbound.codecId)?.mimeType ?? null
    const bps = ((now.bytes - before.bytes) * 8_000) / (now.at - before.at)
    const sending = {
      codecs,
      codec,
      fps: (frames * 1_000) / (now.at - before.at),
      encodeMs: frames > 0 ? ((now.encodeSeconds - before.encodeSeconds) * 1_000) / frames : 0,
      bytesPerFrame: frames > 0 ? (now.bytes - before.bytes) / frames : 0,
      pixels: (outbound.frameWidth ?? 0) * (outbound.frameHeight ?? 0),
      limitation: limitationOf({
        reported: outbound.qualityLimitationReason ?? 'none',
        codec,
        meanQp: frames > 0 ? (now.qp - before.qp) / frames : 0,
        bps,
        targetBps: outbound.targetBitrate ?? null,
        maxBps,
      }),
    }
    const captureFps = reports.find(({ type, kind }) => type === 'media-source' && kind === 'video')?.framesPerSecond ?? 0
    return { sending, choice: this.#choice.decide(sending), captureFps }
  }
}
