/**
 * The configuration: flags, then the environment, then one file, then what the table of `settings.ts` says; checked
 * once at start, and every error named by where it was written. Nothing else in the server reads `process.env`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ControlLimits } from './control/types.ts'
import { nearest } from './nearest.ts'
import { SETTINGS, settingsSchema } from './settings.ts'
import type { SettingName, Settings } from './settings.ts'
import { fromText } from './settingValues.ts'

export interface Config {
  host: string
  /** 0: any free port. */
  port: number
  /** Absent: made at the first start and kept in the data directory. */
  apiKey: string | undefined
  dataDir: string
  chromiumPath: string | undefined
  ice: IceConfig
  /** Origins of pages that may use the server beside its own and loopback ones. */
  origins: readonly string[]
  maxSessions: number
  allowedSchemes: readonly string[]
  /** What may differ from the limits of docs/control.md. */
  control: Partial<ControlLimits>
  /** Without a slash at its end; undefined: as the request came. */
  publicUrl: string | undefined
  trustedProxies: readonly string[]
  /** Paths of PEM files. */
  tls: { cert: string; key: string } | undefined
  /** Every socket and event stream carries something at least this often. */
  heartbeatMs: number
  udpPorts: string | undefined
  publicAddress: string | undefined
  databaseUrl: string | undefined
  /** Browsers that are kept ready. */
  poolSize: number
  /** Of one session, unless it says otherwise. */
  maxViewers: number
  maxMemoryMb: number
  idleTimeoutS: number
  maxDurationS: number
  drainMs: number
  /** Closed sessions; 0: for ever. */
  keepDays: number
  auditDays: number
  webhookPrivate: boolean
  livekit: LiveKitConfig
  /** Publish every session into its room all the time. */
  roomAlways: boolean
  /** Seal the secrets of registered nodes; the first seals, all open. Empty: from the data directory. Secret. */
  secretKeys: readonly string[]
  metrics: Settings['metrics']
  logLevel: Settings['logLevel']
}

export interface IceConfig {
  policy: 'all' | 'relay'
  stunUrls: readonly string[]
  turnUrls: readonly string[]
  turnUsername: string | undefined
  turnCredential: string | undefined
  /** coturn's `static-auth-secret`: credentials are then made for each viewer and expire. */
  turnSecret: string | undefined
  /** How long those last, s; absent: a day. */
  turnTtlS?: number
}

export interface LiveKitConfig {
  /** Our own server: run where its program is, or not at all. */
  own: 'auto' | 'off'
  bin: string | undefined
  /** UDP and TCP port of its media; undefined: any. */
  port: number | undefined
  /** One that runs elsewhere, instead of our own. */
  elsewhere: { url: string; apiKey: string; apiSecret: string } | undefined
}

/** A configuration that cannot be used; `message` names each setting and what is wrong with it, for people. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export interface ConfigSources {
  /** Flags as they were written, by the name of their setting. */
  flags?: Partial<Record<SettingName, string>>
  /** Path of a configuration file; it must exist. */
  file?: string | null
}

export type Env = Record<string, string | undefined>

/** Looked for where the server is started. */
export const CONFIG_FILE = 'tandem.config.json'

/** The configuration file: the one that is named, else `tandem.config.json` here when there is one. */
export function findConfigFile(env: Env, flag: string | undefined, folder = process.cwd()): string | null {
  const named = flag ?? env['TANDEM_CONFIG']
  if (named !== undefined && named !== '') return resolve(folder, named)
  const usual = join(folder, CONFIG_FILE)
  return existsSync(usual) ? usual : null
}

/**
 * Reads the configuration from flags, environment and file, in this order; `overrides` win over all.
 * @throws ConfigError with one line for each thing that is wrong.
 * @example const server = await startServer(loadConfig(process.env, { port: 0 }))
 */
export function loadConfig(env: Env, overrides: Partial<Config> = {}, { flags = {}, file = null }: ConfigSources = {}): Config {
  const written = file === null ? {} : readFile(file)
  const given: Record<string, unknown> = {}
  /** How the setting was called where it was written. */
  const names = new Map<string, string>()
  for (const { name, env: variable, flag, kind } of SETTINGS) {
    // An empty variable means the same as none: `TURN_SECRET= npm start`.
    const value = [flags[name], env[variable]].find((text) => text !== undefined && text.trim() !== '')
    if (value !== undefined) given[name] = fromText(kind, value)
    else if (name in written) given[name] = written[name]
    const isFlag = value !== undefined && value === flags[name]
    names.set(name, isFlag ? (flag.split(' ')[0] ?? name) : value !== undefined || file === null || !(name in written) ? variable : `${file}: ${name}`)
  }
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${names.get(String(path[0]))}: ${message}`).join('\n'))
  const values = parsed.data
  assertTogether(values)
  const config = { ...toConfig(values, env), ...Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)) }
  // Pages of the server's own address are its own pages.
  const origins = config.publicUrl === undefined ? config.origins : [...config.origins, new URL(config.publicUrl).origin]
  return { ...config, origins, dataDir: resolve(config.dataDir) }
}

/** What no setting can tell by itself. */
function assertTogether(values: Settings): void {
  if (values.icePolicy === 'relay' && values.turnUrls.length === 0) {
    throw new ConfigError('TANDEM_ICE_POLICY: relay needs a TURN server; set TURN_SERVER_URL, for example turn:turn.example.com:3478')
  }
  if (values.turnUrls.length > 0 && values.turnSecret === undefined && (values.turnUsername === undefined || values.turnCredential === undefined)) {
    throw new ConfigError('TURN_SERVER_URL: needs credentials; set TURN_USERNAME and TURN_CREDENTIAL, or TURN_SECRET')
  }
  if (values.livekitUrl !== undefined && (values.livekitApiKey === undefined || values.livekitApiSecret === undefined)) {
    throw new ConfigError('LIVEKIT_URL: needs LIVEKIT_API_KEY and LIVEKIT_API_SECRET of that server')
  }
  if ((values.tlsCert === undefined) !== (values.tlsKey === undefined)) {
    throw new ConfigError('TANDEM_TLS_CERT, TANDEM_TLS_KEY: set both (PEM files), or none')
  }
}

function toConfig(values: Settings, env: Env): Config {
  const { tlsCert, tlsKey } = values
  return {
    host: values.host,
    port: values.port,
    apiKey: values.apiKey,
    dataDir: values.dataDir ?? join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'tandem'),
    chromiumPath: values.chromiumPath,
    ice: {
      policy: values.icePolicy,
      stunUrls: values.stunUrls,
      turnUrls: values.turnUrls,
      turnUsername: values.turnUsername,
      turnCredential: values.turnCredential,
      turnSecret: values.turnSecret,
      turnTtlS: values.turnTtlS,
    },
    origins: values.origins,
    maxSessions: values.maxSessions,
    allowedSchemes: values.allowedSchemes.map((scheme) => scheme.replace(/:$/, '').toLowerCase()),
    control: { graceMs: values.controlGraceMs, idleMs: values.controlIdleMs, maxMs: values.controlMaxMs, requestMs: values.controlRequestMs },
    publicUrl: values.publicUrl,
    trustedProxies: values.trustedProxies,
    tls: tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey } : undefined,
    heartbeatMs: values.heartbeatMs,
    udpPorts: values.udpPorts,
    publicAddress: values.publicAddress,
    databaseUrl: values.databaseUrl,
    poolSize: values.poolSize,
    maxViewers: values.maxViewers,
    maxMemoryMb: values.maxMemoryMb,
    idleTimeoutS: values.idleTimeoutS,
    maxDurationS: values.maxDurationS,
    drainMs: values.drainMs,
    keepDays: values.keepDays,
    auditDays: values.auditDays,
    webhookPrivate: values.webhookPrivate,
    livekit: toLiveKit(values),
    roomAlways: values.roomAlways,
    secretKeys: values.secretKeys,
    metrics: values.metrics,
    logLevel: values.logLevel,
  }
}

function toLiveKit({ livekit, livekitBin, livekitPort, livekitUrl, livekitApiKey, livekitApiSecret }: Settings): LiveKitConfig {
  const isWhole = livekitUrl !== undefined && livekitApiKey !== undefined && livekitApiSecret !== undefined
  return {
    own: livekit,
    bin: livekitBin,
    port: livekitPort,
    elsewhere: isWhole ? { url: livekitUrl, apiKey: livekitApiKey, apiSecret: livekitApiSecret } : undefined,
  }
}

/** Only the place: what stands there may be a secret. */
function placeOf(error: SyntaxError): string {
  const place = /\(?(line \d+ column \d+)\)?/.exec(error.message)?.[1]
  return place === undefined ? '' : `, ${place}`
}

/** @throws ConfigError when it cannot be read, is no JSON object, or has a key that no setting has */
function readFile(path: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError(`${path}: ${error instanceof SyntaxError ? `is not valid JSON${placeOf(error)}` : `cannot be read (${String(error)})`}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ConfigError(`${path}: must hold one JSON object`)
  const names = SETTINGS.map(({ name }) => name)
  const wrong = Object.keys(value).filter((key) => key !== '$schema' && !names.some((name) => name === key))
  if (wrong.length > 0) throw new ConfigError(wrong.map((key) => `${path}: ${key} is no setting; did you mean ${nearest(key, names)}?`).join('\n'))
  return Object.fromEntries(Object.entries(value))
}
