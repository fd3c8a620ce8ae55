/**
 * One live view on a page: the picture fitted with letterbox, the sign that covers it when it is not the present, and
 * the strip. What it shows the picture with (stream, screenshots) may change under it: host and view stay.
 * Neighbours: BrowserStreamView.tsx, BrowserHybridView.tsx.
 */
import { useEffect, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import { connectionState, describeDriver } from '@tandem/client'
import { useControlEvents } from './controlEvents.ts'
import type { ControlEvent } from './controlEvents.ts'
import type { LiveHandle } from './liveHandle.ts'
import { StatusSign } from './StatusSign.tsx'
import { Strip } from './Strip.tsx'
import { applyStyles } from './styles.ts'
import { useLiveSnapshot } from './useLiveSnapshot.ts'

interface PictureProps {
  view: LiveHandle
  onControl?: (event: ControlEvent) => void
  className?: string
  controls?: boolean
  /** Above the picture. */
  header?: ReactNode
  /** Lies over the picture and has its size exactly. */
  children?: ReactNode
  statusActions?: ReactNode
  /** A picture lies over the stream that is no worse for the stream's state: no sign, no greying. */
  covered?: boolean
  word?: string
  host?: RefObject<HTMLDivElement | null>
}

const DEFAULT_VIEWPORT = { width: 1280, height: 720 }

export function Picture({
  view,
  onControl,
  className,
  controls = true,
  header,
  children,
  statusActions,
  covered = false,
  word,
  host,
}: PictureProps): ReactNode {
  const snapshot = useLiveSnapshot(view)
  const own = useRef<HTMLDivElement>(null)
  const place = host ?? own
  const [expanded, setExpanded] = useState(false)
  const viewport = snapshot.session?.viewport ?? DEFAULT_VIEWPORT
  applyStyles()
  useEffect(() => {
    if (place.current === null) return
    return view.attach(place.current)
  }, [view, place])
  useControlEvents(place, viewport, snapshot.steering, onControl)

  const ratio = viewport.width / viewport.height
  // Container units instead of measuring: the box is right in the first paint and in every frame of a resize.
  const fitted = { aspectRatio: `${viewport.width} / ${viewport.height}`, width: `min(100cqw, calc(100cqh * ${ratio}))` }
  const signed = !covered || snapshot.status === 'ended' || snapshot.blanked !== null
  return (
    <div
      className={`tandem-view${className === undefined ? '' : ` ${className}`}`}
      data-status={snapshot.status}
      data-connection={connectionState(snapshot)}
      data-driver={describeDriver(snapshot).kind}
      data-old={snapshot.status === 'live' || !signed ? undefined : ''}
      data-hidden={snapshot.blanked === null ? undefined : ''}
      data-expanded={expanded ? '' : undefined}
    >
      {header}
      <div className="tandem-stage">
        <div className="tandem-picture" style={fitted}>
          <div ref={place} className="tandem-host" />
          <div className="tandem-layer">{children}</div>
        </div>
        {signed && <StatusSign snapshot={snapshot} actions={statusActions} />}
      </div>
      {controls && <Strip view={view} snapshot={snapshot} expanded={expanded} onExpand={setExpanded} word={word} />}
    </div>
  )
}
