/** `tandem keys | audit`: who may do everything on a server, and who did what. */
import type { Command } from 'commander'
import type { ApiKey, AuditEntry } from '@tandem/client'
import { connect, type GlobalOptions } from './connect.ts'
import { type Io, print, table, UsageError } from './output.ts'
import { fromNow, parseSeconds, timestamp } from './times.ts'

interface AuditCommandOptions extends GlobalOptions {
  session?: string
  action?: string
  actor?: string
  limit: string
}

/** As many as the server gives at once. */
const AUDIT_PAGE = 500

export function addKeyCommands(program: Command, io: Io): void {
  const keys = program.command('keys').description('API keys: made, listed, revoked. Each may do everything on the server.')
  keys
    .command('create')
    .description('Make a key and print it; it is shown only now.')
    .argument('<name>', 'whose it is, for lists and the audit log')
    .option('--expires <time>', 'how long it works: 12h, 90d or seconds (default: until it is revoked)')
    .action(async (name: string, _: unknown, command: Command) => {
      const { json, expires, ...options } = command.optsWithGlobals<GlobalOptions & { expires?: string }>()
      const seconds = expires === undefined ? {} : { expires_in_s: parseSeconds('--expires', expires) }
      const key = await (await connect(options, io)).apiKeys.create({ name, ...seconds })
      print(io, json, key, [key.key])
    })
  keys
    .command('ls')
    .description('List the keys, without their secrets.')
    .option('--all', 'revoked and expired ones too')
    .action(async (_: unknown, command: Command) => {
      const { json, all, ...options } = command.optsWithGlobals<GlobalOptions & { all?: boolean }>()
      const { data } = await (await connect(options, io)).apiKeys.list()
      const shown = all === true ? data : data.filter((key) => statusOf(key) === 'works')
      const rows = shown.map((key) => [
        key.id,
        key.name,
        `${key.hint}…`,
        key.own ? 'the server itself' : statusOf(key),
        key.last_used_at === null ? 'never' : fromNow(key.last_used_at),
        key.expires_at === null ? 'never' : fromNow(key.expires_at),
      ])
      print(io, json, shown, table(['KEY', 'NAME', 'BEGINS', 'STATUS', 'USED', 'EXPIRES'], rows))
    })
  keys
    .command('revoke')
    .description('Revoke a key: requests, sockets and logins that came by it end at once.')
    .argument('<key>', 'the id of the key, from tandem keys ls')
    .action(async (id: string, _: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      const key = await (await connect(options, io)).apiKeys.revoke(id)
      print(io, json, key, [`Revoked ${key.name} (${key.id})`])
    })

  program
    .command('audit')
    .description('Print who did what, from where, when: newest first.')
    .option('--session <id>', 'of one session')
    .option('--action <action>', 'of one kind, such as key.create or control.*')
    .option('--actor <actor>', 'of one key or link: key:<id> or token:<id>')
    .option('--limit <number>', 'how many', '50')
    .action(async (_: unknown, command: Command) => {
      const { json, session, action, actor, limit, ...options } = command.optsWithGlobals<AuditCommandOptions>()
      if (!/^[1-9]\d{0,5}$/.test(limit)) throw new UsageError(`--limit takes a number such as 100; it was ${limit}.`)
      const tandem = await connect(options, io)
      const filter = {
        ...(session === undefined ? {} : { session_id: session }),
        ...(action === undefined ? {} : { action }),
        ...(actor === undefined ? {} : { actor }),
      }
      const entries: AuditEntry[] = []
      let cursor: string | null | undefined
      while (entries.length < Number(limit) && cursor !== null) {
        const page = await tandem.audit.list({ ...filter, limit: Math.min(AUDIT_PAGE, Number(limit) - entries.length), ...(cursor ? { cursor } : {}) })
        entries.push(...page.data)
        cursor = page.next_cursor
      }
      const rows = entries.map((entry) => [
        timestamp(entry.at),
        entry.action,
        entry.actor.name ?? entry.actor.id,
        entry.actor.address ?? '-',
        entry.session_id ?? '-',
        Object.entries(entry.data)
          .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
          .join(' '),
      ])
      print(io, json, entries, rows.length === 0 ? ['Nothing like that was done.'] : table(['TIME (UTC)', 'ACTION', 'WHO', 'FROM', 'SESSION', 'DETAILS'], rows))
    })
}

function statusOf({ revoked_at, expires_at }: ApiKey): 'works' | 'revoked' | 'expired' {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && Date.parse(expires_at) <= Date.now() ? 'expired' : 'works'
}
