/**
 * LiveKit rooms: what REST answers about them, and what travels in them as data packets. A session is one room, named
 * by its id. Names and limits of the packets are those of the rooms dialect (docs/rooms.md), which any LiveKit client
 * can speak: a packet without a topic is one JSON object, coordinates are CSS pixels of the page.
 */
import { z } from 'zod'
import { MODIFIERS } from './input.ts'

/** The only names that `modifiers` of keyDown and keyUp may hold; DOM's names (`Shift`, `Meta`) are dropped. */
export const CANONICAL_MODIFIER_NAMES = MODIFIERS

/** How a LiveKit client joins the room of a session. The token lasts 24 h and is looked at by the SFU at the handshake only. */
export const livekitInfoSchema = z.object({
  ws_url: z.string(),
  /** The session's id. */
  room: z.string(),
  /** HS256 JWT of LiveKit. Secret. With role `view` it may subscribe only; with `control` or `admin` it may publish data. */
  token: z.string(),
  participant_identity: z.string(),
  expires_at: z.iso.datetime(),
})
export type LiveKitInfo = z.infer<typeof livekitInfoSchema>

export const ROOM_TEXT_MAX_BYTES = 8 * 1024
export const ROOM_URL_MAX_BYTES = 4 * 1024
/** Asks for a receipt: tap, touchEnd, keyUp, text. */
const receiptId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

/** What a control participant may send beside an InputEvent. */
export const roomNavigateSchema = z.object({ type: z.literal('navigate'), url: z.string().min(1).max(ROOM_URL_MAX_BYTES) })
export const roomTextSchema = z.object({ type: z.literal('text'), text: z.string(), id: receiptId.optional() })
/** Answer to a committed event that carried an `id`: to its sender alone, reliable. Exactly these three keys. */
export const inputAckSchema = z.strictObject({ type: z.literal('inputAck'), id: receiptId, status: z.enum(['applied', 'dropped', 'failed']) })
export type InputAck = z.infer<typeof inputAckSchema>

/** Topics that the browser's participant publishes on, reliable, JSON; each newcomer is sent the last of each. */
export const ROOM_TOPICS = {
  /** `{identity: string | null}`: the participant that drives; null: nobody of the room. */
  focus: 'browser-focus',
  /** `{url: string}` of the shown tab. */
  url: 'browser-url',
  /** `{cursor: string}`, a CSS name. */
  cursor: 'cursor_changed',
  /** `{width, height, scale, touch, mobile}`: how the shown page is laid out; input is given in its pixels. */
  viewport: 'browser-viewport',
  /** `{status: 'thinking' | 'acting' | 'idle'}` of the agent. */
  agentStatus: 'browser-agent-status',
  /** `{x, y, action, visible: true, width, height}` or `{visible: false}`: the agent's pointer. */
  agentCursor: 'browser-agent-cursor',
} as const

export const nodeStateSchema = z.enum(['active', 'cordoned', 'draining'])
export type NodeState = z.infer<typeof nodeStateSchema>

/** `wss://` or `ws://`: where clients and this server reach a LiveKit server. */
export const livekitUrlSchema = z
  .url({ protocol: /^wss?$/, error: 'must be a ws:// or wss:// URL such as wss://livekit.example.com' })
  .max(2_048)
  .refine((url) => URL.parse(url)?.username === '' && URL.parse(url)?.password === '', 'must name no user and password: everybody who joins is told it')

const secretText = (max: number) => z.string().min(1).max(max)
const livekitCredentialsSchema = z.strictObject({
  api_key: secretText(256),
  api_secret: secretText(1_024),
  ws_url: livekitUrlSchema,
})

/** Makes a node without a LiveKit server yet; `POST /v1/nodes/register` brings one. */
export const nodeBodySchema = z.strictObject({
  node_id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
  display_name: z.string().min(1).max(100).optional(),
  region: z.string().max(64).optional(),
  hardware_class: z.string().max(64).optional(),
  /** Of dialects that sign what a node says; kept and shown, not used. */
  public_key_base64url: z.string().max(64).optional(),
})
export type NodeBody = z.input<typeof nodeBodySchema>

/** A node brings its LiveKit server. `mac_node_id` is the other name of `node_id`; a node that is not known yet is made by it. */
export const nodeRegisterBodySchema = z
  .strictObject({
    node_id: z.string().min(1).max(128).optional(),
    mac_node_id: z.string().min(1).max(128).optional(),
    livekit: livekitCredentialsSchema,
  })
  .refine((body) => (body.node_id === undefined) !== (body.mac_node_id === undefined), 'Give `node_id`.')
export type NodeRegisterBody = z.input<typeof nodeRegisterBodySchema>

export const nodeRegisteredSchema = z.object({
  node_id: z.string(),
  mac_node_id: z.string(),
  livekit_registered_at: z.iso.datetime(),
  ws_url: z.string(),
  /** What an operator should know, such as a server in the cloud, two hops away. */
  warnings: z.array(z.string()),
})
export type NodeRegistered = z.infer<typeof nodeRegisteredSchema>

export const nodeSchema = z.object({
  id: z.string(),
  display_name: z.string(),
  region: z.string().nullable(),
  hardware_class: z.string().nullable(),
  state: nodeStateSchema,
  /** `own`: started by this server; `environment`: LIVEKIT_URL; `registered`: in the database. */
  source: z.enum(['own', 'environment', 'registered']),
  ws_url: z.string().nullable(),
  has_livekit: z.boolean(),
  /** It answered within the last heartbeats. */
  connected: z.boolean(),
  /** Why not, for operators. */
  problem: z.string().nullable(),
  /** Sessions that stick to it. */
  sessions: z.int(),
  /** Participants in all its rooms, as it said last. */
  participants: z.int(),
  registered_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime().nullable(),
})
export type Node = z.infer<typeof nodeSchema>

export const nodeControlSchema = z.strictObject({
  command: z.enum(['cordon', 'uncordon', 'drain', 'restart']),
  /** For the audit log. */
  reason: z.string().max(500).optional(),
})
export type NodeControl = z.input<typeof nodeControlSchema>

export const secretsRotatedSchema = z.object({
  /** Of the key that seals now; says nothing of the key itself. */
  key_id: z.string(),
  resealed: z.int(),
  /** Nodes whose secret no key opens. */
  unreadable: z.array(z.string()),
})
export type SecretsRotated = z.infer<typeof secretsRotatedSchema>

/** What becomes of the room of a session, as its resource shows it; null where this server has no LiveKit. */
export const sessionRoomSchema = z
  .object({
    node_id: z.string(),
    /** `idle`: nobody watches, nothing is published. */
    state: z.enum(['idle', 'connecting', 'live', 'down']),
    /** Why it is down, for people. */
    reason: z.string().nullable(),
  })
  .nullable()
export type SessionRoom = z.infer<typeof sessionRoomSchema>
