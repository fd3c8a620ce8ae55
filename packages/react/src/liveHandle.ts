import type { LiveView } from '@tandem/client'

/** The public side of a LiveView: what the components need, so that a scripted one can stand in for it. */
export type LiveHandle = Pick<LiveView, keyof LiveView>
