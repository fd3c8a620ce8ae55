/** What a session begins as: what was asked for, and the server's settings where nothing was. */
import { DEVICES } from '@tandem/protocol'
import type { createSessionSchema } from '@tandem/protocol'
import type { z } from 'zod'
import type { Config } from '../config.ts'
import type { SessionRow } from '../store/sessions.ts'

/** The body of `POST /sessions`. */
export type SessionWish = z.output<typeof createSessionSchema>

/** `url`: its first page, when one was asked for and may be opened. */
export function newRow(
  body: SessionWish,
  { id, url, serverId, nodeId, config }: { id: string; url: string | null; serverId: string; nodeId: string | null; config: Config },
): SessionRow {
  const now = new Date().toISOString()
  return {
    id,
    name: body.name ?? null,
    status: 'active',
    closedReason: null,
    closedAt: null,
    mode: body.mode,
    viewport: body.viewport ?? DEVICES[body.device ?? 'desktop'],
    quietFrame: body.quiet_frame,
    tabs: { urls: url === null ? [] : [url], active: 0 },
    profile: body.profile ?? null,
    idleTimeoutS: body.idle_timeout_s ?? config.idleTimeoutS,
    maxDurationS: body.max_duration_s ?? config.maxDurationS,
    maxViewers: body.max_viewers ?? config.maxViewers,
    serverId,
    nodeId,
    createdAt: now,
    updatedAt: now,
  }
}
