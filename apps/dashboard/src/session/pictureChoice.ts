/** How the picture comes, chosen by hand: `?transport=` and `?quality=` of the page's address, kept there, so that a reload and a bookmark keep the choice. */
import type { LiveViewOptions, Quality } from '@tandem/client'

export type TransportChoice = NonNullable<LiveViewOptions['transport']>

export const TRANSPORTS: readonly { value: TransportChoice; label: string; short: string }[] = [
  { value: 'auto', label: 'The best there is', short: '' },
  { value: 'webrtc', label: 'WebRTC, peer to peer', short: 'WebRTC' },
  { value: 'relay', label: 'WebRTC, through TURN only', short: 'TURN' },
  { value: 'room', label: 'LiveKit room', short: 'Room' },
  { value: 'websocket', label: 'Video over WebSocket', short: 'WebSocket' },
  { value: 'jpeg', label: 'JPEG pictures', short: 'JPEG' },
  { value: 'screenshots', label: 'Screenshots', short: 'Screenshots' },
]

export const QUALITIES: readonly { value: Quality; label: string; title: string }[] = [
  { value: 'auto', label: 'Auto', title: 'Automatic: as good as the network gives' },
  { value: 'low', label: 'Low', title: 'Low: 640 × 360, 500 kbit/s at most' },
  { value: 'medium', label: 'Medium', title: 'Medium: 1280 × 720, 1.5 Mbit/s at most' },
  { value: 'high', label: 'High', title: 'High: 1280 × 720, 3 Mbit/s at most' },
]

export interface PictureChoice {
  transport: TransportChoice
  quality: Quality
}

export function readChoice(search: string): PictureChoice {
  const query = new URLSearchParams(search)
  return {
    transport: TRANSPORTS.find(({ value }) => value === query.get('transport'))?.value ?? 'auto',
    quality: QUALITIES.find(({ value }) => value === query.get('quality'))?.value ?? 'auto',
  }
}

export function keepChoice(choice: Partial<PictureChoice>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(choice)) {
    if (value === 'auto') query.delete(name)
    else query.set(name, value)
  }
  const search = query.size === 0 ? '' : `?${query}`
  history.replaceState(history.state, '', `${location.pathname}${search}${location.hash}`)
}

/** `webrtc` as people read it. */
export function transportName(transport: string): string {
  return TRANSPORTS.find(({ value }) => value === transport)?.short ?? transport
}
