/** Whatever needs an answer: the agent's request, other viewers' requests, the idle warning, a lost holder, a page that does not answer, a session or server that ends soon. */
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { Bot, Hand, Hourglass, ServerCog, TimerOff, WifiOff } from 'lucide-react'
import type { ControlRequest, HandbackOutcome, HumanRequest } from '@tandem/client'
import { countdown, secondsUntil } from '../format.ts'
import { useNow } from '../hooks.ts'
import { reportFailure } from '../toasts.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Button } from '../ui/Button.tsx'
import { TextArea } from '../ui/Field.tsx'
import { useSession } from './context.ts'
import { mayTake } from './words.ts'

export function Notices(): ReactNode {
  const { snapshot } = useSession()
  const { control, holding, humanRequests, status, expiring } = snapshot
  if (status === 'ended' || control === null) return null
  const others = holding ? control.requests.filter((request) => request.client_id !== snapshot.me?.id) : []
  return (
    <>
      {humanRequests.map((request) => (
        <AgentAsks key={request.id} request={request} />
      ))}
      {others.map((request) => (
        <ControlAsked key={request.id} request={request} />
      ))}
      {control.idle_ends_at !== null && <IdleWarning endsAt={control.idle_ends_at} />}
      {control.grace_ends_at !== null && !holding && <HolderLost endsAt={control.grace_ends_at} />}
      <Stalled />
      {expiring !== null && <Expiring kind={expiring.kind} endsAt={expiring.endsAt} />}
      <Draining />
    </>
  )
}

function Notice({ children, tone = 'border-transparent', label }: { children: ReactNode; tone?: string; label: string }): ReactNode {
  return (
    <section aria-label={label} className={`pointer-events-auto w-full max-w-[560px] animate-rise rounded-2xl border bg-raised shadow-pop ${tone}`}>
      {children}
    </section>
  )
}

const ROW = 'flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5 pr-2.5 pl-3.5'

/** The agent asks for a human: before the takeover a card, afterwards a line with the two answers. */
function AgentAsks({ request }: { request: HumanRequest }): ReactNode {
  const { view, snapshot, driver } = useSession()
  const [answering, setAnswering] = useState<HandbackOutcome | null>(null)
  const [busy, setBusy] = useState(false)
  const now = useNow()
  const { holding, mayControl } = snapshot
  const take = (): void => {
    setBusy(true)
    reportFailure(view.takeControl().finally(() => setBusy(false)))
  }
  return (
    <Notice label="The agent asks for help">
      <div className="flex gap-3 py-3 pr-3 pl-3.5" data-notice="human-request">
        <span className="mt-0.5 grid size-7 shrink-0 place-items-center rounded-full bg-agent-soft text-agent-ink [&_svg]:size-4">
          <Bot />
        </span>
        <div className="min-w-0 flex-1">
          <div className="flex items-baseline gap-2">
            <div className="min-w-0 flex-1 font-semibold [overflow-wrap:anywhere]">{request.reason}</div>
            <span className="shrink-0 text-xs text-muted tabular-nums" title="The agent waits this long">
              {countdown(secondsUntil(request.expires_at, now))}
            </span>
          </div>
          {request.instructions !== null && (
            <p className="mt-0.5 line-clamp-4 whitespace-pre-line text-muted [overflow-wrap:anywhere]">{request.instructions}</p>
          )}
          {answering !== null ? (
            <Answer
              outcome={answering}
              onCancel={() => setAnswering(null)}
              onSend={async (note) => {
                await view.answerHumanRequest(request.id, answering, note)
                if (view.snapshot.holding) await view.handBack(answering, note)
              }}
            />
          ) : mayControl ? (
            <div className="mt-2.5 flex flex-wrap gap-2">
              {!holding && driver.kind !== 'human' && (
                <Button kind="solid" icon={<Hand />} disabled={busy} onClick={take}>
                  Take control
                </Button>
              )}
              <Button kind={holding ? 'human' : 'outline'} onClick={() => setAnswering('done')}>
                Done
              </Button>
              <Button onClick={() => setAnswering('failed')}>Couldn’t do it</Button>
            </div>
          ) : (
            <p className="mt-1.5 text-xs text-muted">Somebody with a control link can help.</p>
          )}
        </div>
      </div>
    </Notice>
  )
}

interface AnswerProps {
  outcome: HandbackOutcome
  onCancel: () => void
  onSend: (note: string | undefined) => Promise<void>
}

function Answer({ outcome, onCancel, onSend }: AnswerProps): ReactNode {
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const send = (): void => {
    setBusy(true)
    reportFailure(onSend(note.trim() === '' ? undefined : note.trim()).finally(() => setBusy(false)))
  }
  return (
    <form
      className="mt-2.5"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <TextArea
        autoFocus
        aria-label="Note for the agent"
        rows={2}
        maxLength={4_000}
        placeholder={outcome === 'done' ? 'Anything the agent should know (optional)' : 'What went wrong (optional)'}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send()
          if (event.key === 'Escape') onCancel()
        }}
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button kind="ghost" onClick={onCancel}>
          Cancel
        </Button>
        <Button kind="solid" type="submit" disabled={busy}>
          {outcome === 'done' ? 'Tell the agent it is done' : 'Tell the agent it failed'}
        </Button>
      </div>
    </form>
  )
}

/** Another viewer asks for the wheel that this one holds. */
function ControlAsked({ request }: { request: ControlRequest }): ReactNode {
  const { view } = useSession()
  const now = useNow()
  return (
    <Notice label={`${request.name} asks for control`}>
      <div className={ROW} data-notice="control-request">
        <Avatar name={request.name} />
        <div className="min-w-32 flex-1">
          <span className="font-semibold">{request.name}</span> asks for control{' '}
          <span className="text-muted tabular-nums">{countdown(secondsUntil(request.expires_at, now))}</span>
        </div>
        <div className="ml-auto flex gap-2">
          <Button onClick={() => reportFailure(view.declineControl(request.id))}>Decline</Button>
          <Button kind="human" onClick={() => reportFailure(view.giveControl(request.id))}>
            Give control
          </Button>
        </div>
      </div>
    </Notice>
  )
}

function IdleWarning({ endsAt }: { endsAt: string }): ReactNode {
  const { view, snapshot, driver } = useSession()
  const now = useNow()
  const left = countdown(secondsUntil(endsAt, now))
  return (
    <Notice label="Idle">
      <div className={ROW} data-notice="idle">
        <Hourglass className="size-4 shrink-0 text-warn" />
        <div className="min-w-40 flex-1">
          {snapshot.holding ? (
            <>
              <span className="font-semibold">Still there?</span> Control goes back to the agent in <span className="tabular-nums">{left}</span>.
            </>
          ) : (
            <>
              {driver.name} does nothing. Control goes back in <span className="tabular-nums">{left}</span>.
            </>
          )}
        </div>
        {snapshot.holding && (
          <Button kind="human" className="ml-auto" onClick={() => view.stay()}>
            I’m still here
          </Button>
        )}
      </div>
    </Notice>
  )
}

function HolderLost({ endsAt }: { endsAt: string }): ReactNode {
  const { driver } = useSession()
  const now = useNow()
  return (
    <Notice label="The driver is gone">
      <div className={ROW} data-notice="grace">
        <WifiOff className="size-4 shrink-0 text-warn" />
        <div className="flex-1">
          <span className="font-semibold">{driver.name}</span> lost the connection. The agent goes on in{' '}
          <span className="tabular-nums">{countdown(secondsUntil(endsAt, now))}</span>, unless they come back.
        </div>
      </div>
    </Notice>
  )
}

/** The tab in front does not answer; whoever steers can load it again, or close it above. */
function Stalled(): ReactNode {
  const { view, snapshot, driver } = useSession()
  const { tabs, activeTabId, steering } = snapshot
  if (!tabs.some(({ id, stalled }) => id === activeTabId && stalled)) return null
  return (
    <Notice label="The page does not answer">
      <div className={ROW} data-notice="stalled">
        <Hourglass className="size-4 shrink-0 text-warn" />
        <div className="min-w-40 flex-1">
          <span className="font-semibold">This page does not answer.</span> A script keeps it busy, or its server does not reply.
          {!steering && mayTake(snapshot) && driver.kind !== 'human' && ' Take control to reload or close it.'}
        </div>
        {steering && (
          <Button kind="solid" className="ml-auto" onClick={() => reportFailure(view.history('reload'))}>
            Reload
          </Button>
        )}
      </div>
    </Notice>
  )
}

/** The session ends by itself soon: nobody uses it, which any use changes, or its time is up. */
function Expiring({ kind, endsAt }: { kind: 'idle' | 'absolute'; endsAt: string }): ReactNode {
  const { view, snapshot } = useSession()
  const now = useNow()
  const left = countdown(secondsUntil(endsAt, now))
  // Any word of a viewer is a use, and a name said again changes nothing.
  const keep = (): void => reportFailure(view.rename(snapshot.me?.name ?? 'Guest'))
  return (
    <Notice label="The session ends soon">
      <div className={ROW} data-notice="expiring">
        <TimerOff className="size-4 shrink-0 text-warn" />
        <div className="min-w-40 flex-1">
          <span className="font-semibold">
            This session closes in <span className="tabular-nums">{left}</span>.
          </span>{' '}
          {kind === 'idle' ? 'Nobody has used it for a while.' : 'Its time is up; save what you need.'}
        </div>
        {kind === 'idle' && (
          <Button kind="solid" className="ml-auto" onClick={keep}>
            Keep it open
          </Button>
        )}
      </div>
    </Notice>
  )
}

/** From the server's word that it stops until the connection was made anew, with it or another one. */
function Draining(): ReactNode {
  const { view } = useSession()
  const [reason, setReason] = useState<string | null>(null)
  useEffect(() => {
    const undo = [view.on('server.draining', (data) => setReason(data.reason)), view.on('session.hello', () => setReason(null))]
    return () => {
      for (const stop of undo) stop()
    }
  }, [view])
  if (reason === null) return null
  return (
    <Notice label="The server restarts">
      <div className={ROW} data-notice="draining">
        <ServerCog className="size-4 shrink-0 text-warn" />
        <div className="flex-1">
          <span className="font-semibold">The server restarts soon.</span> The view comes back by itself.
        </div>
      </div>
    </Notice>
  )
}
