/**
 * Screenshots or the live stream of one session, by choice or by itself. There is one LiveView under both: control,
 * tabs, dialogs and what was typed stay when the mode changes, because only the way to the picture does.
 * In screenshot mode a press shows where it was, in CSS pixels of the page, and `onClickCoordinates` hears of it.
 */
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import type { Quality } from '@tandem/client'
import { WithView } from './BrowserStreamView.tsx'
import type { ViewSource } from './BrowserStreamView.tsx'
import type { BrowserMode } from './browserMode.ts'
import { ClickLayer } from './ClickLayer.tsx'
import { Glyph } from './Glyph.tsx'
import type { LiveHandle } from './liveHandle.ts'
import { Picture } from './Picture.tsx'
import { useBrowserMode } from './useBrowserMode.ts'
import { useLiveSnapshot } from './useLiveSnapshot.ts'

export interface BrowserHybridViewProps extends Omit<ViewSource, 'url'> {
  /** `auto` (the default) chooses by what goes on; pressing one of the two buttons chooses by hand, pressing it again goes back to `auto`. */
  mode?: BrowserMode | 'auto'
  /** A picture to show in screenshot mode (an `<img>` source, as an agent's tool returned it); absent: the session's own, kept fresh. */
  screenshot?: string
  /** The page's address, shown above; absent: the session's. */
  url?: string
  onModeChange?: (mode: BrowserMode) => void
  /** A press in the picture, CSS pixels of the page. */
  onClickCoordinates?: (x: number, y: number) => void
  className?: string
  controls?: boolean
}

/**
 * @example
 * <BrowserHybridView mode="auto" serverId="127.0.0.1:7900" sessionId={id} token={token} onClickCoordinates={(x, y) => click(x, y)} />
 */
export function BrowserHybridView({ url, transport, ...props }: BrowserHybridViewProps): ReactNode {
  // Before the mode is known nothing is streamed: a page full of screenshots never opens a peer.
  const first = props.mode === 'stream' ? transport : 'screenshots'
  const [start] = useState(first)
  return (
    <WithView {...sourceOf(props)} transport={start}>
      {(view) => <Hybrid {...props} view={view} address={url} transport={transport} />}
    </WithView>
  )
}

const sourceOf = ({ sessionId, serverId, token, liveView, name, quality }: Omit<ViewSource, 'url' | 'transport'>): ViewSource => ({
  sessionId,
  serverId,
  token,
  liveView,
  name,
  quality,
})

type HybridProps = Omit<BrowserHybridViewProps, 'url'> & { view: LiveHandle; address: string | undefined }

function Hybrid(props: HybridProps): ReactNode {
  const { view, mode: wanted = 'auto', screenshot, address, onModeChange, onClickCoordinates, className, controls, transport = 'auto' } = props
  const [choice, setChoice] = useState<{ mode: BrowserMode; over: BrowserHybridViewProps['mode'] } | null>(null)
  // A choice by hand counts until the page sets another mode.
  const chosen = choice?.over === wanted ? choice.mode : null
  const mode = useBrowserMode(view, chosen ?? wanted)
  const snapshot = useLiveSnapshot(view)
  const host = useRef<HTMLDivElement>(null)
  const shot = mode === 'screenshot'

  useEffect(() => view.setTransport(shot ? 'screenshots' : transport), [view, shot, transport])
  const told = useRef<BrowserMode | null>(null)
  const tell = useEffectEvent((next: BrowserMode) => onModeChange?.(next))
  useEffect(() => {
    // The first mode is no change.
    if (told.current !== null && told.current !== mode) tell(mode)
    told.current = mode
  }, [mode])

  const shown = address ?? snapshot.tabs.find(({ id }) => id === snapshot.activeTabId)?.url ?? snapshot.session?.page_state?.url ?? ''
  return (
    <Picture
      view={view}
      host={host}
      className={className}
      controls={controls}
      covered={shot && screenshot !== undefined}
      word={shot && snapshot.status === 'live' ? 'Screenshots' : undefined}
      header={
        <div className="tandem-bar" data-top="">
          <ModeSwitch
            mode={mode}
            automatic={chosen === null && wanted === 'auto'}
            onChoose={(next) => setChoice(next === chosen ? null : { mode: next, over: wanted })}
          />
          <div className="tandem-address" title={shown}>
            {shown}
          </div>
          {!shot && <QualityChoice quality={snapshot.quality} onChange={(quality) => view.setQuality(quality)} />}
        </div>
      }
    >
      {shot && screenshot !== undefined && snapshot.blanked === null && <img className="tandem-shot" src={screenshot} alt="Screenshot of the page" />}
      {shot && <ClickLayer host={host} viewport={snapshot.session?.viewport ?? null} onClick={onClickCoordinates} />}
    </Picture>
  )
}

const MODES = [
  { value: 'screenshot', label: 'Screenshot', glyph: 'image' },
  { value: 'stream', label: 'Live stream', glyph: 'video' },
] as const

function ModeSwitch({ mode, automatic, onChoose }: { mode: BrowserMode; automatic: boolean; onChoose: (mode: BrowserMode) => void }): ReactNode {
  return (
    <div className="tandem-modes" role="radiogroup" aria-label="How the page is shown" data-automatic={automatic ? '' : undefined}>
      {MODES.map(({ value, label, glyph }) => (
        <button
          key={value}
          type="button"
          role="radio"
          className="tandem-mode"
          aria-checked={mode === value}
          title={mode === value && automatic ? `${label}, chosen by itself` : label}
          onClick={() => onChoose(value)}
        >
          <Glyph of={glyph} />
          <span>{label}</span>
        </button>
      ))}
    </div>
  )
}

const QUALITIES: readonly { value: Quality; label: string }[] = [
  { value: 'auto', label: 'Auto' },
  { value: 'low', label: 'Low · 360p' },
  { value: 'medium', label: 'Medium · 720p' },
  { value: 'high', label: 'High · 720p' },
]

function QualityChoice({ quality, onChange }: { quality: Quality; onChange: (quality: Quality) => void }): ReactNode {
  return (
    <select
      className="tandem-select"
      aria-label="Quality"
      value={quality}
      onChange={(event) => {
        const next = QUALITIES.find(({ value }) => value === event.target.value)
        if (next !== undefined) onChange(next.value)
      }}
    >
      {QUALITIES.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  )
}
