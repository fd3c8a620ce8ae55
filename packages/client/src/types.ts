/** What a LiveView knows at any moment: one immutable snapshot, made anew at each change. */
import type {
  AgentSession,
  AuthPrompt,
  ControlInfo,
  Dialog,
  Download,
  FileChooser,
  Handback,
  HumanRequest,
  Picker,
  Quality,
  Rungs,
  StreamInfo,
  Tab,
  Transport,
  Viewer,
  ViewerStats,
} from '@tandem/protocol'

/**
 * `connecting`: no picture yet, or the connection is being made again;
 * `live`: frames (or proof that the page rests) arrive;
 * `stalled`: the picture is old; `ended`: for good. `reason` says why, for people.
 */
export type LiveStatus = 'connecting' | 'live' | 'stalled' | 'ended'

export interface LiveSnapshot {
  status: LiveStatus
  /** A sentence for people; null while live. */
  reason: string | null
  /** The code of the error that ended it, where there is one. */
  code: string | null
  /** The rung that brings the picture at this moment; null while none does. */
  transport: Transport | null
  /** Whose picture is on the screen (its last one, while another rung is sought), why it is not a better one, and whether it was chosen by hand. */
  rung: { transport: Transport | null; why: string | null; forced: boolean }
  /** What the server offers this viewer: null for each rung that it can have, else why not; null until it was said. */
  offers: Rungs | null
  /** What was asked for. */
  quality: Quality
  /** `direct`, `stun` or `relay`: how packets of a peer travel; null until known, and on other rungs. */
  route: 'direct' | 'stun' | 'relay' | null
  me: Viewer | null
  session: AgentSession | null
  /** The session ends by itself then: nobody uses it, or its time is up. */
  expiring: { kind: 'idle' | 'absolute'; endsAt: string } | null
  control: ControlInfo | null
  /** This viewer has the wheel. */
  holding: boolean
  /** Input of this viewer reaches the page: it holds the wheel, or the mode is `shared` and it may control. */
  steering: boolean
  /** This viewer may ask for the wheel at all. */
  mayControl: boolean
  tabs: readonly Tab[]
  activeTabId: string | null
  viewers: readonly Viewer[]
  stream: StreamInfo | null
  stats: ViewerStats | null
  /** Why the picture is not better, sentences for the badge. */
  notes: readonly string[]
  dialogs: readonly Dialog[]
  fileChoosers: readonly FileChooser[]
  authPrompts: readonly AuthPrompt[]
  pickers: readonly Picker[]
  humanRequests: readonly HumanRequest[]
  downloads: readonly Download[]
  lastHandback: Handback | null
  /** CSS cursor of the page under the pointer. */
  cursor: string
  /** The page has locked the pointer: this viewer's is locked too while it steers, until Escape. */
  pointerLocked: boolean
  /** The picture is hidden from this viewer, and why. */
  blanked: string | null
  /** Sound is playing (browsers start muted until a gesture). */
  muted: boolean
  /** Why the last input was refused; cleared after 4 s. */
  inputRefused: { code: string; message: string } | null
}
