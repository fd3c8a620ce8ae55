/**
 * The live picture in any React page: honest about its state (connecting, stalled, ended: an old picture never
 * looks live), with the wheel one button away. Owns no protocol: the LiveView does. Brings its own style sheet.
 */
import type { ReactNode } from 'react'
import type { LiveViewOptions } from '@tandem/client'
import type { ControlEvent } from './controlEvents.ts'
import type { LiveHandle } from './liveHandle.ts'
import { liveUrl } from './liveUrl.ts'
import { Picture } from './Picture.tsx'
import { useLiveView } from './useLiveView.ts'

/** Which session, where, and as whom. */
export interface ViewSource {
  sessionId: string
  /** Host (with port) or URL of the Tandem server; absent: where this page came from. */
  serverId?: string
  /** A session token with the role `view` or `control`; absent: the cookie of this origin. */
  token?: string
  /** The whole address of the live socket, instead of serverId, sessionId and token. */
  url?: string
  /** A connection that the caller owns, instead of one made here. */
  liveView?: LiveHandle
  /** What the other viewers see. */
  name?: string
  /** The way to the picture; default `auto`: the best that this network gives. */
  transport?: LiveViewOptions['transport']
  quality?: LiveViewOptions['quality']
}

export interface BrowserStreamViewProps extends ViewSource {
  /** Called for each input of the holder, in page CSS pixels; the input itself needs no help. */
  onControl?: (event: ControlEvent) => void
  className?: string
  /** The strip with the connection, who drives and the control button. Default true. */
  controls?: boolean
  /** Lies over the picture and has its size exactly: for dialogs, pickers, marks. */
  children?: ReactNode
  /** Buttons in the sign that covers a picture that is not live. */
  statusActions?: ReactNode
}

/**
 * @example
 * <BrowserStreamView serverId="127.0.0.1:7900" sessionId={id} token={token} />
 */
export function BrowserStreamView(props: BrowserStreamViewProps): ReactNode {
  const { onControl, className, controls, children, statusActions, ...source } = props
  return (
    <WithView {...source}>
      {(view) => (
        <Picture view={view} onControl={onControl} className={className} controls={controls} statusActions={statusActions}>
          {children}
        </Picture>
      )}
    </WithView>
  )
}

type Shown = (view: LiveHandle) => ReactNode

/** The caller's connection, or one of the component's own for as long as it is mounted. */
export function WithView({ children, ...source }: ViewSource & { children: Shown }): ReactNode {
  return source.liveView === undefined ? <OwnView {...source}>{children}</OwnView> : children(source.liveView)
}

function OwnView({ url, sessionId, serverId, token, name, transport, quality, children }: ViewSource & { children: Shown }): ReactNode {
  const view = useLiveView({ url: url ?? liveUrl(sessionId, serverId, token), name, transport, quality })
  return view === null ? null : children(view)
}
