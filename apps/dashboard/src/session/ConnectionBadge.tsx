/** How good the picture is, in figures, and why it is not better. */
import type { ReactNode } from 'react'
import { CircleCheck } from 'lucide-react'
import type { AgentSession, LiveSnapshot, StreamInfo, ViewerStats } from '@tandem/client'
import { bitrate, codecName } from '../format.ts'
import { reportFailure } from '../toasts.ts'
import { Popover } from '../ui/Popover.tsx'
import { Segmented } from '../ui/Segmented.tsx'
import { Select } from '../ui/Select.tsx'
import { Switch } from '../ui/Switch.tsx'
import { useSession } from './context.ts'
import { keepChoice, QUALITIES, readChoice, transportName, TRANSPORTS } from './pictureChoice.ts'
import type { TransportChoice } from './pictureChoice.ts'

const DOTS = { live: 'bg-good', connecting: 'bg-warn animate-pulse', stalled: 'bg-bad', ended: 'bg-faint' }
const STATES = { live: 'Live', connecting: 'Connecting', stalled: 'Stalled', ended: 'Ended' }
/** Under this rate the page does not move at all: a rate would look like a fault. */
const RESTING_FPS = 1

export function ConnectionBadge(): ReactNode {
  const { snapshot } = useSession()
  const { status } = snapshot
  return (
    <Popover
      label="Connection"
      className="w-[340px]"
      trigger={
        <button
          type="button"
          data-badge={status}
          aria-label={`Connection: ${STATES[status]}`}
          className="flex h-8 shrink-0 items-center gap-2 rounded-lg px-2 text-xs tabular-nums hover:bg-hover aria-expanded:bg-hover pointer-coarse:h-11 pointer-coarse:px-3"
        >
          <span className={`size-2 rounded-full ${DOTS[status]}`} />
          <span className="font-medium max-[720px]:sr-only">{STATES[status]}</span>
          {status === 'live' && snapshot.blanked === null && <Short snapshot={snapshot} />}
        </button>
      }
    >
      <Details />
    </Popover>
  )
}

function Short({ snapshot: { stats, stream, rung, route } }: { snapshot: LiveSnapshot }): ReactNode {
  if (stats === null) return null
  // The best rung needs no word.
  const lower = rung.transport !== null && (rung.transport !== 'webrtc' || route === 'relay')
  const parts = [
    ...(lower ? [route === 'relay' ? 'TURN' : transportName(rung.transport ?? '')] : []),
    ...(stats.codec === null || lower ? [] : [codecName(stats.codec)]),
    isResting(stats, stream) ? 'at rest' : `${Math.round(stats.fps)} fps`,
    ...(stats.glassToGlassMs === null ? [] : [`${Math.round(stats.glassToGlassMs)} ms`]),
  ]
  return (
    // Wide enough for the longest, so that the bar does not shift with each figure.
    <span className="hidden min-w-[116px] text-left text-muted lg:inline-block">{parts.join(' · ')}</span>
  )
}

function isResting(stats: ViewerStats, stream: StreamInfo | null): boolean {
  return stats.fps < RESTING_FPS && (stream === null || stream.captureFps < RESTING_FPS)
}

const ROUTES = { direct: 'WebRTC, direct', stun: 'WebRTC, through NAT', relay: 'WebRTC, through TURN' }

function way({ route, rung: { transport, forced } }: LiveSnapshot): string {
  if (transport === null) return ''
  const label = TRANSPORTS.find(({ value }) => value === transport)?.label ?? transport
  const name = transport === 'webrtc' ? (route === null ? 'WebRTC' : ROUTES[route]) : label
  return forced ? `${name}, as chosen` : name
}

const CODEC_REASONS: Record<string, string> = { text: 'for text', motion: 'for motion', viewer: 'what all can decode' }
const QUIET: Record<StreamInfo['quietFrame']['state'], string> = {
  off: 'Off',
  resting: 'Not needed, the page rests',
  good: 'Not needed, frames are early',
  late: 'Frames run late',
  holding: 'Holding frames early',
  unknown: 'Not known, frames come unevenly',
}

const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : value < 0.1 ? 'under 0.1 ms' : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

function glassToGlass(stats: ViewerStats | null, stream: StreamInfo | null): string {
  if (stats?.transport === 'screenshots') return 'Not known for screenshots'
  if (stats?.transport === 'room' && stats.glassToGlassMs === null) return 'Not known through a room'
  return stats !== null && stats.glassToGlassMs === null && isResting(stats, stream) ? 'Measured when it moves' : ms(stats?.glassToGlassMs)
}

function roomWords({ state, reason }: NonNullable<AgentSession['room']>): ReactNode {
  if (state === 'down')
    return (
      <span className="text-bad" title={reason ?? undefined}>
        Down
      </span>
    )
  return { idle: 'Ready, nobody watches by it', connecting: 'Connecting', live: 'Live' }[state]
}

function Details(): ReactNode {
  const { snapshot, view, admin, session } = useSession()
  const { stream, notes, status, reason, rung } = snapshot
  // Figures of a picture that is gone would pass for those of the one that is to come.
  const stats = status === 'live' || status === 'stalled' ? snapshot.stats : null
  const quiet = stream?.quietFrame
  const codec = stats?.codec ?? null
  // Only an encoder chooses; a picture is a JPEG for no reason of the page's.
  const encoded = rung.transport === 'webrtc' || rung.transport === 'room' || rung.transport === 'websocket'
  const why = !encoded || stream?.codecReason === null || stream?.codecReason === undefined ? null : (CODEC_REASONS[stream.codecReason] ?? stream.codecReason)
  const rows: [string, ReactNode][] = [
    ['Codec', codec === null ? '–' : `${codecName(codec)}${why === null ? '' : `, ${why}`}`],
    ['Resolution', stats === null || stats.width === 0 ? '–' : `${stats.width} × ${stats.height}`],
    [
      'Frames',
      stats === null
        ? '–'
        : isResting(stats, stream)
          ? 'The page rests'
          : `${Math.round(stats.fps)} fps shown${stream === null || stream.captureFps <= stats.fps ? '' : `, ${Math.round(stream.captureFps)} captured`}`,
    ],
    ['Bit rate', stats === null ? '–' : bitrate(stats.kbps)],
    ['Round trip', ms(stats?.rttMs)],
    ['Glass to glass', glassToGlass(stats, stream)],
    ['Encoding', ms(stream?.encodeMs)],
    ['Dropped, frozen', stats === null ? '–' : `${count(stats.framesDropped, 'frame')}, ${count(stats.freezes, 'time')}`],
    ...(session.room === null || status === 'ended' ? [] : [['LiveKit room', roomWords(session.room)] satisfies [string, ReactNode]]),
  ]
  // The rung's own reason has its place above the figures.
  const others = notes.filter((note) => note !== rung.why)
  return (
    <div className="text-sm">
      <div className="flex items-baseline gap-2 px-4 pt-3.5 pb-2">
        <span className={`size-2 shrink-0 -translate-y-px rounded-full ${DOTS[status]}`} />
        <span className="font-semibold">{STATES[status]}</span>
        <span className="min-w-0 flex-1 text-muted">{reason ?? way(snapshot)}</span>
      </div>
      {rung.why !== null && status !== 'ended' && (
        <p className="px-4 pb-2.5 text-xs text-muted" data-why="">
          {rung.why}
        </p>
      )}
      <Choices />
      <dl className="grid grid-cols-[116px_1fr] gap-y-1 border-t border-line px-4 py-3 tabular-nums">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {quiet !== undefined && (
        <div className="flex items-center gap-3 border-t border-line px-4 py-3">
          <div className="min-w-0 flex-1">
            <div className="font-medium">Quiet frame</div>
            <div className="text-xs text-muted tabular-nums">
              {QUIET[quiet.state]}
              {quiet.state === 'late' && ` by ${quiet.lateBy.toFixed(1)} intervals`}
              {quiet.applied > 0 && ` · applied ${quiet.applied} ${quiet.applied === 1 ? 'time' : 'times'}`}
            </div>
          </div>
          {admin && <Switch label="Quiet frame" checked={quiet.state !== 'off'} onChange={(allow) => reportFailure(view.setQuietFrame(allow))} />}
        </div>
      )}
      <div className="border-t border-line px-4 py-3">
        {others.length === 0 ? (
          <div className="flex items-center gap-2 text-muted">
            {status === 'live' && <CircleCheck className="size-4 text-good" />}
            {status !== 'live' ? 'No figures at the moment.' : rung.why === null ? 'Nothing holds the picture back.' : 'Nothing else holds the picture back.'}
          </div>
        ) : (
          <>
            <div className="mb-1.5 font-medium">Why it is not better</div>
            <ul className="list-outside list-disc space-y-1 pl-4 text-muted marker:text-faint">
              {others.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  )
}

/** Why the server does not offer it to this viewer; null where it does. `relay` is a peer too. */
function refusalOf(choice: TransportChoice, offers: LiveSnapshot['offers']): string | null {
  if (offers === null || choice === 'auto' || choice === 'screenshots') return null
  return offers[choice === 'relay' ? 'webrtc' : choice]
}

/** The way and the quality, by hand; kept in the page's address. */
function Choices(): ReactNode {
  const { snapshot, view } = useSession()
  const { forced, transport } = snapshot.rung
  // The address knows what was asked for; what came of it is the rung.
  const asked = forced ? readChoice(location.search).transport : 'auto'
  // The own peer is no refusal; what is shown, or its own sentence above, needs none here.
  const refused = TRANSPORTS.flatMap(({ value, short }): [string, string][] => {
    const why = value === 'relay' || value === transport ? null : refusalOf(value, snapshot.offers)
    return why === null || why === snapshot.rung.why ? [] : [[short, why]]
  })
  const chosen = asked === 'auto' && forced && transport !== null ? transport : asked
  return (
    <div className="space-y-2.5 border-t border-line px-4 py-3">
      <label className="flex items-center gap-3">
        <span className="w-14 shrink-0 font-medium">Way</span>
        <Select
          className="min-w-0 flex-1"
          data-choice="transport"
          value={chosen}
          options={TRANSPORTS.map((choice) => ({ ...choice, disabled: choice.value !== chosen && refusalOf(choice.value, snapshot.offers) !== null }))}
          onChange={(next) => {
            keepChoice({ transport: next })
            view.setTransport(next)
          }}
        />
      </label>
      {refused.length > 0 && (
        <ul className="space-y-0.5 pl-17 text-xs text-muted" data-refused="">
          {refused.map(([name, why]) => (
            <li key={name}>
              {name}: {why}
            </li>
          ))}
        </ul>
      )}
      <div className="flex items-center gap-3">
        <span className="w-14 shrink-0 font-medium">Quality</span>
        <Segmented
          label="Quality"
          className="flex min-w-0 flex-1"
          value={snapshot.quality}
          options={QUALITIES}
          onChange={(next) => {
            keepChoice({ quality: next })
            view.setQuality(next)
          }}
        />
      </div>
    </div>
  )
}
