/**
 * What limits a viewer's picture. Chromium's own `qualityLimitationReason` speaks of lowered rate and size alone; a
 * screen keeps both, and a narrow network shows in coarse frames first. Pure: one second of sending in, a word out.
 */

export interface Sent {
  /** Chromium's `qualityLimitationReason`. */
  reported: string
  codec: string | null
  /** Mean quantizer of the second's frames, in the codec's own scale. */
  meanQp: number
  bps: number
  /** What the bandwidth estimate leaves to the picture; null: not known. */
  targetBps: number | null
  /** What a picture may take on any network. */
  maxBps: number
}

/** Frames above it are visibly coarse. Measured on full-screen motion: 15 to 40 (VP8) and 60 to 80 (AV1) on a wide network, 60 to 106 and 125 to 206 at 1.5 Mbit/s. */
const COARSE_QP: Record<string, number> = { 'video/VP8': 50, 'video/AV1': 110, 'video/VP9': 110, 'video/H264': 38 }
/** An encoder that has not yet followed a network that became narrow. */
const OVERSHOOT = 1.5
/** The encoder takes what it gets. */
const USES_ALL = 0.8

export function limitationOf({ reported, codec, meanQp, bps, targetBps, maxBps }: Sent): string {
  if (reported !== 'none') return reported
  if (targetBps === null || targetBps > maxBps * USES_ALL) return 'none'
  const coarse = meanQp > (COARSE_QP[codec ?? ''] ?? Infinity)
  return bps > targetBps * OVERSHOOT || (coarse && bps > targetBps * USES_ALL) ? 'bandwidth' : 'none'
}
