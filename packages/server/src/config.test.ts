import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigError, findConfigFile, loadConfig } from './config.ts'
import type { ConfigSources } from './config.ts'
import { isNetwork, networks } from './networks.ts'
import { configFileSchema, SETTINGS } from './settings.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const fileWith = (content: unknown): string => {
  const file = join(folder, 'tandem.config.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const message = (env: Record<string, string>, sources: ConfigSources = {}): string => {
  try {
    loadConfig(env, {}, sources)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

test('without a variable the server listens on loopback, port 7900, and keeps its data where programs do', () => {
  const config = loadConfig({ XDG_DATA_HOME: '/xdg' })
  expect(config).toMatchObject({ host: '127.0.0.1', port: 7900, dataDir: '/xdg/tandem', origins: [], maxSessions: 20, apiKey: undefined })
  expect(loadConfig({}).dataDir).toMatch(/\.local\/share\/tandem$/)
})

test('variables are read, lists have commas, empty means none, overrides win', () => {
  const env = {
    TANDEM_PORT: '0',
    TANDEM_ORIGINS: 'https://a.example.com, https://b.example.com/',
    STUN_URLS: 'stun:one:3478,stun:two:3478',
    TURN_SERVER_URL: 'turn:t:3478?transport=udp',
    TURN_SECRET: 's',
    TANDEM_ALLOWED_SCHEMES: 'file:,FTP',
    TANDEM_CONTROL_IDLE_MS: '60000',
    TANDEM_WEBHOOK_PRIVATE: '1',
    TANDEM_PUBLIC_URL: 'https://tandem.example.com/browsers/',
    CHROMIUM_PATH: '',
  }
  expect(loadConfig(env, { port: 1, host: undefined })).toMatchObject({
    host: '127.0.0.1',
    port: 1,
    chromiumPath: undefined,
    origins: ['https://a.example.com', 'https://b.example.com', 'https://tandem.example.com'],
    allowedSchemes: ['file', 'ftp'],
    control: { idleMs: 60_000 },
    webhookPrivate: true,
    publicUrl: 'https://tandem.example.com/browsers',
    ice: { policy: 'all', stunUrls: ['stun:one:3478', 'stun:two:3478'], turnUrls: ['turn:t:3478?transport=udp'], turnSecret: 's' },
  })
})

test('what cannot work is refused under the name of its variable', () => {
  expect(message({ TANDEM_PORT: 'seven', TANDEM_LOG_LEVEL: 'loud' })).toMatch(/TANDEM_PORT: .*\nTANDEM_LOG_LEVEL: /)
  expect(message({ TANDEM_PORT: '70000' })).toContain('TANDEM_PORT')
  expect(message({ TANDEM_API_KEY: 'short' })).toContain('TANDEM_API_KEY')
  expect(message({ TANDEM_ORIGINS: 'example.com' })).toContain('TANDEM_ORIGINS')
  expect(message({ STUN_URLS: 'http://x' })).toContain('STUN_URLS')
  expect(message({ TURN_SERVER_URL: 'turn:t' })).toContain('TURN_USERNAME')
  expect(message({ TANDEM_ICE_POLICY: 'relay' })).toContain('TURN_SERVER_URL')
  expect(message({ TANDEM_UDP_PORTS: '50100-50000' })).toContain('TANDEM_UDP_PORTS')
  expect(message({ TANDEM_TRUSTED_PROXIES: 'proxy.example.com' })).toContain('TANDEM_TRUSTED_PROXIES')
  expect(message({ TANDEM_TLS_CERT: 'a.pem' })).toContain('TANDEM_TLS_KEY')
  expect(message({ TANDEM_WEBHOOK_PRIVATE: 'perhaps' })).toContain('TANDEM_WEBHOOK_PRIVATE')
})

test('flags win over the environment, the environment over the file, the file over what holds otherwise', () => {
  const file = fileWith({ $schema: './config.schema.json', port: 1, host: '0.0.0.0', maxSessions: 3, origins: ['https://a.example.com'], webhookPrivate: true })
  const env = { TANDEM_PORT: '2', TANDEM_HOST: '::1' }
  expect(loadConfig(env, {}, { flags: { port: '3' }, file })).toMatchObject({
    port: 3,
    host: '::1',
    maxSessions: 3,
    origins: ['https://a.example.com'],
    webhookPrivate: true,
    maxViewers: 1_000,
  })
})

test('what is wrong in a file is named by file and key, an unknown key with the nearest known one, and no content is shown', () => {
  const file = fileWith({ publicURL: 'https://x', trustedProxy: [] })
  expect(message({}, { file })).toBe(
    `${file}: publicURL is no setting; did you mean publicUrl?\n${file}: trustedProxy is no setting; did you mean trustedProxies?`,
  )
  expect(message({}, { file: fileWith({ port: '7900' }) })).toBe(`${file}: port: Invalid input: expected number, received string`)
  expect(message({}, { file, flags: { port: 'x' } })).toMatch(/^--port: /)
  expect(message({}, { file: fileWith('{"turnSecret": "very-secret" oops') })).toMatch(/is not valid JSON, line 1 column \d+$/)
  expect(message({}, { file: fileWith('[]') })).toContain('one JSON object')
  expect(message({}, { file: join(folder, 'none.json') })).toContain('cannot be read')
})

test('the file is the one that is named, else tandem.config.json where the server starts', () => {
  const file = fileWith({})
  expect(findConfigFile({}, undefined, folder)).toBe(file)
  expect(findConfigFile({ TANDEM_CONFIG: 'other.json' }, undefined, folder)).toBe(join(folder, 'other.json'))
  expect(findConfigFile({ TANDEM_CONFIG: 'other.json' }, '/flag.json', folder)).toBe('/flag.json')
  expect(findConfigFile({}, undefined, join(folder, 'elsewhere'))).toBeNull()
})

test('each setting has a variable, a flag and a key of its own, and the schema has them all', () => {
  for (const key of ['env', 'flag', 'name'] as const) expect(new Set(SETTINGS.map((setting) => setting[key])).size).toBe(SETTINGS.length)
  expect(configFileSchema()).toMatchObject({
    additionalProperties: false,
    properties: Object.fromEntries(SETTINGS.map(({ name, doc, env }) => [name, { description: `${doc} (${env})` }])),
  })
  expect(JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/config.schema.json'), 'utf8'))).toEqual(configFileSchema())
})

test('proxies are addresses, networks and words for networks', () => {
  expect(['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', 'loopback', 'private'].every(isNetwork)).toBe(true)
  expect(['', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/8/8', 'nginx', '1.2.3'].some(isNetwork)).toBe(false)
  const list = networks(['loopback', '10.1.0.0/16', 'fd00::1'])
  expect(list.check('127.8.8.8')).toBe(true)
  expect(list.check('10.1.255.255')).toBe(true)
  expect(list.check('10.2.0.1')).toBe(false)
  expect(list.check('::ffff:10.1.2.3', 'ipv6')).toBe(true)
  expect(list.check('fd00::1', 'ipv6')).toBe(true)
})
