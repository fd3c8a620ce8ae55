/** What a viewer is offered, and what all viewers of one encode have in common. Pure. */
import { QUALITIES } from '@tandem/protocol'
import type { Quality, Rungs } from '@tandem/protocol'

/** What the encoder chooses from where viewers take anything: text in AV1, motion in VP8. */
export const VIDEO_CODECS = ['av01', 'vp8'] as const

export interface Offer {
  /** Why no picture comes from the capture page; null while it can. */
  captureDown: string | null
  /** This viewer has a peer. */
  hasPeer: boolean
  /** Why there is no room to watch in; null where there is one. */
  roomDown: string | null
  /** Viewers with a peer. */
  peers: number
  peerViewers: number
}

/** Null: it can be had; else why not, for people. */
export function rungsFor({ captureDown, roomDown, hasPeer, peers, peerViewers }: Offer): Rungs {
  const taken = hasPeer || peers < peerViewers ? null : `All ${peerViewers} direct connections of this session are taken.`
  return { webrtc: captureDown ?? taken, room: captureDown ?? roomDown, websocket: captureDown, jpeg: null }
}

/** In the order of the first viewer that says what it can decode. */
export function commonCodecs(wishes: readonly (readonly string[] | null)[]): string[] {
  const lists = wishes.filter((wish) => wish !== null)
  const [first = VIDEO_CODECS, ...others] = lists
  return first.filter((codec) => others.every((list) => list.includes(codec)))
}

/** `auto` is as good as it gets. */
export function highestQuality(wanted: readonly Quality[]): Quality {
  return wanted.reduce((best, quality) => (QUALITIES.indexOf(quality) > QUALITIES.indexOf(best) ? quality : best), QUALITIES[0])
}
