/** The tables, the same for every dialect: text, integers and JSON as text. Times are ISO 8601 or ms since the epoch, as named. */
import type { Mode, NodeState, Role, SessionStatus } from '@tandem/protocol'

export interface Tables {
  sessions: SessionsTable
  controls: ControlsTable
  tokens: TokensTable
  timeline: TimelineTable
  api_keys: ApiKeysTable
  idempotency: IdempotencyTable
  profiles: ProfilesTable
  webhooks: WebhooksTable
  webhook_deliveries: WebhookDeliveriesTable
  kicked_viewers: KickedViewersTable
  audit: AuditTable
  secrets: SecretsTable
  servers: ServersTable
  nodes: NodesTable
  node_states: NodeStatesTable
}

interface SessionsTable {
  id: string
  name: string | null
  status: SessionStatus
  closed_reason: string | null
  closed_at: string | null
  mode: Mode
  /** JSON of Viewport. */
  viewport: string
  quiet_frame: 'allow' | 'off'
  /** JSON: the tabs' URLs in order and which one was shown; opened again after a crash or a restart. */
  tabs: string
  profile: string | null
  idle_timeout_s: number
  max_duration_s: number
  max_viewers: number
  /** Which server has the browser. */
  server_id: string | null
  /** JSON of the resource as that server showed it last, for the lists of other servers. */
  live: string | null
  /** The LiveKit server that its room is on; null: none. */
  node_id: string | null
  created_at: string
  updated_at: string
}

/** The control record of a session, apart from it: it changes far more often. */
interface ControlsTable {
  session_id: string
  /** JSON of ControlRecord. */
  record: string
}

interface TokensTable {
  id: string
  role: Role
  /** Null: for all sessions (logins). */
  session_id: string | null
  kind: 'login' | 'cookie' | 'viewer'
  name: string | null
  created_at: string
  expires_at: string
  revoked_at: string | null
  /** 0 or 1, as SQLite has no booleans. */
  single_use: number
  /** When it was first opened. */
  used_at: string | null
  /** What whoever opened a single-use link proves it with. */
  claim: string | null
  /** The API key that it came from, with which it ends; null: none. */
  key_id: string | null
}

interface ServersTable {
  id: string
  url: string
  /** Anew at each start: two that run with the same id notice it. */
  instance: string
  /** By the database's clock. */
  started_at: string
  heartbeat_at: string
}

interface NodesTable {
  id: string
  display_name: string
  region: string | null
  hardware_class: string | null
  public_key: string | null
  state: NodeState
  /** These four are null together: no LiveKit server was registered yet. */
  ws_url: string | null
  api_key: string | null
  /** Sealed. */
  api_secret: string | null
  livekit_registered_at: string | null
  registered_at: string
}

/** Of LiveKit servers that are in no row of `nodes`: a server's own, and that of its environment. */
interface NodeStatesTable {
  id: string
  state: NodeState
}

interface TimelineTable {
  session_id: string
  seq: number
  at: string
  type: string
  /** JSON. */
  data: string
}

interface ApiKeysTable {
  id: string
  /** SHA-256 in hex; the key has 256 random bits, so that no slow hash is needed. */
  hash: string
  name: string
  /** The first characters, enough to tell keys apart. */
  hint: string
  /** 1: the server's own, from its environment or its data directory. */
  own: number
  created_at: string
  last_used_at: string | null
  expires_at: string | null
  revoked_at: string | null
}

interface KickedViewersTable {
  viewer_id: string
  session_id: string
  at: string
}

interface AuditTable {
  /** Sorts by time. */
  id: string
  at: string
  action: string
  actor_id: string
  actor_name: string | null
  address: string | null
  session_id: string | null
  /** JSON. */
  data: string
}

interface SecretsTable {
  name: string
  value: string
}

interface IdempotencyTable {
  key: string
  /** SHA-256 of the body: the same key with another body is a mistake of the caller. */
  body_hash: string
  /** Null while it is being made. */
  session_id: string | null
  created_at: string
}

interface ProfilesTable {
  name: string
  created_at: string
  last_used_at: string
  /** The session that has it; null: it is free. */
  session_id: string | null
}

interface WebhooksTable {
  id: string
  url: string
  /** JSON: the types that are wanted. */
  events: string
  /** Deliveries are signed with it, so it cannot be kept as a hash. */
  secret: string
  created_at: string
  /** The target said that it is gone (410). */
  disabled_at: string | null
}

interface WebhookDeliveriesTable {
  /** Rises with time. */
  id: string
  webhook_id: string
  event_id: string
  type: string
  /** What is sent, to the letter: it is signed anew for each attempt. */
  body: string
  status: 'pending' | 'delivered' | 'dead'
  attempts: number
  last_status: number | null
  last_error: string | null
  created_at: string
  /** Also the end of the lease of whoever delivers it now. */
  next_attempt_at: string | null
}
