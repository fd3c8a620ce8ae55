/**
 * The live contract: everything that travels on `WS /v1/agent-sessions/:id/live` (subprotocol
 * `tandem.v1`), in one file that server and client both import. Text frames are JSON:
 *
 *   request       {id, method, params}      viewer -> server; answered by {id, result} or {id, error}
 *   notification  {method, params}          viewer -> server; never answered, refusals come as `input.refused`
 *   event         {event, data}             server -> viewer
 *
 * The first message from the server is the event `session.hello`. Params and event data are camelCase;
 * REST resources inside them keep their snake_case fields. `docs/live.md` is generated from this file.
 */
import { z } from 'zod'
import { QUALITIES, TRANSPORTS } from './constants.ts'
import { inputEventSchema } from './input.ts'
import {
  agentSessionSchema,
  controlRequestSchema,
  controlSchema,
  downloadSchema,
  handbackOutcomeSchema,
  handbackSchema,
  humanRequestSchema,
  modeSchema,
  noteSchema,
  roleSchema,
} from './resources.ts'
import type { WireError } from './errors.ts'

const empty = z.strictObject({})
const id = z.string().min(1).max(128)

export const viewerSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  /** Where the picture comes from at the moment; null while none is shown. */
  transport: z.string().nullable(),
  joinedAt: z.iso.datetime(),
  /** `agent` is a gateway client, listed for who-drives displays. */
  kind: z.enum(['human', 'agent']),
  /** Of an agent: it answers nothing any more. Its process stands still, or the way to it is gone. */
  silent: z.boolean().optional(),
})
export type Viewer = z.infer<typeof viewerSchema>

export const tabSchema = z.object({
  id: z.string(),
  url: z.string(),
  title: z.string(),
  faviconUrl: z.string().nullable(),
  loading: z.boolean(),
  canGoBack: z.boolean(),
  canGoForward: z.boolean(),
  openerId: z.string().nullable(),
  /** In an isolated context of the agent: the picture then comes from the screencast. */
  isolated: z.boolean(),
  crashed: z.boolean(),
  /** It has not answered for three seconds: a script that does not end, or a server. */
  stalled: z.boolean(),
})
export type Tab = z.infer<typeof tabSchema>

export const iceServerSchema = z.object({ urls: z.array(z.string()), username: z.string().optional(), credential: z.string().optional() })
export type IceServer = z.infer<typeof iceServerSchema>

export const candidateSchema = z.object({
  candidate: z.string().max(4_096),
  sdpMid: z.string().max(64).nullable().optional(),
  sdpMLineIndex: z.int().nullable().optional(),
  usernameFragment: z.string().max(256).nullable().optional(),
})
export type Candidate = z.infer<typeof candidateSchema>

/** What is being streamed and how: one object for all viewers, made by the capture page twice a second at most. */
export const streamInfoSchema = z.object({
  tabId: z.string().nullable(),
  source: z.enum(['tab', 'screencast', 'none']),
  /** Device pixels of the picture. */
  width: z.int(),
  height: z.int(),
  /** The page's own rate, frames per second, as captured. */
  captureFps: z.number(),
  codec: z.string().nullable(),
  /** Why this codec: `text`, `motion`, `viewer` (the viewer cannot decode the other). */
  codecReason: z.string().nullable(),
  /** Mean encode time of a frame, ms. */
  encodeMs: z.number().nullable(),
  /** What limits the worst peer: Chromium's `qualityLimitationReason` (`none`, `cpu`, `bandwidth`), and `bandwidth` too where frames are coarse because the network gives no more. */
  limitation: z.string().nullable(),
  quietFrame: z.object({
    /** `off`: forbidden; `resting`: the page rests between frames, nothing to do; `good`: in the early state; `late`: detected late; `holding`: kept early by applied quiet frames; `unknown`: frames come too unevenly to tell, as on a busy machine. */
    state: z.enum(['off', 'resting', 'good', 'late', 'holding', 'unknown']),
    /** Display intervals by which frames run late, estimated. */
    lateBy: z.number(),
    /** How many quiet frames were applied so far. */
    applied: z.int(),
  }),
  /** The page makes sound, or has made some since its tab is shown. */
  audio: z.boolean(),
  /** The shared encode (rung `websocket`), as measured in the last second; null while there is none. */
  shared: z
    .object({
      codec: z.string(),
      width: z.int(),
      height: z.int(),
      /** Frames a second that were encoded; 0 while the page rests. */
      fps: z.number(),
      encodeMs: z.number(),
      kbps: z.number(),
      /** Frames left out before they were encoded, since the encode began: the encoder was busy. */
      framesDropped: z.int(),
    })
    .nullable(),
})
export type StreamInfo = z.infer<typeof streamInfoSchema>

export const dialogSchema = z.object({
  id: z.string(),
  tabId: z.string(),
  type: z.enum(['alert', 'confirm', 'prompt', 'beforeunload']),
  message: z.string(),
  defaultPrompt: z.string(),
  url: z.string(),
})
export type Dialog = z.infer<typeof dialogSchema>
/** Files for one chooser; of a folder it has many. */
export const MAX_CHOSEN_FILES = 1_000

export const fileChooserSchema = z.object({
  id: z.string(),
  tabId: z.string(),
  multiple: z.boolean(),
  /** A whole folder is wanted: the files in it, each with its `path`. */
  directory: z.boolean(),
  accept: z.string().nullable(),
})
export type FileChooser = z.infer<typeof fileChooserSchema>
export const authPromptSchema = z.object({ id: z.string(), tabId: z.string(), origin: z.string(), realm: z.string(), isProxy: z.boolean() })
export type AuthPrompt = z.infer<typeof authPromptSchema>
/** A date, time or colour picker, or another control whose list is not in the picture; the viewer draws its own. */
export const pickerSchema = z.object({
  id: z.string(),
  tabId: z.string(),
  type: z.enum(['date', 'time', 'datetime-local', 'month', 'week', 'color', 'select']),
  value: z.string(),
  min: z.string().nullable(),
  max: z.string().nullable(),
  /** Where the control is, CSS pixels of the viewport. */
  rect: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  /** Only for `select`. */
  options: z.array(z.object({ value: z.string(), label: z.string(), disabled: z.boolean(), selected: z.boolean() })).nullable(),
  multiple: z.boolean(),
})
export type Picker = z.infer<typeof pickerSchema>

export const transportSchema = z.enum(TRANSPORTS)
export const qualitySchema = z.enum(QUALITIES)

/** What the server offers this viewer at the moment: null where it can be had, else why not, for people. */
export const rungsSchema = z.object({
  webrtc: z.string().nullable(),
  room: z.string().nullable(),
  websocket: z.string().nullable(),
  jpeg: z.string().nullable(),
})
export type Rungs = z.infer<typeof rungsSchema>

export const mediaConfigSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('video'), config: z.int(), codec: z.string(), width: z.int(), height: z.int(), description: z.string().optional() }),
  z.object({ kind: z.literal('audio'), config: z.int(), codec: z.literal('opus'), sampleRate: z.int(), channels: z.int(), description: z.string().optional() }),
])

/** What the viewer measures each second; the server keeps the last for lists and metrics. */
export const viewerStatsSchema = z.strictObject({
  transport: z.string().max(32),
  codec: z.string().max(64).nullable(),
  width: z.int().min(0),
  height: z.int().min(0),
  fps: z.number().min(0),
  kbps: z.number().min(0),
  rttMs: z.number().min(0).nullable(),
  /** Capture to shown, ms, on the server's clock; null where it cannot be known. */
  glassToGlassMs: z.number().nullable(),
  framesDropped: z.int().min(0),
  freezes: z.int().min(0),
})
export type ViewerStats = z.infer<typeof viewerStatsSchema>

const method = <P extends z.ZodType, R extends z.ZodType>(role: 'view' | 'control' | 'admin', doc: string, params: P, result: R) => ({
  role,
  doc,
  params,
  result,
})

/** Requests. `role` is the least role that may call it; the rules of control decide the rest. */
export const LIVE_METHODS = {
  'viewer.ping': method(
    'view',
    'Answers at once with the server clock, ms since the epoch.',
    z.strictObject({ clientTime: z.number() }),
    z.object({ clientTime: z.number(), serverTime: z.number() }),
  ),
  'viewer.rename': method('view', 'Changes the name that others see.', z.strictObject({ name: z.string().min(1).max(100) }), empty),
  'media.start': method(
    'view',
    'Asks for the picture over one rung of the ladder. `webrtc`: the offer follows as `media.offer`; `room`: how to join the LiveKit room follows as `media.room`; `websocket`: `media.config`, then binary packets from a key frame on; `jpeg`: binary packets, each a whole picture. Refused with media/rung-unavailable where the server does not offer the rung (see `media.rungs`). Starting a rung that runs already replaces it; another rung may run beside it while the viewer changes over.',
    z.strictObject({
      transport: z.enum(['webrtc', 'room', 'websocket', 'jpeg']),
      codecs: z.array(z.string().max(32)).max(16).optional(),
      audio: z.boolean().optional(),
      quality: qualitySchema.optional(),
      /** Only TURN, for whoever asks for it (`?transport=relay`). */
      relayOnly: z.boolean().optional(),
    }),
    z.object({ peerId: z.string() }),
  ),
  'media.answer': method(
    'view',
    "The viewer's SDP answer. `offerId`: that of the `media.offer` which it answers; where a later offer has replaced that one the answer is dropped.",
    z.strictObject({ peerId: id, sdp: z.string().max(200_000), offerId: z.number().int().optional() }),
    empty,
  ),
  'media.restart': method('view', 'ICE restart after a network change: a new `media.offer` follows for the same peer.', z.strictObject({ peerId: id }), empty),
  'media.pause': method('view', 'Stops or resumes sending to this viewer (hidden page).', z.strictObject({ peerId: id, paused: z.boolean() }), empty),
  'media.quality': method('view', 'What the picture may take, from now on.', z.strictObject({ peerId: id, quality: qualitySchema }), empty),
  'media.keyFrame': method(
    'view',
    'Asks for a key frame (rung `websocket`): the decoder failed, or packets are missing. Asked of the encoder at most once in 500 ms for all viewers.',
    z.strictObject({ peerId: id }),
    empty,
  ),
  'media.stop': method('view', 'Ends the picture.', z.strictObject({ peerId: id }), empty),
  'media.quietFrame': method('admin', 'Allows or forbids the quiet frame for this session.', z.strictObject({ allow: z.boolean() }), empty),
  'control.take': method(
    'control',
    'Takes the wheel. Resolves when granted; fails with control/conflict or control/not-holder when somebody else has it (then `control.request`). `force` needs the role admin.',
    z.strictObject({ force: z.boolean().optional() }),
    controlSchema,
  ),
  'control.release': method(
    'control',
    'Hands back to the agent.',
    z.strictObject({ outcome: handbackOutcomeSchema.optional(), note: noteSchema.optional() }),
    controlSchema,
  ),
  'control.request': method(
    'control',
    'Asks the holder for control; no answer within 60 s is no. The outcome comes as `control.requestClosed`.',
    empty,
    controlRequestSchema,
  ),
  'control.withdraw': method('control', 'Withdraws the own request.', z.strictObject({ requestId: id }), empty),
  'control.give': method('control', 'The holder gives control to whoever asked.', z.strictObject({ requestId: id }), controlSchema),
  'control.decline': method('control', 'The holder declines.', z.strictObject({ requestId: id }), empty),
  'control.stay': method('control', 'Answers the idle warning: the holder is still there.', empty, empty),
  'session.setMode': method('admin', 'Changes the mode.', z.strictObject({ mode: modeSchema }), empty),
  'session.close': method('admin', 'Closes the session and its browser.', empty, empty),
  'tab.open': method(
    'control',
    'Opens a tab and shows it.',
    z.strictObject({ url: z.string().max(8_192).optional(), epoch: z.int() }),
    z.object({ tabId: z.string() }),
  ),
  'tab.activate': method('control', 'Shows another tab (to everybody).', z.strictObject({ tabId: id, epoch: z.int() }), empty),
  'tab.close': method('control', 'Closes a tab.', z.strictObject({ tabId: id, epoch: z.int() }), empty),
  'page.navigate': method('control', 'Opens an address in the active tab.', z.strictObject({ url: z.string().min(1).max(8_192), epoch: z.int() }), empty),
  'page.history': method(
    'control',
    'Back, forward, reload or stop in the active tab.',
    z.strictObject({ direction: z.enum(['back', 'forward', 'reload', 'stop']), epoch: z.int() }),
    empty,
  ),
  'dialog.answer': method(
    'control',
    'Answers an alert, confirm, prompt or beforeunload.',
    z.strictObject({ dialogId: id, accept: z.boolean(), text: z.string().max(10_000).optional(), epoch: z.int() }),
    empty,
  ),
  'file.choose': method(
    'control',
    'Answers a file chooser with uploaded files; an empty list cancels.',
    z.strictObject({ chooserId: id, fileIds: z.array(id).max(MAX_CHOSEN_FILES), epoch: z.int() }),
    empty,
  ),
  'auth.answer': method(
    'control',
    'Answers HTTP authentication; null credentials cancel. Never logged.',
    z.strictObject({
      promptId: id,
      credentials: z.strictObject({ username: z.string().max(1_000), password: z.string().max(1_000) }).nullable(),
      epoch: z.int(),
    }),
    empty,
  ),
  'picker.answer': method(
    'control',
    'Sets the value of a date, time or colour control, or of a select (several values when it is multiple); null cancels.',
    z.strictObject({ pickerId: id, values: z.array(z.string().max(1_000)).max(1_000).nullable(), epoch: z.int() }),
    empty,
  ),
  'clipboard.copy': method(
    'control',
    "Copies (or cuts) the page's selection and answers with its text.",
    z.strictObject({ cut: z.boolean().optional(), epoch: z.int() }),
    z.object({ text: z.string() }),
  ),
  'humanRequest.answer': method(
    'control',
    "Answers the agent's request for a human.",
    z.strictObject({ requestId: id, outcome: handbackOutcomeSchema, note: noteSchema.optional() }),
    empty,
  ),
} as const
export type LiveMethod = keyof typeof LIVE_METHODS
export type LiveParams<M extends LiveMethod> = z.input<(typeof LIVE_METHODS)[M]['params']>
export type LiveResult<M extends LiveMethod> = z.output<(typeof LIVE_METHODS)[M]['result']>

const notification = <P extends z.ZodType>(role: 'view' | 'control', doc: string, params: P) => ({ role, doc, params })

export const LIVE_NOTIFICATIONS = {
  'input.dispatch': notification(
    'control',
    'Input of the holder, in order. `seq` rises by one per message.',
    z.strictObject({ epoch: z.int(), seq: z.int().optional(), events: z.array(inputEventSchema).min(1).max(500) }),
  ),
  'media.candidate': notification(
    'view',
    'A trickled ICE candidate of the viewer; null ends the list.',
    z.strictObject({ peerId: id, candidate: candidateSchema.nullable() }),
  ),
  'media.report': notification('view', 'What the viewer measures, once a second.', viewerStatsSchema),
} as const
export type LiveNotification = keyof typeof LIVE_NOTIFICATIONS
export type LiveNotificationParams<M extends LiveNotification> = z.input<(typeof LIVE_NOTIFICATIONS)[M]['params']>

const event = <D extends z.ZodType>(doc: string, data: D) => ({ doc, data })

export const LIVE_EVENTS = {
  'session.hello': event(
    'The first message: everything a viewer needs.',
    z.object({
      protocol: z.literal(1),
      viewer: viewerSchema,
      /** Proof of being this viewer: `?resume=<it>` on the next connection keeps the id, and with it control. Keep it secret, from other viewers too. */
      resumeToken: z.string(),
      session: agentSessionSchema,
      /** ms since the epoch, when this message was made. */
      serverTime: z.number(),
      iceServers: z.array(iceServerSchema),
      /** `relay` when only TURN may be used. */
      iceTransportPolicy: z.enum(['all', 'relay']),
      tabs: z.array(tabSchema),
      activeTabId: z.string().nullable(),
      viewers: z.array(viewerSchema),
      stream: streamInfoSchema.nullable(),
      dialogs: z.array(dialogSchema),
      fileChoosers: z.array(fileChooserSchema),
      authPrompts: z.array(authPromptSchema),
      pickers: z.array(pickerSchema),
      humanRequests: z.array(humanRequestSchema),
      cursor: z.string(),
      pointerLocked: z.boolean(),
      blanked: z.string().nullable(),
      rungs: rungsSchema,
    }),
  ),
  'session.expiring': event(
    'The session ends by itself at this time: nobody uses it (`idle`; any use keeps it), or its time is up (`absolute`). Null: no longer.',
    z.object({ kind: z.enum(['idle', 'absolute']).nullable(), endsAt: z.iso.datetime().nullable() }),
  ),
  'media.config': event('How the binary packets with this config number are decoded.', mediaConfigSchema),
  'media.rungs': event('What the server offers this viewer has changed: a peer became free, the capture page cannot run.', rungsSchema),
  'session.changed': event('Status, name, mode, viewport or page of the session changed.', agentSessionSchema),
  'session.closed': event('The session is over; the socket closes after it.', z.object({ reason: z.string() })),
  'control.changed': event('The driver, the state, the epoch or the requests changed.', controlSchema),
  'control.requestClosed': event(
    'A request for control was given, declined, withdrawn or has expired.',
    z.object({ requestId: z.string(), outcome: z.enum(['given', 'declined', 'expired', 'withdrawn']) }),
  ),
  'control.handedBack': event("A human's turn ended.", handbackSchema),
  'viewer.listChanged': event(
    'Who watches: agents, and at most a hundred people; `viewers` of the session counts all.',
    z.object({ viewers: z.array(viewerSchema) }),
  ),
  'tab.listChanged': event('Tabs opened, closed, navigated or were activated.', z.object({ tabs: z.array(tabSchema), activeTabId: z.string().nullable() })),
  'media.offer': event(
    "The capture page's SDP offer (also after an ICE restart), with TURN credentials that are valid from now on: those of the hello may have expired since.",
    z.object({ peerId: z.string(), sdp: z.string(), offerId: z.number().optional(), iceServers: z.array(iceServerSchema).optional() }),
  ),
  'media.room': event(
    'How to join the LiveKit room that carries the picture, as one who only watches: input goes on over this socket. It comes again with a fresh token when the room moved or its server came back.',
    z.object({ peerId: z.string(), wsUrl: z.string(), room: z.string(), token: z.string(), participantIdentity: z.string() }),
  ),
  'media.candidate': event(
    'A trickled ICE candidate of the capture page; null ends the list.',
    z.object({ peerId: z.string(), candidate: candidateSchema.nullable() }),
  ),
  'media.ended': event(
    'The peer is gone; start again, or wait when `retry` is false.',
    z.object({ peerId: z.string(), reason: z.string(), retry: z.boolean() }),
  ),
  'stream.changed': event('What is streamed and how.', streamInfoSchema),
  'stream.stalled': event(
    'The capture page or the browser does not answer; the picture is old. `null` reason: it moves again.',
    z.object({ reason: z.string().nullable() }),
  ),
  'stream.blanked': event(
    'The picture is hidden from this viewer (a password is being typed); null reason: it is back.',
    z.object({ reason: z.string().nullable() }),
  ),
  'cursor.changed': event('CSS cursor under the pointer.', z.object({ cursor: z.string() })),
  'pointer.lockChanged': event(
    'The page has locked the pointer: whoever steers locks their own and sends `mouseMoveBy`, and an Escape when it gets free. Or the page has let go of it.',
    z.object({ locked: z.boolean() }),
  ),
  'agent.pointer': event(
    "The agent's pointer, CSS pixels of the viewport.",
    z.object({ x: z.number(), y: z.number(), type: z.enum(['move', 'down', 'up', 'wheel']) }),
  ),
  'dialog.opened': event('A dialog waits for an answer.', dialogSchema),
  'dialog.closed': event('It was answered.', z.object({ id: z.string() })),
  'fileChooser.opened': event('The page asks for files.', fileChooserSchema),
  'fileChooser.closed': event('It was answered.', z.object({ id: z.string() })),
  'auth.requested': event('A server asks for a user name and a password.', authPromptSchema),
  'auth.closed': event('It was answered.', z.object({ id: z.string() })),
  'picker.opened': event('A control whose list is not in the picture was opened.', pickerSchema),
  'picker.closed': event('It was answered.', z.object({ id: z.string() })),
  'download.changed': event('A download began, moved on or ended.', downloadSchema),
  'clipboard.copied': event('The page put text on the clipboard while this viewer drives.', z.object({ text: z.string() })),
  'humanRequest.opened': event('The agent asks for a human.', humanRequestSchema),
  'humanRequest.closed': event('It was answered, cancelled or has expired.', z.object({ id: z.string(), outcome: z.string() })),
  'input.refused': event('Input was not delivered; at most two a second.', z.object({ code: z.string(), message: z.string() })),
  'server.draining': event('The server stops; reconnect soon.', z.object({ reason: z.string() })),
} as const
export type LiveEvent = keyof typeof LIVE_EVENTS
export type LiveEventData<E extends LiveEvent> = z.output<(typeof LIVE_EVENTS)[E]['data']>

export type LiveRequest = { [M in LiveMethod]: { id: number; method: M; params: LiveParams<M> } }[LiveMethod]
export type LiveReply = { id: number; result: unknown } | { id: number | null; error: WireError }
export type LiveEventMessage = { [E in LiveEvent]: { event: E; data: LiveEventData<E> } }[LiveEvent]

/** The envelope of whatever a viewer sends; `params` meets its own schema afterwards. */
export const liveIncomingSchema = z.strictObject({ id: z.int().min(0).optional(), method: z.string().max(64), params: z.unknown().optional() })
