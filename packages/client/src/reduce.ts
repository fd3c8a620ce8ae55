/** What a message of the server changes in the snapshot. Pure: message and snapshot in, patch out. */
import type { AgentSession, ControlInfo, LiveEventMessage, Viewer } from '@tandem/protocol'
import type { LiveSnapshot } from './types.ts'

export const EMPTY_SNAPSHOT: LiveSnapshot = Object.freeze({
  status: 'connecting',
  reason: 'Connecting to the server.',
  code: null,
  transport: null,
  rung: { transport: null, why: null, forced: false },
  quality: 'auto',
  route: null,
  me: null,
  session: null,
  expiring: null,
  control: null,
  holding: false,
  steering: false,
  mayControl: false,
  tabs: [],
  activeTabId: null,
  viewers: [],
  stream: null,
  stats: null,
  notes: [],
  dialogs: [],
  fileChoosers: [],
  authPrompts: [],
  pickers: [],
  humanRequests: [],
  downloads: [],
  lastHandback: null,
  offers: null,
  cursor: 'default',
  pointerLocked: false,
  blanked: null,
  muted: true,
  inputRefused: null,
})

type Patch = Partial<LiveSnapshot>
const without = <T extends { id: string }>(list: readonly T[], id: string): readonly T[] => list.filter((item) => item.id !== id)
const put = <T extends { id: string }>(list: readonly T[], item: T): readonly T[] => [...without(list, item.id), item]

/** Who holds, and who may steer: in mode `shared` everybody who may control. */
function rights(me: Viewer | null, control: ControlInfo | null): Patch {
  const mayControl = me?.role === 'control' || me?.role === 'admin'
  const holding = me !== null && control?.driver.kind === 'human' && control.driver.client_id === me.id
  return { mayControl, holding, steering: holding || (mayControl && control?.driver.kind === 'both') }
}

/** A change of the session must not bring back an older control than `control.changed` told. */
export function withSession(snapshot: LiveSnapshot, session: AgentSession): Patch {
  const older = snapshot.control !== null && session.control.epoch < snapshot.control.epoch
  const control = older ? snapshot.control : session.control
  return { session: older && control ? { ...session, control } : session, control, ...rights(snapshot.me, control) }
}

export function reduce(snapshot: LiveSnapshot, message: LiveEventMessage): Patch {
  switch (message.event) {
    case 'session.hello': {
      const {
        viewer: me,
        session,
        tabs,
        activeTabId,
        viewers,
        stream,
        dialogs,
        fileChoosers,
        authPrompts,
        pickers,
        humanRequests,
        cursor,
        pointerLocked,
        blanked,
        rungs: offers,
      } = message.data
      const { control } = session
      return {
        me,
        session,
        control,
        ...rights(me, control),
        tabs,
        activeTabId,
        viewers,
        stream,
        dialogs,
        fileChoosers,
        authPrompts,
        pickers,
        humanRequests,
        cursor,
        pointerLocked,
        blanked,
        offers,
        lastHandback: control.last_handback,
        // Said again where it still holds.
        expiring: null,
      }
    }
    case 'session.changed':
      return withSession(snapshot, message.data)
    case 'session.expiring': {
      const { kind, endsAt } = message.data
      return { expiring: kind === null || endsAt === null ? null : { kind, endsAt } }
    }
    case 'control.changed': {
      const control = message.data
      return { control, ...rights(snapshot.me, control), ...(snapshot.session ? { session: { ...snapshot.session, control } } : {}) }
    }
    case 'control.handedBack':
      return { lastHandback: message.data }
    case 'viewer.listChanged': {
      const me = message.data.viewers.find((viewer) => viewer.id === snapshot.me?.id) ?? snapshot.me
      return { viewers: message.data.viewers, me, ...rights(me, snapshot.control) }
    }
    case 'tab.listChanged':
      return { tabs: message.data.tabs, activeTabId: message.data.activeTabId }
    case 'media.rungs':
      return { offers: message.data }
    case 'stream.changed':
      return { stream: message.data }
    case 'stream.blanked':
      return { blanked: message.data.reason }
    case 'cursor.changed':
      return { cursor: message.data.cursor }
    case 'pointer.lockChanged':
      return { pointerLocked: message.data.locked }
    case 'dialog.opened':
      return { dialogs: put(snapshot.dialogs, message.data) }
    case 'dialog.closed':
      return { dialogs: without(snapshot.dialogs, message.data.id) }
    case 'fileChooser.opened':
      return { fileChoosers: put(snapshot.fileChoosers, message.data) }
    case 'fileChooser.closed':
      return { fileChoosers: without(snapshot.fileChoosers, message.data.id) }
    case 'auth.requested':
      return { authPrompts: put(snapshot.authPrompts, message.data) }
    case 'auth.closed':
      return { authPrompts: without(snapshot.authPrompts, message.data.id) }
    case 'picker.opened':
      return { pickers: put(snapshot.pickers, message.data) }
    case 'picker.closed':
      return { pickers: without(snapshot.pickers, message.data.id) }
    case 'download.changed':
      return { downloads: put(snapshot.downloads, message.data) }
    case 'humanRequest.opened':
      return { humanRequests: put(snapshot.humanRequests, message.data) }
    case 'humanRequest.closed':
      return { humanRequests: without(snapshot.humanRequests, message.data.id) }
    case 'input.refused':
      return { inputRefused: message.data }
    default:
      return {}
  }
}
