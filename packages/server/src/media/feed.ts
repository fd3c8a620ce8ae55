/**
 * What each way to the picture is to `media.ts`: one feed, which keeps its own subscriptions, at most one for a viewer.
 * Peers carry signalling, the relay and the pictures carry packets; a viewer may have one of each while it changes over.
 */
import type { IceServer, Quality } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Watcher, Watchers } from '../sessions/watchers.ts'

export type Rung = 'webrtc' | 'room' | 'websocket' | 'jpeg'

export interface StartOptions {
  /** What the viewer can decode, best first; absent: whatever comes. */
  codecs?: readonly string[] | undefined
  audio: boolean
  quality: Quality
  /** Only over TURN. */
  relayOnly: boolean
}

export interface Feed {
  readonly rung: Rung
  /** It runs for this viewer. */
  carries(watcher: Watcher): boolean
  /** The subscription is this viewer's own. */
  has(watcher: Watcher, id: string): boolean
  /** Answers with the id, in place of an older subscription of the viewer; what follows is sent after the answer. */
  start(watcher: Watcher, options: StartOptions): Promise<string>
  pause(id: string, paused: boolean): void | Promise<void>
  quality(id: string, quality: Quality): void | Promise<void>
  stop(id: string): void
  /** The viewer is gone for good. */
  leave(watcher: Watcher): void
  /** Its socket was lost; it may come back. */
  lose(watcher: Watcher): void
  /** Another viewer may be hidden from the picture, or no longer: nothing else is sent before this is done. */
  applyBlank(): void
  /** The capture page or the browser is gone. */
  lost(reason: string, retry: boolean): void
  /** It is there again. */
  back(): void
  close(): void
}

export interface FeedOptions {
  watchers: Watchers
  /** Why the picture is hidden from this viewer; null when it is not. */
  blankReason(viewerId: string): string | null
  clock: Clock
  log: Logger
  metrics: Pick<Metrics, 'frameDropped' | 'viewerCut' | 'keyFrameAsked' | 'mediaStarted'>
  /** Somebody began or ended to watch by this feed. */
  changed(): void
}

export interface IceOptions {
  iceServers(viewerId: string): IceServer[]
  icePolicy: 'all' | 'relay'
}
