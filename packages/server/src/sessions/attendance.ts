/**
 * How people come and go: who joins, whose connection is lost and is waited for, who may not come back, and what of
 * picture, control and timeline follows from each. Who is there is in `watchers.ts`, what is told of it in `audience.ts`.
 */
import type { LiveBrowser } from '@tandem/browser'
import type { Control } from '../control/control.ts'
import type { Clock, Departure } from '../control/types.ts'
import type { Media } from '../media/media.ts'
import type { Blanking } from './blanking.ts'
import { LostViewers } from './lostViewers.ts'
import type { Timeline } from './timeline.ts'
import type { Timeouts } from './timeouts.ts'
import type { Watcher, Watchers } from './watchers.ts'

export interface AttendanceOptions {
  watchers: Watchers
  media: Media
  control: Control
  blanking: Blanking
  timeline: Timeline
  timeouts: Timeouts
  clock: Clock
  running(): LiveBrowser | null
  /** The session ends: nobody leaves it any more. */
  isEnding(): boolean
  /** Somebody came or went. */
  changed(): void
}

export class Attendance {
  readonly #options: AttendanceOptions
  readonly #lost: LostViewers

  constructor(options: AttendanceOptions) {
    this.#options = options
    this.#lost = new LostViewers(options.clock)
  }

  join(watcher: Watcher): void {
    const { watchers, media, control, timeline, timeouts, changed } = this.#options
    media.adopt(watcher)
    watchers.add(watcher)
    this.#lost.remove(watcher.viewer.id)
    watcher.welcome()
    const { expiring } = timeouts
    if (expiring?.kind === 'absolute') watcher.send('session.expiring', expiring)
    control.holderReturned(watcher.viewer.id)
    timeline.add('viewer.joined', { client_id: watcher.viewer.id, name: watcher.viewer.name, role: watcher.viewer.role })
    changed()
  }

  leave(watcher: Watcher, how: Departure): void {
    const { watchers, media, control, blanking, timeline, running, isEnding, changed } = this.#options
    if (how === 'lost') media.lose(watcher)
    else media.leave(watcher)
    // A newer connection of the same viewer took its place, or the session is over: nobody has left.
    if (!watchers.remove(watcher) || isEnding()) return
    // Nobody is there to lift the keys that are down, also when control is kept for a return.
    if (blanking.lastActor === watcher.viewer.id) running()?.releaseInput()
    if (how !== 'goodbye') this.#lost.add(watcher)
    control.holderLeft(watcher.viewer.id, how)
    timeline.add('viewer.left', { client_id: watcher.viewer.id, name: watcher.viewer.name, how })
    changed()
  }

  /** Who lost its connection under this id a short while ago. */
  lost(viewerId: string): Watcher | undefined {
    return this.#lost.get(viewerId)
  }

  allLost(): Watcher[] {
    return this.#lost.all()
  }

  /** A viewer that lost its connection may not come back: what was kept for it ends now. */
  dismiss(viewerId: string): void {
    const { watchers, media, control } = this.#options
    this.#lost.remove(viewerId)
    media.forget(viewerId)
    if (!watchers.get(viewerId)) control.holderLeft(viewerId, 'goodbye')
  }

  close(): void {
    this.#lost.close()
  }
}
