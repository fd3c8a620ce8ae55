/**
 * All settings, in one table: what each is called in a file, in the environment and as a flag, what it may be, and what
 * it does. Flags, environment, `tandem.config.json`, its JSON Schema and docs/configuration.md are all made from here;
 * `config.ts` reads them. Needs zod and nothing of the server, so that `tandem --help` is quick.
 */
import { livekitUrlSchema } from '@tandem/protocol'
import { z } from 'zod'
import { CONTROL_LIMITS } from './control/limits.ts'
import { isNetwork } from './networks.ts'
import { duration, LONGEST_MS, origin, parseSecretKeys, publicUrl, seconds, text, udpRange } from './settingValues.ts'
import type { ValueKind } from './settingValues.ts'

/** What else is known of a setting than what it may be. */
export interface SettingInfo {
  env: string
  /** As commander and people write it: `--port <number>`. */
  flag: string
  /** For people: what it does. */
  doc: string
  group: 'Listening' | 'Storage' | 'Networks' | 'Access' | 'Sessions' | 'Rooms' | 'Control' | 'Operations'
  /** What holds without it, where the schema has no default that says so. */
  otherwise?: string
}

const registry = z.registry<SettingInfo>()

function setting<S extends z.ZodType>(schema: S, info: SettingInfo): S {
  registry.add(schema, info)
  return schema
}

export const settingsSchema = z.strictObject({
  host: setting(text.default('127.0.0.1'), {
    env: 'TANDEM_HOST',
    flag: '--host <address>',
    group: 'Listening',
    doc: 'Address to listen on; `0.0.0.0` or `::` for all.',
  }),
  port: setting(z.int().min(0).max(65_535).default(7900), {
    env: 'TANDEM_PORT',
    flag: '--port <number>',
    group: 'Listening',
    doc: 'Port to listen on; 0 for any free one.',
  }),
  publicUrl: setting(publicUrl.optional(), {
    env: 'TANDEM_PUBLIC_URL',
    flag: '--public-url <url>',
    group: 'Listening',
    doc: 'Where people and agents reach the server, such as `https://tandem.example.com/browsers`. All addresses in answers begin with it; its path is the base path; its origin may use the server; https makes cookies Secure.',
    otherwise: 'as the request came',
  }),
  trustedProxies: setting(z.array(text.refine(isNetwork, 'must be addresses, CIDRs, loopback or private')).default([]), {
    env: 'TANDEM_TRUSTED_PROXIES',
    flag: '--trusted-proxies <networks>',
    group: 'Listening',
    doc: 'Reverse proxies whose `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` are believed: addresses, CIDRs, `loopback`, `private`.',
  }),
  tlsCert: setting(text.optional(), {
    env: 'TANDEM_TLS_CERT',
    flag: '--tls-cert <file>',
    group: 'Listening',
    doc: 'Certificate chain (PEM): the server then speaks https and wss. Read again when the file changes.',
  }),
  tlsKey: setting(text.optional(), { env: 'TANDEM_TLS_KEY', flag: '--tls-key <file>', group: 'Listening', doc: 'Private key (PEM) of the certificate.' }),
  heartbeatMs: setting(z.int().min(100).max(600_000).default(10_000), {
    env: 'TANDEM_HEARTBEAT_MS',
    flag: '--heartbeat <ms>',
    group: 'Listening',
    doc: 'Every open socket and event stream carries something both ways this often. Keep it under the idle limit of every proxy on the way.',
  }),
  dataDir: setting(text.optional(), {
    env: 'TANDEM_DATA_DIR',
    flag: '--data-dir <folder>',
    group: 'Storage',
    doc: 'Where database, key and profiles are kept.',
    otherwise: '`~/.local/share/tandem`',
  }),
  databaseUrl: setting(
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
      .optional(),
    {
      env: 'DATABASE_URL',
      flag: '--database-url <url>',
      group: 'Storage',
      doc: 'PostgreSQL for several servers, as `postgres://user:password@host/name`.',
      otherwise: 'SQLite in the data directory',
    },
  ),
  chromiumPath: setting(text.optional(), {
    env: 'CHROMIUM_PATH',
    flag: '--chromium <path>',
    group: 'Sessions',
    doc: 'The Chromium to run.',
    otherwise: 'found on this machine',
  }),
  maxSessions: setting(z.int().min(1).max(1_000).default(20), {
    env: 'TANDEM_MAX_SESSIONS',
    flag: '--max-sessions <number>',
    group: 'Sessions',
    doc: 'How many sessions may be open at once.',
  }),
  maxViewers: setting(z.int().min(1).max(100_000).default(1_000), {
    env: 'TANDEM_MAX_VIEWERS',
    flag: '--max-viewers <number>',
    group: 'Sessions',
    doc: 'How many may watch one session, unless it says otherwise.',
  }),
  maxMemoryMb: setting(z.int().min(0).default(0), {
    env: 'TANDEM_MAX_MEMORY_MB',
    flag: '--max-memory <MB>',
    group: 'Sessions',
    doc: 'Memory of the server and its browsers over which no session is begun; 0: no limit.',
  }),
  poolSize: setting(z.int().min(0).max(100).default(0), {
    env: 'TANDEM_POOL_SIZE',
    flag: '--pool-size <number>',
    group: 'Sessions',
    doc: 'Browsers that are kept ready for the next session.',
  }),
  idleTimeoutS: setting(seconds.default(0), {
    env: 'TANDEM_IDLE_TIMEOUT_S',
    flag: '--idle-timeout <seconds>',
    group: 'Sessions',
    doc: 'Closes a session after so long without a viewer, an agent or a command; 0: never.',
  }),
  maxDurationS: setting(seconds.default(0), {
    env: 'TANDEM_MAX_DURATION_S',
    flag: '--max-duration <seconds>',
    group: 'Sessions',
    doc: 'Closes a session after so long in any case; 0: never.',
  }),
  allowedSchemes: setting(z.array(text.regex(/^[a-z][a-z0-9+.-]*:?$/i, 'must be schemes such as file')).default([]), {
    env: 'TANDEM_ALLOWED_SCHEMES',
    flag: '--allowed-schemes <schemes>',
    group: 'Sessions',
    doc: 'URL schemes that tabs may open beside http, https, data and about:blank.',
  }),
  stunUrls: setting(z.array(text.regex(/^stuns?:/, 'must be stun: or stuns: URLs')).default([]), {
    env: 'STUN_URLS',
    flag: '--stun <urls>',
    group: 'Networks',
    doc: 'STUN servers, as `stun:stun.example.com:3478`.',
  }),
  turnUrls: setting(z.array(text.regex(/^turns?:/, 'must be turn: or turns: URLs')).default([]), {
    env: 'TURN_SERVER_URL',
    flag: '--turn <urls>',
    group: 'Networks',
    doc: 'TURN servers, as `turn:turn.example.com:3478?transport=udp`, `…?transport=tcp`, `turns:turn.example.com:443?transport=tcp`.',
  }),
  turnUsername: setting(text.optional(), { env: 'TURN_USERNAME', flag: '--turn-username <name>', group: 'Networks', doc: 'User name for TURN.' }),
  turnCredential: setting(text.optional(), {
    env: 'TURN_CREDENTIAL',
    flag: '--turn-credential <password>',
    group: 'Networks',
    doc: 'Password for TURN.',
  }),
  turnSecret: setting(text.optional(), {
    env: 'TURN_SECRET',
    flag: '--turn-secret <secret>',
    group: 'Networks',
    doc: "coturn's `static-auth-secret`: each viewer gets credentials that expire.",
  }),
  turnTtlS: setting(z.int().min(1).max(2_000_000).default(86_400), {
    env: 'TURN_TTL_S',
    flag: '--turn-ttl <seconds>',
    group: 'Networks',
    doc: 'How long those credentials last; a viewer gets fresh ones whenever its connection is made anew.',
  }),
  icePolicy: setting(z.enum(['all', 'relay']).default('all'), {
    env: 'TANDEM_ICE_POLICY',
    flag: '--ice-policy <policy>',
    group: 'Networks',
    doc: '`relay` sends all pictures through TURN, so that no viewer learns an address of the server.',
  }),
  udpPorts: setting(udpRange.optional(), {
    env: 'TANDEM_UDP_PORTS',
    flag: '--udp-ports <range>',
    group: 'Networks',
    doc: 'UDP ports of the pictures, as `50000-50100`, for a firewall to let through both ways; a viewer on WebRTC takes one.',
    otherwise: 'any',
  }),
  publicAddress: setting(z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' }).optional(), {
    env: 'TANDEM_PUBLIC_ADDRESS',
    flag: '--public-address <address>',
    group: 'Networks',
    doc: "The machine's address as the internet sees it, where 1:1 NAT stands in between (EC2, GCE).",
  }),
  apiKey: setting(z.string().min(16, 'must have at least 16 characters').optional(), {
    env: 'TANDEM_API_KEY',
    flag: '--api-key <key>',
    group: 'Access',
    doc: 'The key that may do everything.',
    otherwise: 'made at the first start, in the file `api-key` of the data directory',
  }),
  origins: setting(z.array(origin).default([]), {
    env: 'TANDEM_ORIGINS',
    flag: '--origins <origins>',
    group: 'Access',
    doc: 'Origins of pages that may use the server, beside its own and loopback ones.',
  }),
  keepDays: setting(z.int().min(0).max(36_500).default(30), {
    env: 'TANDEM_KEEP_DAYS',
    flag: '--keep-days <days>',
    group: 'Storage',
    doc: 'How long closed sessions and their timelines are kept; 0: for ever.',
  }),
  auditDays: setting(z.int().min(1).max(36_500).default(90), {
    env: 'TANDEM_AUDIT_DAYS',
    flag: '--audit-days <days>',
    group: 'Access',
    doc: 'How long the audit log is kept.',
  }),
  webhookPrivate: setting(z.boolean().default(false), {
    env: 'TANDEM_WEBHOOK_PRIVATE',
    flag: '--webhook-private <yes|no>',
    group: 'Access',
    doc: 'Lets webhooks go to private addresses and over http.',
  }),
  livekit: setting(z.enum(['auto', 'off']).default('auto'), {
    env: 'TANDEM_LIVEKIT',
    flag: '--livekit <auto|off>',
    group: 'Rooms',
    doc: '`auto` runs a LiveKit server of our own where its program is there and LIVEKIT_URL names no other; `off` runs none.',
  }),
  livekitBin: setting(text.optional(), {
    env: 'TANDEM_LIVEKIT_BIN',
    flag: '--livekit-bin <path>',
    group: 'Rooms',
    doc: 'The `livekit-server` to run; one that is not there yet is waited for.',
    otherwise: 'on PATH, or built by `npm start` into `~/.cache/tandem`',
  }),
  livekitPort: setting(z.int().min(1).max(65_535).optional(), {
    env: 'TANDEM_LIVEKIT_PORT',
    flag: '--livekit-port <number>',
    group: 'Rooms',
    doc: 'Port of its pictures and sound, UDP and TCP, for a firewall to let in; signalling comes through the port of the server itself.',
    otherwise: 'any',
  }),
  livekitUrl: setting(livekitUrlSchema.optional(), {
    env: 'LIVEKIT_URL',
    flag: '--livekit-url <url>',
    group: 'Rooms',
    doc: 'A LiveKit server that runs elsewhere, instead of our own; needs LIVEKIT_API_KEY and LIVEKIT_API_SECRET.',
  }),
  livekitApiKey: setting(text.optional(), { env: 'LIVEKIT_API_KEY', flag: '--livekit-api-key <key>', group: 'Rooms', doc: 'API key of that server.' }),
  livekitApiSecret: setting(text.optional(), {
    env: 'LIVEKIT_API_SECRET',
    flag: '--livekit-api-secret <secret>',
    group: 'Rooms',
    doc: 'Its secret.',
  }),
  roomAlways: setting(z.boolean().default(false), {
    env: 'TANDEM_ROOM_ALWAYS',
    flag: '--room-always <yes|no>',
    group: 'Rooms',
    doc: 'Publishes every session into its room all the time, not only while somebody is there.',
  }),
  secretKeys: setting(
    z
      .array(text)
      .refine((keys) => parseSecretKeys(keys) !== null, 'must be keys of 32 bytes, each in hex or base64 (`openssl rand -hex 32`)')
      .default([]),
    {
      env: 'TANDEM_SECRET_KEY',
      flag: '--secret-key <keys>',
      group: 'Rooms',
      doc: 'Seals the secrets of registered LiveKit servers in the database; servers of one database need the same. The first of several seals, all open: put a new one in front, restart, run `tandem secrets rotate`, and take the old one away.',
      otherwise: 'made at the first start, in the file `secret-key` of the data directory',
    },
  ),
  controlGraceMs: setting(duration.default(CONTROL_LIMITS.graceMs), {
    env: 'TANDEM_CONTROL_GRACE_MS',
    flag: '--control-grace <ms>',
    group: 'Control',
    doc: 'How long control waits for a driver whose connection was lost.',
  }),
  controlIdleMs: setting(duration.default(CONTROL_LIMITS.idleMs), {
    env: 'TANDEM_CONTROL_IDLE_MS',
    flag: '--control-idle <ms>',
    group: 'Control',
    doc: 'After so long without input control returns to the agent.',
  }),
  controlMaxMs: setting(duration.default(CONTROL_LIMITS.maxMs), {
    env: 'TANDEM_CONTROL_MAX_MS',
    flag: '--control-max <ms>',
    group: 'Control',
    doc: 'How long one person may drive at a time.',
  }),
  controlRequestMs: setting(duration.default(CONTROL_LIMITS.requestMs), {
    env: 'TANDEM_CONTROL_REQUEST_MS',
    flag: '--control-request <ms>',
    group: 'Control',
    doc: 'How long a request for control waits for an answer.',
  }),
  drainMs: setting(z.int().min(0).max(LONGEST_MS).default(0), {
    env: 'TANDEM_DRAIN_MS',
    flag: '--drain <ms>',
    group: 'Operations',
    doc: 'How long a stop (SIGTERM) waits for sessions in use to end; 0: at once. A second SIGTERM ends it.',
  }),
  metrics: setting(z.enum(['local', 'open', 'off']).default('local'), {
    env: 'TANDEM_METRICS',
    flag: '--metrics <who>',
    group: 'Operations',
    doc: 'Who may read /metrics without the API key: `local`, programs on this machine, but no browser; `open`, everybody; `off`, nobody.',
  }),
  logLevel: setting(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'), {
    env: 'TANDEM_LOG_LEVEL',
    flag: '--log-level <level>',
    group: 'Operations',
    doc: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  }),
})

export type Settings = z.output<typeof settingsSchema>
export type SettingName = keyof Settings

export interface Setting extends SettingInfo {
  name: SettingName
  schema: z.ZodType
  kind: ValueKind
  /** As people read it; null: nothing. */
  fallback: string | null
}

const KINDS: Partial<Record<z.core.$ZodTypeDef['type'], ValueKind>> = { number: 'number', boolean: 'boolean', array: 'list' }

/** The table's rows, in its order. */
export const SETTINGS: readonly Setting[] = Object.entries(settingsSchema.shape).map(([name, schema]) => {
  const info = registry.get(schema)
  if (!info) throw new Error(`the setting ${name} has no description`)
  const standard: unknown = schema.safeParse(undefined).data
  const isEmpty = standard === undefined || (Array.isArray(standard) && standard.length === 0)
  const fallback = info.otherwise ?? (isEmpty ? null : `\`${String(standard)}\``)
  // Entries of the shape: its keys are the names.
  return { ...info, name: name as SettingName, schema, kind: kindOf(schema), fallback }
})

function kindOf(schema: z.ZodType): ValueKind {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return kindOf(schema.unwrap() as z.ZodType)
  return KINDS[schema.def.type] ?? 'text'
}

/** The schema of `tandem.config.json`. */
export function configFileSchema(): object {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' })
  for (const { name, doc, env } of SETTINGS) {
    const property = schema.properties?.[name]
    if (typeof property === 'object') property.description = `${doc} (${env})`
  }
  return { ...schema, title: 'Tandem configuration', properties: { $schema: { type: 'string' }, ...schema.properties } }
}
