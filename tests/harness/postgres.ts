/**
 * A real PostgreSQL, Debian's, on a free port of loopback with a data directory of its own; it can be stopped and
 * started again. It refuses to run as root, so it runs as the user `postgres` (or `nobody`) then.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const ROOT = '/usr/lib/postgresql'
const START_LIMIT_MS = 30_000

export interface Postgres extends AsyncDisposable {
  /** Of a new, empty database. */
  createDatabase(): Promise<string>
  /** Cuts its connections and ends it, as `systemctl stop postgresql` does. */
  stop(): Promise<void>
  /** Does nothing when it runs. */
  start(): Promise<void>
  /** It is there and answers nothing, as behind a network that has gone silent; until `wake`. */
  hang(): void
  wake(): void
  /** Ends each connection from its side, as an administrator or a failover does; resolves when they are gone. */
  cut(): Promise<void>
  /** Keeps everybody out of a table, so that whoever writes to it waits in the midst of its transaction; until `cut`. */
  lock(databaseUrl: string, table: string): Promise<void>
  /** On a connection of its own: what others see. */
  ask(databaseUrl: string, sql: string): Promise<unknown[]>
  close(): Promise<void>
}

/** Why the tests that need it cannot run here; null when they can. A machine that should have it is told by its CI. */
export function postgresMissing(): string | null {
  if (binaries() !== null) return null
  const why = `No PostgreSQL in ${ROOT}: these tests are skipped (as root on Debian, npm test installs it).`
  if (process.env['CI']) throw new Error(why)
  console.warn(why)
  return why
}

export async function startPostgres(): Promise<Postgres> {
  const bin = binaries()
  if (bin === null) throw new Error(`no PostgreSQL in ${ROOT}`)
  const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? unprivileged() : {}
  const dir = mkdtempSync(join(tmpdir(), 'tandem-postgres-'))
  const password = randomBytes(8).toString('hex')
  const passwordFile = join(dir, 'password')
  writeFileSync(passwordFile, password)
  if (user.uid !== undefined) for (const path of [dir, passwordFile]) chownSync(path, user.uid, user.gid ?? user.uid)
  const data = join(dir, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'tandem', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--locale=C', '--no-sync'],
    {
      ...user,
      cwd: dir,
      encoding: 'utf8',
    },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${String(made.error ?? '')}`)
  const port = await freePort()
  const url = (database: string): string => `postgres://tandem:${password}@127.0.0.1:${port}/${database}`
  let child: ChildProcess | null = null
  let databases = 0

  async function query(sql: string, connectionString = url('postgres')): Promise<unknown[]> {
    const client = new pg.Client({ connectionString })
    // An end that comes while nothing is asked.
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  async function start(): Promise<void> {
    if (child && child.exitCode === null) return
    const options = { port, listen_addresses: '127.0.0.1', unix_socket_directories: dir, fsync: 'off', max_connections: 60 }
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const started = spawn(join(bin ?? '', 'postgres'), ['-D', data, ...args], { ...user, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    let log = ''
    started.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)))
    const until = performance.now() + START_LIMIT_MS
    for (;;) {
      if (started.exitCode !== null || performance.now() > until) throw new Error(`PostgreSQL did not start:\n${log}`)
      const up = await query('select 1').then(
        () => true,
        () => false,
      )
      if (up) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  async function stop(): Promise<void> {
    const running = child
    if (!running || running.exitCode !== null) return
    const gone = new Promise((resolve) => running.once('exit', resolve))
    // Its "fast" shut-down: sessions are cut off.
    running.kill('SIGINT')
    await gone
    child = null
  }
  const signal = (name: NodeJS.Signals): void => {
    if (child?.pid !== undefined) for (const pid of [child.pid, ...childrenOf(child.pid)]) process.kill(pid, name)
  }
  async function close(): Promise<void> {
    signal('SIGCONT')
    await stop()
    rmSync(dir, { recursive: true, force: true })
  }
  await start()
  return {
    createDatabase: async () => {
      const name = `tandem_${++databases}`
      await query(`create database ${name}`)
      return url(name)
    },
    start,
    stop,
    hang: () => signal('SIGSTOP'),
    wake: () => signal('SIGCONT'),
    cut: async () => {
      const own = "backend_type = 'client backend' and pid <> pg_backend_pid()"
      await query(`select pg_terminate_backend(pid, ${START_LIMIT_MS}) from pg_stat_activity where ${own}`)
    },
    lock: async (connectionString, table) => {
      const client = new pg.Client({ connectionString })
      client.on('error', () => undefined)
      await client.connect()
      await client.query(`begin; lock table ${table} in access exclusive mode`)
    },
    ask: (databaseUrl, sql) => query(sql, databaseUrl),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The newest version's. */
function binaries(): string | null {
  if (!existsSync(ROOT)) return null
  const versions = readdirSync(ROOT).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return versions.map((version) => join(ROOT, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb'))) ?? null
}

function unprivileged(): { uid: number; gid: number } {
  const ask = (flag: string, name: string): number => Number.parseInt(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout, 10)
  const name = Number.isNaN(ask('-u', 'postgres')) ? 'nobody' : 'postgres'
  return { uid: ask('-u', name), gid: ask('-g', name) }
}

/** One process for each connection. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .map(Number)
    .filter((child) => child > 0)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (!address || typeof address === 'string') throw new Error('no port')
  return address.port
}
