/** The sessions as they are kept: what is needed to show one, and to open it again. */
import { TandemError, viewportSchema } from '@tandem/protocol'
import type { Mode, SessionStatus, Viewport } from '@tandem/protocol'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import { readPage } from './page.ts'
import type { Tables } from './schema.ts'

export interface SessionRow {
  id: string
  name: string | null
  status: SessionStatus
  closedReason: string | null
  closedAt: string | null
  mode: Mode
  viewport: Viewport
  quietFrame: 'allow' | 'off'
  tabs: SavedTabs
  /** The named profile that it has; null for one of its own. */
  profile: string | null
  /** 0: never. */
  idleTimeoutS: number
  maxDurationS: number
  maxViewers: number
  /** Which server has the browser. */
  serverId: string
  /** The LiveKit server that its room is on; null: none. */
  nodeId: string | null
  createdAt: string
  updatedAt: string
}

/** What a session was made with does not change. */
export type SessionChange = Partial<Omit<SessionRow, 'id' | 'createdAt' | 'viewport' | 'profile' | 'idleTimeoutS' | 'maxDurationS' | 'maxViewers' | 'serverId'>>

/** What is opened again after a crash or a restart. */
export interface SavedTabs {
  urls: string[]
  active: number
}

export interface SessionPage {
  rows: SessionRow[]
  /** Opaque; null at the end. */
  next: string | null
}

const savedTabsSchema = z.object({ urls: z.array(z.string()), active: z.int() })

export class SessionRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async insert(row: SessionRow): Promise<void> {
    await this.#db.insertInto('sessions').values(fromSession(row)).execute()
  }

  /** One that is closed stays so, also when another server has closed it: what waited to be written meanwhile comes too late. `reopen`: it does not. */
  async update(id: string, change: SessionChange, { reopen = false } = {}): Promise<void> {
    const { closedReason, closedAt, quietFrame, tabs, nodeId, updatedAt, ...same } = change
    const query = this.#db
      .updateTable('sessions')
      .set({
        ...same,
        closed_reason: closedReason,
        closed_at: closedAt,
        quiet_frame: quietFrame,
        tabs: tabs && JSON.stringify(tabs),
        node_id: nodeId,
        updated_at: updatedAt,
      })
      .where('id', '=', id)
    await (reopen || change.status === 'closed' ? query : query.where('status', '!=', 'closed')).execute()
  }

  async find(id: string): Promise<SessionRow | null> {
    const row = await this.#db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? toSession(row) : null
  }

  /** The resource as its server shows it, for the others. */
  async saveLive(id: string, resource: unknown): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ live: JSON.stringify(resource) })
      .where('id', '=', id)
      .execute()
  }

  /** The parsed JSON, or null; whoever saved it knows its shape. */
  async loadLive(id: string): Promise<unknown> {
    const row = await this.#db.selectFrom('sessions').select('live').where('id', '=', id).executeTakeFirst()
    return row?.live ? JSON.parse(row.live) : null
  }

  /** Closes what another server had, unless it was closed meanwhile. Answers with the ids of those that were open. */
  async closeOf(serverId: string, reason: string, at: string): Promise<string[]> {
    const rows = await this.#db
      .updateTable('sessions')
      .set({ status: 'closed', closed_reason: reason, closed_at: at, updated_at: at })
      .where('server_id', '=', serverId)
      .where('status', '!=', 'closed')
      .returning('id')
      .execute()
    return rows.map(({ id }) => id)
  }

  /** Ids of those that were closed before, oldest first. */
  async closedBefore(before: string, limit: number): Promise<string[]> {
    const query = this.#db.selectFrom('sessions').select('id').where('status', '=', 'closed').where('closed_at', '<', before)
    return (await query.orderBy('closed_at').limit(limit).execute()).map(({ id }) => id)
  }

  /** With all that belongs to it, unless it was not closed before. */
  async forget(id: string, closedBefore: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('id', '=', id).where('status', '=', 'closed').where('closed_at', '<', closedBefore).execute()
  }

  /** How many open sessions stick to each LiveKit server; `except`: those of this server are not counted. */
  async countByNode(except: string): Promise<Map<string, number>> {
    const rows = await this.#db
      .selectFrom('sessions')
      .select(({ fn }) => ['node_id', fn.countAll<string | number>().as('count')])
      .where('status', '!=', 'closed')
      .where('node_id', 'is not', null)
      .where('server_id', '!=', except)
      .groupBy('node_id')
      .execute()
    return new Map(rows.map(({ node_id: id, count }) => [id ?? '', Number(count)]))
  }

  /** Newest first. */
  async list(options: { statuses: readonly SessionStatus[]; limit: number; cursor?: string; serverId?: string }): Promise<SessionPage> {
    let query = this.#db
      .selectFrom('sessions')
      .selectAll()
      .where('status', 'in', [...options.statuses])
    if (options.serverId !== undefined) query = query.where('server_id', '=', options.serverId)
    const after = options.cursor === undefined ? null : readCursor(options.cursor)
    if (after) {
      query = query.where((where) =>
        where.or([where('created_at', '<', after.createdAt), where.and([where('created_at', '=', after.createdAt), where('id', '<', after.id)])]),
      )
    }
    const newest = query.orderBy('created_at', 'desc').orderBy('id', 'desc')
    const { rows, last } = await readPage(options.limit, (limit) => newest.limit(limit).execute())
    return { rows: rows.map(toSession), next: last && writeCursor(last) }
  }
}

function fromSession(row: SessionRow): Selectable<Tables['sessions']> {
  const { closedReason, closedAt, viewport, quietFrame, tabs, idleTimeoutS, maxDurationS, maxViewers, serverId, nodeId, createdAt, updatedAt, ...same } = row
  return {
    ...same,
    idle_timeout_s: idleTimeoutS,
    max_duration_s: maxDurationS,
    max_viewers: maxViewers,
    server_id: serverId,
    node_id: nodeId,
    live: null,
    closed_reason: closedReason,
    closed_at: closedAt,
    viewport: JSON.stringify(viewport),
    quiet_frame: quietFrame,
    tabs: JSON.stringify(tabs),
    created_at: createdAt,
    updated_at: updatedAt,
  }
}

function toSession(row: Selectable<Tables['sessions']>): SessionRow {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    closedReason: row.closed_reason,
    closedAt: row.closed_at,
    mode: row.mode,
    viewport: viewportSchema.parse(JSON.parse(row.viewport)),
    quietFrame: row.quiet_frame,
    tabs: savedTabsSchema.parse(JSON.parse(row.tabs)),
    profile: row.profile,
    idleTimeoutS: row.idle_timeout_s,
    maxDurationS: row.max_duration_s,
    maxViewers: row.max_viewers,
    serverId: row.server_id ?? '',
    nodeId: row.node_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function writeCursor(row: Selectable<Tables['sessions']>): string {
  return Buffer.from(`${row.created_at} ${row.id}`).toString('base64url')
}

function readCursor(cursor: string): { createdAt: string; id: string } {
  const [createdAt, id] = Buffer.from(cursor, 'base64url').toString().split(' ')
  if (createdAt === undefined || id === undefined) throw new TandemError('request/invalid', 'The cursor is not one of this list; start without.')
  return { createdAt, id }
}
