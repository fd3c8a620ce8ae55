/** What is kept: the data directory, its secrets, the disk, the database. Nothing is changed but a file of our own that comes and goes. */
import { access, constants, stat, statfs, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { MIGRATION_NAMES } from '../store/migrations.ts'
import { fail, ok, warn, wordsOf } from './finding.ts'
import type { Finding } from './finding.ts'

const GB = 2 ** 30
const LITTLE_BYTES = 2 * GB
const TOO_LITTLE_BYTES = 0.2 * GB
const CONNECT_MS = 5_000
const OTHERS = 0o077

export async function checkDataDir(dataDir: string): Promise<Finding[]> {
  const made = await exists(dataDir)
  const folder = made ? dataDir : await nearestFolder(dataDir)
  return [
    await writable(dataDir, folder, made),
    await freeSpace(folder),
    ...(await Promise.all(['api-key', 'token-secret'].map((name) => secretFile(join(dataDir, name))))).flat(),
  ]
}

async function writable(dataDir: string, folder: string, made: boolean): Promise<Finding> {
  const probe = join(folder, `.doctor-${process.pid}`)
  try {
    if (made) {
      await writeFile(probe, '', { mode: 0o600 })
      await unlink(probe)
    } else await access(folder, constants.W_OK)
    return ok('data directory', made ? `${dataDir} can be written` : `${dataDir} will be made at the first start`)
  } catch (error) {
    return fail(
      'data directory',
      `${dataDir} cannot be written (${wordsOf(error)})`,
      'Give it to the user that runs the server, or set TANDEM_DATA_DIR to a folder of its own.',
    )
  }
}

async function freeSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const saw = `${(free / GB).toFixed(1)} GB free in ${folder}`
  if (free >= LITTLE_BYTES) return ok('disk', saw)
  const fix = 'Free some space: each session keeps a browser profile and its downloads there.'
  return free < TOO_LITTLE_BYTES ? fail('disk', saw, fix) : warn('disk', saw, fix)
}

/** A key that others on the machine can read is theirs too. */
async function secretFile(path: string): Promise<Finding[]> {
  if (!(await exists(path)) || process.platform === 'win32') return []
  const { mode } = await stat(path)
  if ((mode & OTHERS) === 0) return [ok('key file', `${path} is readable by its owner alone`)]
  return [
    fail(
      'key file',
      `${path} is readable by others (mode ${(mode & 0o777).toString(8)})`,
      `chmod 600 ${path}, and make a new key if others could have read it.`,
    ),
  ]
}

/** `running`: a server of ours holds the file's lock. */
export async function checkDatabase(dataDir: string, databaseUrl: string | undefined, running: boolean): Promise<Finding> {
  const check = 'database'
  if (databaseUrl !== undefined) return checkPostgres(databaseUrl)
  const file = join(dataDir, 'tandem.db')
  if (!(await exists(file))) return ok(check, 'SQLite; the file will be made at the first start')
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 500 })
    try {
      const rows = database.prepare('select name from kysely_migration order by name').all()
      return migrated(
        check,
        'SQLite',
        rows.map(({ name }) => String(name)),
      )
    } finally {
      database.close()
    }
  } catch (error) {
    const words = wordsOf(error)
    if (running || /locked|busy/i.test(words)) return ok(check, 'SQLite; a running server has it open')
    return fail(check, `${file} cannot be read (${words})`, 'Restore it from a backup, or move it away: the next start makes a new one.')
  }
}

async function checkPostgres(url: string): Promise<Finding> {
  const check = 'database'
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: CONNECT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ exists: boolean }>("select to_regclass('kysely_migration') is not null as exists")
    if (rows[0]?.exists !== true) return ok(check, 'PostgreSQL; its tables will be made at the first start')
    const names = await client.query<{ name: string }>('select name from kysely_migration order by name')
    return migrated(
      check,
      'PostgreSQL',
      names.rows.map(({ name }) => name),
    )
  } catch (error) {
    // Of pg's errors only the words: none has the URL with its password.
    return fail(check, `PostgreSQL is not reached (${wordsOf(error)})`, 'See that it runs, and that DATABASE_URL has the right host, user and password.')
  } finally {
    await client.end().catch(() => undefined)
  }
}

function migrated(check: string, kind: string, names: readonly string[]): Finding {
  const unknown = names.filter((name) => !MIGRATION_NAMES.includes(name))
  if (unknown.length > 0)
    return fail(check, `${kind} has been used by a newer version (${unknown.join(', ')})`, 'Run that version, or restore a backup from before.')
  const missing = MIGRATION_NAMES.filter((name) => !names.includes(name))
  return ok(check, missing.length === 0 ? `${kind}, up to date` : `${kind}; the next start brings it up to date (${missing.join(', ')})`)
}

/** The time of the database's machine, for the clock check. */
export async function databaseTime(url: string): Promise<{ who: string; at: number }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: CONNECT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ ms: string }>('select (extract(epoch from clock_timestamp()) * 1000)::text as ms')
    return { who: 'the database', at: Number(rows[0]?.ms) }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function nearestFolder(path: string): Promise<string> {
  const above = dirname(path)
  return above === path || (await exists(above)) ? above : nearestFolder(above)
}
