/** The TypeScript SDK: `Tandem` for REST, `LiveView` to watch and steer. Types of what travels come along, so that users need no second package. */
export { LiveView } from './liveView.ts'
export type { LiveViewOptions } from './options.ts'
export type { Wish } from './players/ladder.ts'
export { Tandem } from './tandem.ts'
export type { LoginLink, TandemOptions } from './tandem.ts'
export { Sessions } from './sessions.ts'
export type { HumanRequestOptions, Kicked, ListOptions, NewSession, TokenOptions } from './sessions.ts'
export { ApiKeys, Audit } from './access.ts'
export type { AuditOptions } from './access.ts'
export type { CallOptions, Fetch } from './rest.ts'
export type { LiveSnapshot, LiveStatus } from './types.ts'
export { liveUrl } from './live/liveUrl.ts'
export type { LiveAddress } from './live/liveUrl.ts'
export { CONNECTION_WORDS, connectionState, describeDriver, describeOffer, describeSign, driverSentence, whoSentence } from './words.ts'
export type { ConnectionState, ControlOffer, DriverDescription, Sign } from './words.ts'
export { VIEW_COLOURS, VIEW_CSS, VIEW_GLYPHS } from './viewStyles.ts'
export type { ViewGlyph } from './viewStyles.ts'
export { Nodes } from './nodes.ts'
export type { FollowOptions } from './events.ts'
export { Events } from './events.ts'
export { Profiles } from './profiles.ts'
export { verifyWebhookSignature, Webhooks } from './webhooks.ts'
export type { VerifyOptions, WebhookEvent } from './webhooks.ts'
export { CANONICAL_MODIFIER_NAMES, DEVICES, ERRORS, isTandemError, MODES, QUALITIES, TandemError, TRANSPORTS } from '@tandem/protocol'
export type {
  AgentSession,
  ApiKey,
  ApiKeyCreated,
  AuditEntry,
  AuthPrompt,
  ControlInfo,
  ControlRequest,
  ControlStateName,
  CreateSession,
  Device,
  Dialog,
  Download,
  Driver,
  ErrorCode,
  FileChooser,
  Handback,
  HandbackOutcome,
  HumanRequest,
  HumanRequestResult,
  InputEvent,
  LiveEvent,
  LiveEventData,
  LiveKitInfo,
  LiveMethod,
  LiveParams,
  LiveResult,
  Mode,
  Node,
  NodeBody,
  NodeRegisterBody,
  NodeRegistered,
  NodeState,
  PageState,
  Picker,
  Profile,
  Quality,
  Role,
  Rungs,
  SessionList,
  SessionStatus,
  Step,
  StreamInfo,
  Tab,
  TimelineEntry,
  Transport,
  Upload,
  Viewer,
  ViewerStats,
  ViewerToken,
  ViewerTokenListed,
  PageLayout,
  Viewport,
  Webhook,
  WebhookCreated,
  WebhookDelivery,
  WatcherInfo,
} from '@tandem/protocol'
