/** Timeline entries in words. An entry of a type that is not known here still reads well. */
import type { TimelineEntry } from '@tandem/client'
import { MODES } from '../sessions/modes.ts'
import { turnEnded } from './words.ts'

export interface EntryWords {
  title: string
  detail: string | null
  tone: 'agent' | 'human' | 'bad' | 'plain'
}

type Data = TimelineEntry['data']
type Describe = (data: Data) => EntryWords

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** The name of the human in a control entry's driver. */
function driverName(data: Data): string {
  const driver = data.driver
  return (typeof driver === 'object' && driver !== null && 'name' in driver ? text(driver.name) : null) ?? 'Somebody'
}

const plain = (title: string, detail: unknown = null): EntryWords => ({ title, detail: text(detail), tone: 'plain' })
const human = (title: string, detail: unknown = null): EntryWords => ({ title, detail: text(detail), tone: 'human' })
const agent = (title: string, detail: unknown = null): EntryWords => ({ title, detail: text(detail), tone: 'agent' })
const bad = (title: string, detail: unknown = null): EntryWords => ({ title, detail: text(detail), tone: 'bad' })

const WORDS: Record<string, Describe> = {
  'session.created': () => plain('Session created'),
  'session.restored': () => plain('Session restored after a restart'),
  'session.closed': (data) => plain('Session closed', data.reason),
  'session.mode-changed': (data) => plain(`Mode: ${MODES.find(({ value }) => value === data.mode)?.label ?? 'changed'}`),
  'session.agent-silent': () => agent('The agent does not answer'),
  'session.agent-answers': () => agent('The agent answers again'),
  'session.agent-joined': (data) => agent(`${text(data.name) ?? 'An agent'} connected`),
  'session.agent-left': (data) => agent(`${text(data.name) ?? 'An agent'} disconnected`),
  'control.queued': () => human('Takeover waits for the agent’s step'),
  'control.pending': () => human('Takeover waits for the agent’s last command'),
  'control.granted': (data) => human(`${driverName(data)} took control`),
  'control.given': (data) => human(`Control given to ${driverName(data)}`),
  'control.taken': (data) => human(`${driverName(data)} took control as admin`),
  'control.requested': () => human('Control was asked for'),
  'control.requestClosed': () => plain('Request for control ended'),
  'control.cancelled': () => plain('Takeover called off'),
  'control.returned': () => agent('Control back with the agent'),
  'control.idleWarned': () => plain('Idle warning'),
  'control.resumed': () => plain('The driver is still there'),
  'control.holderLeft': () => plain('The driver lost the connection'),
  'control.holderReturned': () => plain('The driver is back'),
  'control.handbackQueued': () => human('The handback waits for a step'),
  'control.handbackPending': () => human('Control is going back'),
  'control.handed-back': handedBack,
  'human-request.opened': (data) => agent('The agent asks for help', data.reason),
  'human-request.closed': (data) => human(`Help request ${text(data.outcome) ?? 'closed'}`, data.note),
  'viewer.joined': (data) => plain(`${text(data.name) ?? 'Somebody'} joined`),
  'viewer.left': (data) => plain(`${text(data.name) ?? 'Somebody'} left`),
  'tab.page': (data) => (data.state === 'errored' ? bad('Page could not be loaded', data.url) : plain(text(data.title) ?? 'Page opened', data.url)),
  'tab.crashed': (data) => bad(data.recovered === true ? 'A tab crashed and was loaded again' : 'A tab crashed'),
  'tab.refused': () => bad('A tab was closed: there are too many'),
  'browser.started': (data) => plain('Browser started', data.version),
  'browser.restored': (data) => plain('Browser restored', data.version),
  'browser.crashed': (data) => bad('The browser crashed', data.reason),
  'browser.capture-lost': (data) => bad(data.recovered === true ? 'The picture was lost and made anew' : 'The picture was lost', data.reason),
  'browser.download-completed': (data) => plain('Downloaded', data.name),
  'browser.download-cancelled': (data) => plain('Download cancelled', data.name),
}

function handedBack({ outcome, note, reason }: Data): EntryWords {
  if (typeof reason === 'string' && reason !== 'released') return human('The turn ended', turnEnded(reason) ?? `Because: ${reason.replaceAll('-', ' ')}`)
  return human(outcome === 'failed' ? 'Handed back: couldn’t do it' : 'Handed back: done', note)
}

/** `session.mode-changed` says the same, with the mode. */
export function isRepetition({ type }: TimelineEntry): boolean {
  return type === 'control.modeChanged'
}

export function describeEntry({ type, data }: TimelineEntry): EntryWords {
  const known = WORDS[type]
  if (known !== undefined) return known(data)
  const words = type
    .replace(/^[a-z-]+\./, '')
    .replace(/([A-Z])/g, ' $1')
    .replaceAll('-', ' ')
    .toLowerCase()
  const area = type.split('.')[0]?.replaceAll('-', ' ') ?? ''
  return plain(`${area.charAt(0).toUpperCase()}${area.slice(1)} ${words}`, data.reason ?? data.name ?? data.url)
}
