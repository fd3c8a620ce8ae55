/** A session as REST shows it, from its row and, while it is open, its live parts. */
import { handbackSchema } from '@tandem/protocol'
import type { AgentSession, ControlInfo, PageLayout, PageState } from '@tandem/protocol'
import { z } from 'zod'
import type { SessionRow } from '../store/sessions.ts'

export interface LiveParts {
  control: ControlInfo
  pairModeState: AgentSession['pair_mode_state']
  pageState: PageState | null
  /** Null where no page is shown. */
  layout: PageLayout | null
  viewers: number
  agents: number
  idleEndsAt: string | null
  endsAt: string | null
  server: AgentSession['server']
  room: AgentSession['room']
}

export function presentSession(row: SessionRow, parts: LiveParts): AgentSession {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    closed_reason: row.closedReason,
    closed_at: row.closedAt,
    mode: row.mode,
    control: parts.control,
    pair_mode_state: parts.pairModeState,
    page_state: parts.pageState,
    viewport: parts.layout ?? row.viewport,
    own_viewport: row.viewport,
    viewers: parts.viewers,
    agents: parts.agents,
    profile: row.profile,
    max_viewers: row.maxViewers,
    idle_ends_at: parts.idleEndsAt,
    ends_at: parts.endsAt,
    server: parts.server,
    room: parts.room,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  }
}

const lastControlSchema = z.object({ epoch: z.int(), info: z.object({ last_handback: handbackSchema.nullable() }) })

/** A session that was closed: nobody drives; its epoch and last handback are what the store remembers. */
export function presentClosed(row: SessionRow, controlRecord: unknown): AgentSession {
  const last = lastControlSchema.safeParse(controlRecord)
  return presentSession(row, {
    control: {
      state: 'ai-driving',
      driver: { kind: 'nobody' },
      epoch: last.success ? last.data.epoch : 0,
      since: row.closedAt ?? row.updatedAt,
      client_id: null,
      grace_ends_at: null,
      idle_ends_at: null,
      requests: [],
      last_handback: last.success ? last.data.info.last_handback : null,
    },
    pairModeState: null,
    pageState: null,
    layout: null,
    viewers: 0,
    agents: 0,
    idleEndsAt: null,
    endsAt: null,
    server: null,
    room: null,
  })
}
