/** What the routes are given, and what a request carries once it is let in. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Audit } from '../access/audit.ts'
import type { Auth } from '../access/auth.ts'
import type { Need, Principal } from '../access/principal.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Config } from '../config.ts'
import type { Webhooks } from '../events/webhooks.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { RoomNodes } from '../rooms/nodes.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { Reach } from './reach.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; on routes for `nobody` there may be none. */
    principal: Principal | null
    /** What the audit log says of this request beside its action: see `audited.ts`. */
    auditNote: Record<string, unknown> | null
    /** `https://host/path`: where the caller reaches us; addresses in answers begin with it. */
    base: string
    /** This server's id. */
    here: string
  }
  interface FastifyContextConfig {
    /** Who may call this route; a route that does not say is for admins. `nobody`: no credential needed. */
    need?: Need | 'nobody'
    /** `?token=` is a credential too: for readers that cannot send headers, such as EventSource. */
    queryToken?: boolean
    /** Pages of every origin may call it: no cookie of ours opens anything there. */
    anyOrigin?: boolean
  }
}

export type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, Logger, ZodTypeProvider>

export interface Deps {
  config: Config
  auth: Auth
  store: Store
  cluster: Cluster
  sessions: Sessions
  metrics: Metrics
  audit: Audit
  webhooks: Webhooks
  /** The LiveKit servers of rooms. */
  nodes: RoomNodes
  /** How a request reached us, through proxies or not. */
  reach: (request: IncomingMessage) => Reach
}
