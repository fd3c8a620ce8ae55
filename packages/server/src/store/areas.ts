/** The areas of the store over one connection: the database itself, or a transaction of it. */
import type { Kysely } from 'kysely'
import { AuditRows } from './audit.ts'
import { ControlRows } from './controls.ts'
import { IdempotencyRows } from './idempotency.ts'
import { KeyRows } from './keys.ts'
import { KickRows } from './kicks.ts'
import { NodeRows } from './nodes.ts'
import { ProfileRows } from './profiles.ts'
import type { Tables } from './schema.ts'
import { SecretRows } from './secrets.ts'
import { ServerRows } from './servers.ts'
import { SessionRows } from './sessions.ts'
import { TimelineRows } from './timeline.ts'
import { TokenRows } from './tokens.ts'
import { WebhookRows } from './webhooks.ts'

export class Areas {
  readonly sessions: SessionRows
  readonly controls: ControlRows
  readonly timeline: TimelineRows
  readonly tokens: TokenRows
  readonly keys: KeyRows
  readonly kicks: KickRows
  readonly audit: AuditRows
  readonly secrets: SecretRows
  readonly idempotency: IdempotencyRows
  readonly profiles: ProfileRows
  readonly webhooks: WebhookRows
  readonly servers: ServerRows
  readonly nodes: NodeRows

  constructor(db: Kysely<Tables>) {
    this.sessions = new SessionRows(db)
    this.controls = new ControlRows(db)
    this.timeline = new TimelineRows(db)
    this.tokens = new TokenRows(db)
    this.keys = new KeyRows(db)
    this.kicks = new KickRows(db)
    this.audit = new AuditRows(db)
    this.secrets = new SecretRows(db)
    this.idempotency = new IdempotencyRows(db)
    this.profiles = new ProfileRows(db)
    this.webhooks = new WebhookRows(db)
    this.servers = new ServerRows(db)
    this.nodes = new NodeRows(db)
  }
}
