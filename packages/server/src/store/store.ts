/**
 * The store: opens the database, migrates it, and holds its areas, one small class a file. Areas turn rows into
 * objects and back and know no rules; every failure of the database is a `store/failed` (`checkedDialect.ts`).
 * What a caller cannot wait for goes through `writes`. Neighbours: `sqlite.ts` and `postgres.ts` below.
 */
import { join } from 'node:path'
import { Kysely } from 'kysely'
import type { Logger } from '../log.ts'
import { Areas } from './areas.ts'
import { CheckedDialect } from './checkedDialect.ts'
import type { Database, FailureReason } from './checkedDialect.ts'
import { migrate } from './migrations.ts'
import type { Tables } from './schema.ts'
import { lockFolder, openSqlite } from './sqlite.ts'
import { Writes } from './writes.ts'

export interface StoreOptions {
  /** Where the database file is, or the lock that one server has on it. */
  dataDir: string
  /** `postgres://…`; absent: the file `tandem.db` in the data directory. */
  databaseUrl?: string | undefined
  log: Logger
  /** Told of each failure of the database. */
  failed?: (reason: FailureReason) => void
}

export class Store extends Areas {
  readonly #db: Kysely<Tables>
  readonly #dialect: CheckedDialect
  readonly #unlock: () => void
  /** Other servers may use the same database. */
  readonly shared: boolean
  /** Written behind the caller's back, in order, and again until the database takes it. */
  readonly writes: Writes

  private constructor(db: Kysely<Tables>, dialect: CheckedDialect, shared: boolean, unlock: () => void, log: Logger) {
    super(db)
    this.#db = db
    this.#dialect = dialect
    this.shared = shared
    this.#unlock = unlock
    this.writes = new Writes((work) => db.transaction().execute((transaction) => work(new Areas(transaction))), log)
  }

  /** Opens the database and migrates it. @throws TandemError `store/locked`, `store/failed` */
  static async open({ dataDir, databaseUrl, log, failed }: StoreOptions): Promise<Store> {
    // The data directory has one server, wherever the rows are: its browsers and their profiles are there.
    const unlock = databaseUrl === undefined ? () => undefined : lockFolder(dataDir)
    let dialect: CheckedDialect | null = null
    try {
      const database: Database = databaseUrl === undefined ? openSqlite(join(dataDir, 'tandem.db')) : await postgresAt(databaseUrl, log)
      const explain: Database['explain'] = (error) => {
        const failure = database.explain(error)
        failed?.(failure.reason)
        return failure
      }
      dialect = new CheckedDialect({ dialect: database.dialect, explain })
      const db = new Kysely<Tables>({ dialect })
      await migrate(db)
      return new Store(db, dialect, databaseUrl !== undefined, unlock, log)
    } catch (error) {
      await dialect?.close()
      unlock()
      throw error
    }
  }

  /** Answers when the database does, and all that was to be written is; for /ready. @throws TandemError `store/failed` */
  async check(): Promise<void> {
    await this.#db.selectFrom('secrets').select('name').limit(1).execute()
    this.writes.check()
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    await this.writes.close()
    await this.#dialect.close()
    this.#unlock()
  }
}

/** Its driver costs memory that a server on SQLite need not have. */
async function postgresAt(url: string, log: Logger): Promise<Database> {
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(url, log)
}
