/** REST resources and bodies, snake_case. */
import { z } from 'zod'
import { MODES, ROLES } from './constants.ts'
import { inputEventSchema } from './input.ts'
import { livekitInfoSchema, sessionRoomSchema } from './rooms.ts'

export const SESSION_ID_PATTERN = /^agt_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const sessionIdSchema = z.string().regex(SESSION_ID_PATTERN)

export const modeSchema = z.enum(MODES)
export type Mode = z.infer<typeof modeSchema>

export const roleSchema = z.enum(ROLES)
export type Role = z.infer<typeof roleSchema>

/** CSS pixels, device pixels per CSS pixel, and whether the page believes that it is a phone. */
export const viewportSchema = z.strictObject({
  width: z.int().min(200).max(3840),
  height: z.int().min(200).max(3840),
  scale: z.number().min(1).max(4).default(1),
  touch: z.boolean().default(false),
  mobile: z.boolean().default(false),
})
export type Viewport = z.infer<typeof viewportSchema>

/**
 * How the shown page is laid out now: CSS pixels, device pixels per CSS pixel. The session's own viewport, unless an agent
 * has set another or a person has zoomed. Input is given in these pixels; the picture has their proportions.
 */
export const pageLayoutSchema = z.object({
  width: z.int().min(1),
  height: z.int().min(1),
  scale: z.number().positive(),
  touch: z.boolean(),
  mobile: z.boolean(),
})
export type PageLayout = z.infer<typeof pageLayoutSchema>

export const deviceSchema = z.enum(['desktop', '1080p', 'phone'])
export type Device = z.infer<typeof deviceSchema>

/** What drives now. `human` carries who. */
export const driverSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent') }),
  z.object({ kind: z.literal('human'), client_id: z.string(), name: z.string() }),
  /** Mode `shared`. */
  z.object({ kind: z.literal('both') }),
  /** Mode `manual` with nobody at the wheel. */
  z.object({ kind: z.literal('nobody') }),
])
export type Driver = z.infer<typeof driverSchema>

export const CONTROL_STATES = ['ai-driving', 'takeover-queued', 'takeover-pending', 'human-driving', 'handback-queued', 'handback-pending'] as const
export const controlStateSchema = z.enum(CONTROL_STATES)
export type ControlStateName = z.infer<typeof controlStateSchema>

export const handbackOutcomeSchema = z.enum(['done', 'failed'])
export type HandbackOutcome = z.infer<typeof handbackOutcomeSchema>
export const noteSchema = z.string().max(4_000)

/** How the last turn of a human ended. `reason` says who or what ended it. */
export const handbackSchema = z.object({
  outcome: handbackOutcomeSchema,
  note: z.string().nullable(),
  client_id: z.string().nullable(),
  reason: z.enum(['released', 'left', 'lost', 'idle', 'max', 'taken', 'given', 'closed', 'restarted', 'mode-changed']),
  at: z.iso.datetime(),
})
export type Handback = z.infer<typeof handbackSchema>

export const controlRequestSchema = z.object({ id: z.string(), client_id: z.string(), name: z.string(), at: z.iso.datetime(), expires_at: z.iso.datetime() })
export type ControlRequest = z.infer<typeof controlRequestSchema>

/** The whole truth about who drives; the same object travels in REST and, unchanged, in live events. */
export const controlSchema = z.object({
  state: controlStateSchema,
  driver: driverSchema,
  epoch: z.int().min(0),
  since: z.iso.datetime(),
  /** The viewer that asked for the takeover in progress, or that holds control; null otherwise. */
  client_id: z.string().nullable(),
  /** The holder's sockets are gone; control returns to the agent at this time. */
  grace_ends_at: z.iso.datetime().nullable(),
  /** The holder does nothing; control returns to the agent at this time. Only set during the warning. */
  idle_ends_at: z.iso.datetime().nullable(),
  requests: z.array(controlRequestSchema),
  last_handback: handbackSchema.nullable(),
})
export type ControlInfo = z.infer<typeof controlSchema>

/** The LiveKit dialect's view of control; null outside mode `pair`. */
export const pairModeStateSchema = z.looseObject({ kind: controlStateSchema }).nullable()

export const pageStateSchema = z.object({
  state: z.enum(['loading', 'loaded', 'errored', 'stalled']),
  url: z.string().nullable(),
  title: z.string().nullable(),
  tab_id: z.string().nullable(),
  error: z.object({ kind: z.string(), message: z.string() }).nullable(),
})
export type PageState = z.infer<typeof pageStateSchema>

export const sessionStatusSchema = z.enum(['active', 'paused', 'closed'])
export type SessionStatus = z.infer<typeof sessionStatusSchema>

export const agentSessionSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  /** `paused`: the browser is being restarted after a crash. */
  status: sessionStatusSchema,
  closed_reason: z.string().nullable(),
  closed_at: z.iso.datetime().nullable(),
  mode: modeSchema,
  control: controlSchema,
  pair_mode_state: pairModeStateSchema,
  page_state: pageStateSchema.nullable(),
  viewport: pageLayoutSchema,
  /** What the session was made with: `viewport` is this again when no agent and no person has it otherwise. */
  own_viewport: viewportSchema,
  viewers: z.int(),
  agents: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  /** Absent when the credential may not drive as an agent, and when the session is closed. The URL carries its own short token. */
  cdp: z.object({ ws_url: z.string() }).optional(),
  live: z.object({ ws_url: z.string() }).optional(),
  /** Opens the picture with no further login. */
  view_url: z.string().optional(),
  profile: z.string().nullable(),
  max_viewers: z.int(),
  /** Ends by itself at the first of both; null: never. The idle time moves with every use. */
  idle_ends_at: z.iso.datetime().nullable(),
  ends_at: z.iso.datetime().nullable(),
  /** The last small picture (JPEG) and when it was drawn; absent while there is none, or where the credential may not see it. */
  thumbnail: z.object({ url: z.string(), at: z.iso.datetime() }).nullable().optional(),
  /** Which server has the browser, where several share one database. */
  server: z.object({ id: z.string(), url: z.string(), alive: z.boolean() }).nullable(),
  /** How to join its LiveKit room, made for whoever asks; absent where there is none, where the session is closed and in lists. */
  livekit: livekitInfoSchema.optional(),
  room: sessionRoomSchema,
})
export type AgentSession = z.infer<typeof agentSessionSchema>

export const profileNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dots, dashes and underscores, 64 at most')

export const createSessionSchema = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  initial_url: z.string().max(8_192).optional(),
  mode: modeSchema.default('pair'),
  device: deviceSchema.optional(),
  viewport: viewportSchema.optional(),
  /** `allow`: the quiet frame may be applied while someone watches (see ARCHITECTURE.md); `off`: never. */
  quiet_frame: z.enum(['allow', 'off']).default('allow'),
  /** A named profile keeps cookies and storage from session to session; one session at a time has it. */
  profile: profileNameSchema.optional(),
  /** Closed after so long without a viewer, an agent or a command; 0: never. Absent: TANDEM_IDLE_TIMEOUT_S. */
  idle_timeout_s: z.int().min(0).max(2_000_000).optional(),
  /** Closed after so long in any case; 0: never. Absent: TANDEM_MAX_DURATION_S. */
  max_duration_s: z.int().min(0).max(2_000_000).optional(),
  /** Absent: TANDEM_MAX_VIEWERS. */
  max_viewers: z.int().min(1).max(100_000).optional(),
})
export type CreateSession = z.input<typeof createSessionSchema>

export const listSessionsQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
  status: z.enum(['active', 'paused', 'closed', 'open', 'all']).default('open'),
})
export const sessionListSchema = z.object({ data: z.array(agentSessionSchema), has_more: z.boolean(), next_cursor: z.string().nullable() })
export type SessionList = z.infer<typeof sessionListSchema>

export const takeoverBodySchema = z.strictObject({
  client_id: z.string().min(1).max(128),
  name: z.string().max(100).optional(),
  force: z.boolean().default(false),
})
export const handbackBodySchema = z.strictObject({
  client_id: z.string().min(1).max(128).optional(),
  outcome: handbackOutcomeSchema.default('done'),
  note: noteSchema.optional(),
})
export const modeBodySchema = z.strictObject({ mode: modeSchema })
export const navigateBodySchema = z.strictObject({ url: z.string().min(1).max(8_192), client_id: z.string().max(128).optional() })
export const historyBodySchema = z.strictObject({ direction: z.enum(['back', 'forward', 'reload']), client_id: z.string().max(128).optional() })

/** The agent asks for a human and waits. */
export const humanRequestBodySchema = z.strictObject({
  reason: z.string().min(1).max(500),
  instructions: z.string().max(4_000).optional(),
  timeout_ms: z.int().min(1_000).max(3_600_000).default(600_000),
})
export const humanRequestSchema = z.object({
  id: z.string(),
  reason: z.string(),
  instructions: z.string().nullable(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
})
export type HumanRequest = z.infer<typeof humanRequestSchema>
export const humanRequestResultSchema = z.object({ id: z.string(), outcome: handbackOutcomeSchema, note: z.string().nullable() })
export type HumanRequestResult = z.infer<typeof humanRequestResultSchema>

/** A step that the agent declares: while it runs, a takeover is queued instead of cutting it. */
export const stepBodySchema = z.strictObject({ label: z.string().min(1).max(200), timeout_ms: z.int().min(100).max(600_000).default(60_000) })
export const stepSchema = z.object({ id: z.string(), label: z.string(), started_at: z.iso.datetime() })
export type Step = z.infer<typeof stepSchema>

export const timelineEntrySchema = z.object({
  seq: z.int(),
  at: z.iso.datetime(),
  /** `control.*`, `session.*`, `tab.*`, `viewer.*`, `browser.*`, `human-request.*`. */
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type TimelineEntry = z.infer<typeof timelineEntrySchema>

export const tokenBodySchema = z.strictObject({
  role: z.enum(['view', 'control', 'agent']).default('view'),
  expires_in_s: z.int().min(10).max(31_536_000).default(86_400),
  name: z.string().max(100).optional(),
  /** Lets one viewer in, who may reconnect and reload; everybody else is refused with auth/used. */
  single_use: z.boolean().default(false),
})
export const viewerTokenSchema = z.object({
  id: z.string(),
  role: roleSchema,
  token: z.string(),
  url: z.string(),
  expires_at: z.iso.datetime(),
  single_use: z.boolean(),
})
export type ViewerToken = z.infer<typeof viewerTokenSchema>
/** A share link as it is listed: the secret is shown only when it is made. */
export const viewerTokenListedSchema = z.object({
  id: z.string(),
  role: roleSchema,
  name: z.string().nullable(),
  single_use: z.boolean(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  /** When it was first opened. */
  used_at: z.iso.datetime().nullable(),
  /** Who watches through it now. */
  viewers: z.int(),
})
export type ViewerTokenListed = z.infer<typeof viewerTokenListedSchema>

/** Who watches, from where: for whoever owns the session. */
export const watcherSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  transport: z.string().nullable(),
  /** The viewer's address, as the server (or a trusted proxy) sees it. */
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  /** The share link that it came by; null for keys and logins. */
  token_id: z.string().nullable(),
  token_name: z.string().nullable(),
  joined_at: z.iso.datetime(),
  /** It drives. */
  driving: z.boolean(),
  fps: z.number().nullable(),
  glass_to_glass_ms: z.number().nullable(),
})
export type WatcherInfo = z.infer<typeof watcherSchema>

export const apiKeyBodySchema = z.strictObject({ name: z.string().min(1).max(100), expires_in_s: z.int().min(60).max(315_360_000).optional() })
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The first characters, enough to tell keys apart. */
  hint: z.string(),
  /** The server's own key, which it was started with: it cannot be revoked here. */
  own: z.boolean(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
})
export type ApiKey = z.infer<typeof apiKeySchema>
export const apiKeyCreatedSchema = apiKeySchema.extend({ key: z.string() })
export type ApiKeyCreated = z.infer<typeof apiKeyCreatedSchema>

export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** `noun.verb`, such as `token.create`, `viewer.kick`, `control.take`, `auth.refused`: docs/sharing.md has them all. */
  action: z.string(),
  /** `key:<id>`, `token:<id>`, `server` or `nobody`, and a name for people. */
  actor: z.object({ id: z.string(), name: z.string().nullable(), address: z.string().nullable() }),
  session_id: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** What can be subscribed to: the timeline's types, by their first word or whole. */
export const webhookBodySchema = z.strictObject({
  url: z.url().max(2_048),
  /** `session.closed`, `control.*`, `*`. */
  events: z
    .array(z.string().regex(/^(\*|[a-z-]+\.(\*|[A-Za-z-]+))$/))
    .min(1)
    .max(50),
})
export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  created_at: z.iso.datetime(),
  /** When its target said that it is gone (410): it is not called until a test or a retry by hand. */
  disabled_at: z.iso.datetime().nullable(),
  /** Deliveries that were given up, waiting to be sent again or dropped. */
  dead_letters: z.int(),
})
export type Webhook = z.infer<typeof webhookSchema>
/** The signing secret is shown only here. */
export const webhookCreatedSchema = webhookSchema.extend({ secret: z.string() })
export type WebhookCreated = z.infer<typeof webhookCreatedSchema>
export const webhookDeliverySchema = z.object({
  id: z.string(),
  webhook_id: z.string(),
  event_id: z.string(),
  type: z.string(),
  status: z.enum(['pending', 'delivered', 'dead']),
  attempts: z.int(),
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: z.iso.datetime(),
  next_attempt_at: z.iso.datetime().nullable(),
})
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>

export const profileSchema = z.object({
  name: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime(),
  session_id: z.string().nullable(),
  bytes: z.number(),
})
export type Profile = z.infer<typeof profileSchema>

export const uploadSchema = z.object({ id: z.string(), name: z.string(), mime: z.string(), size: z.int() })
export type Upload = z.infer<typeof uploadSchema>
export const downloadSchema = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  state: z.enum(['in-progress', 'completed', 'cancelled']),
  received_bytes: z.number(),
  total_bytes: z.number().nullable(),
})
export type Download = z.infer<typeof downloadSchema>
export const INPUT_EVENT_BODY_MAX_EVENTS = 500
/** Input by REST: one event or several, by whoever drives; in mode `pair` it takes the wheel from the agent when nobody has it. */
export const inputEventBodySchema = z
  .strictObject({
    event: inputEventSchema.optional(),
    events: z.array(inputEventSchema).min(1).max(INPUT_EVENT_BODY_MAX_EVENTS).optional(),
    client_id: z.string().min(1).max(128).optional(),
    epoch: z.int().optional(),
  })
  .refine((body) => (body.event === undefined) !== (body.events === undefined), 'Give either `event` or `events`.')
export type InputEventBody = z.input<typeof inputEventBodySchema>
