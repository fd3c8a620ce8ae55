/** What control and the requests for a human tell, passed on: to viewers as live events, to the timeline, to the session where it must act. */
import type { Control } from '../control/control.ts'
import type { Metrics } from '../metrics.ts'
import type { HumanRequests } from './humanRequests.ts'
import type { Timeline } from './timeline.ts'
import type { Watchers } from './watchers.ts'

export interface ControlListener {
  watchers: Watchers
  timeline: Timeline
  humanRequests: HumanRequests
  metrics: Metrics
  /** The record changed: it outlives a restart. */
  save(): void
  /** What the last driver holds down must not stay so for the next one. */
  released(): void
  /** Who may see the page may have changed. */
  blankChanged(): void
  humanDriving(driving: boolean): void
}

export function forwardControlEvents(control: Control, to: ControlListener): void {
  const { watchers, timeline, humanRequests } = to
  let lastHolder: string | null = null
  control.events.on('changed', ({ info, type }) => {
    to.metrics.controlTransition(type)
    to.save()
    timeline.add(type, { state: info.state, driver: info.driver, epoch: info.epoch })
    watchers.broadcast('control.changed', info)
    const holder = control.holder?.clientId ?? null
    if (lastHolder !== null && holder !== lastHolder) to.released()
    lastHolder = holder
    to.blankChanged()
  })
  control.events.on('requestClosed', ({ request, outcome }) => watchers.broadcast('control.requestClosed', { requestId: request.id, outcome }))
  control.events.on('handedBack', (handback) => {
    watchers.broadcast('control.handedBack', handback)
    timeline.add('control.handed-back', handback)
    if (handback.reason === 'released') humanRequests.answerAll(handback.outcome, handback.note)
  })
  control.events.on('humanDriving', (driving) => to.humanDriving(driving))
  humanRequests.events.on('opened', (request) => {
    watchers.broadcast('humanRequest.opened', request)
    timeline.add('human-request.opened', { ...request })
  })
  humanRequests.events.on('closed', (closed) => {
    watchers.broadcast('humanRequest.closed', closed)
    timeline.add('human-request.closed', closed)
  })
}
