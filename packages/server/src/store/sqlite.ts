/**
 * Kysely's SQLite dialect over `node:sqlite`: no native build. Kysely expects better-sqlite3's shape;
 * this file is the difference.
 */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue } from 'node:sqlite'
import { TandemError } from '@tandem/protocol'
import { SqliteDialect } from 'kysely'
import type { Database, Failure } from './checkedDialect.ts'

/**
 * Opens (or makes) the database file. The lock is exclusive: a second server on the same file is refused at
 * once, and the kernel lets go of it however this process ends.
 * @throws TandemError `store/locked`, `store/failed`
 */
export function openSqlite(path: string): Database {
  const database = openExclusive(path)
  const dialect = new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        const statement = database.prepare(sql)
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...toValues(parameters)),
          run: (parameters) => statement.run(...toValues(parameters)),
          iterate: (parameters) => statement.iterate(...toValues(parameters)),
        }
      },
    },
  })
  return { dialect, explain }
}

/** Kysely types parameters as unknown; all of ours are text, numbers or null by `schema.ts`. */
function toValues(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[]
}

/** One server for one data directory, also where the rows are elsewhere. Returns the undo. @throws TandemError `store/locked`, `store/failed` */
export function lockFolder(folder: string): () => void {
  const database = openExclusive(join(folder, 'lock.db'))
  return () => {
    if (database.isOpen) database.close()
  }
}

function openExclusive(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: 500 })
    // Exclusive before WAL: the log's index then lives in memory, and the lock is held from the first write on.
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; begin immediate; commit;')
    chmodSync(path, 0o600)
    return database
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (/locked|busy/i.test(message)) throw new TandemError('store/locked', undefined, { path }, { cause: error })
    throw new TandemError('store/failed', `The database ${path} cannot be opened: ${message}`, { path }, { cause: error })
  }
}

/** By SQLite's primary result code; https://www.sqlite.org/rescode.html */
function explain(error: unknown): Failure {
  const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0
  const meanwhile = 'Sessions go on, and what happens meanwhile is written then.'
  // FULL, and IOERR: what a log that cannot grow answers.
  if (code === 13 || code === 10) return { reason: 'disk-full', message: `The disk of TANDEM_DATA_DIR is full or broken; free some space. ${meanwhile}` }
  if (code === 5 || code === 6) return { reason: 'busy' }
  // READONLY, CANTOPEN.
  if (code === 8 || code === 14)
    return { reason: 'unreachable', message: `The database in TANDEM_DATA_DIR cannot be written; look at its permissions. ${meanwhile}` }
  return { reason: 'refused' }
}
