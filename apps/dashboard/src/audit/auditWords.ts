/** Audit entries in words. An action that is not known here still reads well. */
import type { AuditEntry } from '@tandem/client'

const WORDS: Record<string, string> = {
  'session.create': 'created a session',
  'session.close': 'closed a session',
  'session.mode': 'changed the mode of a session',
  'token.create': 'made a share link',
  'token.revoke': 'withdrew a share link',
  'viewer.kick': 'removed a viewer',
  'key.create': 'made an API key',
  'key.revoke': 'revoked an API key',
  'webhook.create': 'made a webhook',
  'webhook.delete': 'deleted a webhook',
  'webhook.test': 'tested a webhook',
  'webhook.retry': 'sent a webhook delivery again',
  'profile.delete': 'deleted a profile',
  'control.take': 'took control',
  'control.release': 'handed control back',
  'auth.login': 'signed in',
  'auth.logout': 'signed out',
  'auth.link': 'asked for a login link',
  'auth.refused': 'was refused',
}

export function auditWords(action: string): string {
  return WORDS[action] ?? action.replaceAll(/[.-]/g, ' ')
}

export function actorName({ id, name }: AuditEntry['actor']): string {
  return name ?? (id === 'nobody' ? 'Nobody known' : id.replace(/^(key|token):(?:\w+_)?/, '$1 '))
}

/** Said elsewhere in the entry, or of use to programs alone. */
const SKIPPED = new Set(['session_id', 'epoch'])
const LONG_ID = /^([a-z]{3}_[0-9a-f]{8})-[0-9a-f-]{27}$/

/** What else the entry says, short: `role view · single use`. */
export function auditDetail({ data }: Pick<AuditEntry, 'data'>): string {
  return Object.entries(data)
    .filter(([name, value]) => !SKIPPED.has(name) && value !== null && value !== '' && value !== false && typeof value !== 'object')
    .map(([name, value]) => part(name, value))
    .join(' · ')
}

function part(name: string, value: unknown): string {
  if (name === 'expires_in_s' && typeof value === 'number') return `for ${lifetime(value)}`
  const words = name.replace(/_id$/, '').replaceAll('_', ' ')
  return value === true ? words : `${words} ${String(value).replace(LONG_ID, '$1')}`
}

const UNITS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** The largest unit that says it exactly. */
function lifetime(seconds: number): string {
  const [size, unit] = UNITS.find(([length]) => seconds % length === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
