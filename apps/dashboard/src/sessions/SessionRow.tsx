import type { MouseEvent, ReactNode } from 'react'
import { Bot, ChevronRight, CircleStop, Eye, Hand, UserRound, Users, X } from 'lucide-react'
import type { AgentSession } from '@tandem/client'
import { age, countdown, hostOf, secondsUntil } from '../format.ts'
import { hrefOf } from '../base.ts'
import { navigate, sessionPath } from '../router.ts'
import { IconButton } from '../ui/Button.tsx'
import { Tag } from '../ui/List.tsx'
import { modeLabel } from './modes.ts'
import { Thumbnail } from './Thumbnail.tsx'

/** Its name, else the host it is on, else something to tell it apart by. */
export function sessionName(session: Pick<AgentSession, 'name' | 'page_state' | 'id'>): string {
  return session.name ?? hostOf(session.page_state?.url) ?? `Session ${session.id.slice(4, 8)}`
}

interface Who {
  text: string
  icon: ReactNode
  look: string
}

function whoDrives(session: AgentSession): Who {
  if (session.status === 'closed') return { text: 'Closed', icon: <CircleStop />, look: 'bg-sunken text-muted' }
  if (session.status === 'paused') return { text: 'Restarting', icon: <CircleStop />, look: 'bg-warn-soft text-warn' }
  switch (session.control.driver.kind) {
    case 'human':
      return { text: session.control.driver.name, icon: <Hand />, look: 'bg-human-soft text-human-ink' }
    case 'both':
      return { text: 'Agent and people', icon: <Users />, look: 'bg-agent-soft text-agent-ink' }
    case 'nobody':
      return { text: 'Nobody', icon: <UserRound />, look: 'bg-sunken text-muted' }
    case 'agent':
      return session.agents > 0
        ? { text: 'Agent', icon: <Bot />, look: 'bg-agent-soft text-agent-ink' }
        : { text: 'Agent, not connected', icon: <Bot />, look: 'bg-sunken text-muted' }
  }
}

interface SessionRowProps {
  session: AgentSession
  now: number
  /** Then each row names its own. */
  severalServers: boolean
  onClose: () => void
}

export function SessionRow({ session, now, severalServers, onClose }: SessionRowProps): ReactNode {
  const who = whoDrives(session)
  const closed = session.status === 'closed'
  const page = session.page_state
  const address = hostOf(page?.url)
  const title = page?.title === '' ? null : (page?.title ?? null)
  const detail = closed ? closedText(session) : [title, address].filter((part) => part !== null && part !== sessionName(session)).join(' · ') || 'Empty page'
  const open = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    navigate(sessionPath(session.id))
  }
  return (
    <li className="group relative border-b border-line transition-colors last:border-0 hover:bg-hover/60" data-session={session.id}>
      <div className="flex min-h-16 items-center gap-3.5 py-2.5 pr-3 pl-4">
        <div className="relative shrink-0">
          <Thumbnail thumbnail={closed ? null : (session.thumbnail ?? null)} name={sessionName(session)} now={now} />
          <span
            className={`absolute -right-1.5 -bottom-1.5 grid size-6 place-items-center rounded-full ring-2 ring-panel [&_svg]:size-3.5 ${who.look}`}
            aria-hidden="true"
          >
            {who.icon}
          </span>
        </div>
        <div className="min-w-0 flex-1">
          <div className="flex items-center gap-2">
            <a
              href={hrefOf(sessionPath(session.id))}
              onClick={open}
              className="truncate text-base font-[550] tracking-[-0.006em] outline-none after:absolute after:inset-0 focus-visible:after:rounded-xl focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
            >
              {sessionName(session)}
            </a>
            <span className="hidden shrink-0 items-center gap-1.5 sm:flex">
              <Tags session={session} now={now} severalServers={severalServers} />
            </span>
          </div>
          <div className="truncate text-muted">
            <span className="sm:hidden">{who.text} · </span>
            {detail}
          </div>
          <div className="mt-1 flex flex-wrap gap-1 empty:hidden sm:hidden">
            <Tags session={session} now={now} severalServers={severalServers} />
          </div>
        </div>
        <div className="hidden w-36 min-w-0 sm:block">
          <div className="truncate">{who.text}</div>
          <div className="truncate text-xs text-muted">{modeLabel(session.mode)}</div>
        </div>
        <div
          className={`hidden w-12 items-center gap-1.5 text-muted tabular-nums sm:flex ${session.viewers === 0 ? 'opacity-60' : ''}`}
          title={`${session.viewers} watching`}
        >
          <Eye className="size-3.5" aria-hidden="true" />
          <span aria-label={`${session.viewers} watching`}>{session.viewers}</span>
        </div>
        <time dateTime={session.created_at} title={new Date(session.created_at).toLocaleString()} className="w-14 text-right text-muted tabular-nums">
          {age(closed ? (session.closed_at ?? session.updated_at) : session.created_at, now)}
        </time>
        <div className="relative z-10 grid w-8 place-items-center">
          {closed ? (
            <ChevronRight className="size-4 text-faint" aria-hidden="true" />
          ) : (
            <IconButton
              label={`Close ${sessionName(session)}`}
              onClick={onClose}
              className="pointer-fine:opacity-0 pointer-fine:group-hover:opacity-100 focus-visible:opacity-100"
            >
              <X />
            </IconButton>
          )}
        </div>
      </div>
    </li>
  )
}

/** Under this it is worth a word that the session ends by itself. */
const SOON_S = 300

function Tags({ session, now, severalServers }: Pick<SessionRowProps, 'session' | 'now' | 'severalServers'>): ReactNode {
  const { status, server, profile, idle_ends_at, ends_at } = session
  if (status === 'closed') return null
  const ends = [idle_ends_at, ends_at].filter((moment) => moment !== null).sort()[0]
  const left = ends === undefined ? null : secondsUntil(ends, now)
  return (
    <>
      {left !== null && left < SOON_S && (
        <Tag tone="warn">
          <span className="tabular-nums">closes in {countdown(left)}</span>
        </Tag>
      )}
      {server !== null && !server.alive && <Tag tone="bad">Server lost</Tag>}
      {/* A phone has room for what is urgent. */}
      <span className="hidden gap-1.5 sm:flex">
        {severalServers && server !== null && <Tag>{hostOf(server.url) ?? server.id}</Tag>}
        {profile !== null && <Tag>{profile}</Tag>}
      </span>
    </>
  )
}

function closedText(session: AgentSession): string {
  const reason = session.closed_reason
  return reason === null || reason === '' ? 'Closed' : `Closed: ${reason}`
}
