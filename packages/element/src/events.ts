/** What the element tells the page around it. Details are plain data: they travel through `postMessage` as they are. */
import { connectionState, describeDriver } from '@tandem/client'
import type { ConnectionState, DriverDescription, LiveSnapshot } from '@tandem/client'

export interface TandemStatusDetail {
  status: LiveSnapshot['status']
  /** The same in the four words of a connection. */
  connection: ConnectionState
  /** A sentence for people; null while live. */
  reason: string | null
  /** The code of the error that ended it, where there is one. */
  code: string | null
  /** How the picture travels; null while there is none. */
  transport: string | null
  /** Why it is no better way, for people. */
  why: string | null
  quality: string
  /** The picture is hidden from this viewer, and why. */
  blanked: string | null
  muted: boolean
}

export interface TandemControlDetail {
  driver: DriverDescription['kind']
  /** Who drives, for people. */
  name: string
  changing: DriverDescription['changing']
  /** This view has the wheel. */
  holding: boolean
  /** This view may ask for it. */
  mayControl: boolean
  epoch: number | null
}

export interface TandemViewEventMap {
  'tandem-status': CustomEvent<TandemStatusDetail>
  'tandem-control': CustomEvent<TandemControlDetail>
}

export const statusOf = (snapshot: LiveSnapshot): TandemStatusDetail => ({
  status: snapshot.status,
  connection: connectionState(snapshot),
  reason: snapshot.reason,
  code: snapshot.code,
  transport: snapshot.transport,
  why: snapshot.rung.why,
  quality: snapshot.quality,
  blanked: snapshot.blanked,
  muted: snapshot.muted,
})

export function controlOf(snapshot: LiveSnapshot): TandemControlDetail {
  const { kind, name, changing } = describeDriver(snapshot)
  return { driver: kind, name, changing, holding: snapshot.holding, mayControl: snapshot.mayControl, epoch: snapshot.control?.epoch ?? null }
}
