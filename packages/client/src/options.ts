/** What a LiveView is made with. */
import type { Quality } from '@tandem/protocol'
import type { LiveSocketOptions } from './live/socket.ts'
import type { Wish } from './players/ladder.ts'

export interface LiveViewOptions {
  /** `ws(s)://…/v1/agent-sessions/:id/live`; may carry `?token=`. */
  url: string
  /** What other viewers see. */
  name?: string
  /** Ask for sound too; default true. It stays muted until `setMuted(false)`, called in a gesture. */
  audio?: boolean
  /** How the picture comes: a rung of the ladder, `relay` (a peer through TURN only), or `auto`, the best there is; default `auto`. */
  transport?: Wish
  /** What the picture may take; default `auto`, as good as the network gives. */
  quality?: Quality
  /** Show the picture as soon as there is a connection; default true. */
  autoStart?: boolean
  /** Escape pressed twice quickly hands back; default false, because pages want their Escape. */
  escapeHandsBack?: boolean
  /** @internal The seam for unit tests. */
  createSocket?: LiveSocketOptions['createSocket']
}
