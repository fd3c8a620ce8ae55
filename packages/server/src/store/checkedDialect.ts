/**
 * Wraps a dialect so that every failure below Kysely leaves as a TandemError that says why, and nothing runs once it
 * is closed; a database that cannot be reached is not tried again by everybody at once. The areas of the store then
 * read as plain queries. Neighbours: `sqlite.ts` and `postgres.ts` below, `store.ts` above.
 */
import { TandemError } from '@tandem/protocol'
import type { CompiledQuery, DatabaseConnection, Dialect, DialectAdapter, Driver, Kysely, QueryCompiler, QueryResult, TransactionSettings } from 'kysely'

/** `refused`: the statement itself; the same again would fail again. */
export type FailureReason = 'unreachable' | 'disk-full' | 'busy' | 'refused'

export interface Failure {
  reason: FailureReason
  /** For people; undefined: the words of `store/failed`. Never a secret. */
  message?: string
}

/** A dialect and how to read its failures. */
export interface Database {
  dialect: Dialect
  explain(error: unknown): Failure
}

/** So long after a failure everybody is refused at once; then one caller tries, and the others are refused until it has an answer. */
const UNREACHABLE_MS = 250
const TRY_MS = 10_000

export class CheckedDialect implements Dialect {
  readonly #inner: Dialect
  readonly #driver: CheckedDriver

  constructor({ dialect, explain }: Database) {
    this.#inner = dialect
    this.#driver = new CheckedDriver(dialect.createDriver(), explain)
  }

  createDriver(): Driver {
    return this.#driver
  }

  createQueryCompiler(): QueryCompiler {
    return this.#inner.createQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return this.#inner.createAdapter()
  }

  createIntrospector(db: Kysely<unknown>): ReturnType<Dialect['createIntrospector']> {
    return this.#inner.createIntrospector(db)
  }

  /** Instead of Kysely's `destroy`, whose refusals afterwards are untyped. Safe to call twice. */
  close(): Promise<void> {
    return this.#driver.destroy()
  }
}

class CheckedDriver implements Driver {
  readonly #inner: Driver
  readonly #explain: Database['explain']
  #ready = false
  #closing: Promise<void> | null = null
  #unreachable: { error: TandemError; until: number } | null = null

  constructor(inner: Driver, explain: Database['explain']) {
    this.#inner = inner
    this.#explain = explain
  }

  async init(): Promise<void> {
    await this.check(this.#inner.init())
    this.#ready = true
  }

  async acquireConnection(): Promise<CheckedConnection> {
    if (this.#closing) throw new TandemError('server/shutting-down')
    if (this.#unreachable) {
      const now = performance.now()
      if (now < this.#unreachable.until) throw this.#unreachable.error
      this.#unreachable.until = now + TRY_MS
    }
    return new CheckedConnection(await this.check(this.#inner.acquireConnection()), this)
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.check(this.#inner.beginTransaction(innerOf(connection), settings))
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.check(this.#inner.commitTransaction(innerOf(connection)))
  }

  /** What made it necessary is what the caller hears: SQLite has rolled back by itself when the disk is full, a lost connection anyway. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#inner.rollbackTransaction(innerOf(connection)).catch(() => undefined)
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return this.check(this.#inner.releaseConnection(innerOf(connection)))
  }

  destroy(): Promise<void> {
    this.#closing ??= this.#ready ? this.#inner.destroy() : Promise.resolve()
    return this.#closing
  }

  async check<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      const { reason, message } = this.#explain(error)
      const failure = new TandemError('store/failed', message, { reason }, { cause: error })
      if (reason === 'unreachable') this.#unreachable = { error: failure, until: performance.now() + UNREACHABLE_MS }
      else this.#unreachable = null
      throw failure
    }
  }

  /** A connection may have been there before: only an answer says that the database is. */
  async query<T>(work: Promise<T>): Promise<T> {
    const result = await this.check(work)
    this.#unreachable = null
    return result
  }
}

class CheckedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection
  readonly #driver: CheckedDriver

  constructor(inner: DatabaseConnection, driver: CheckedDriver) {
    this.inner = inner
    this.#driver = driver
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#driver.query(this.inner.executeQuery<R>(query))
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize)
  }
}

function innerOf(connection: DatabaseConnection): DatabaseConnection {
  return connection instanceof CheckedConnection ? connection.inner : connection
}
