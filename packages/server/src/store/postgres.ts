/**
 * Kysely's PostgreSQL dialect over `pg`, with limits on every wait: a database that is away is told at once, one that
 * hangs after seconds. A connection that ends or falls silent costs what it was asked, never the process.
 * Neighbours: `checkedDialect.ts` above.
 */
import { PostgresDialect } from 'kysely'
import type { PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type { Logger } from '../log.ts'
import type { Database, Failure } from './checkedDialect.ts'

const CONNECTIONS = 10
const CONNECT_MS = 2_000
const STATEMENT_MS = 5_000
/** The server's own limit comes first: its error says more. This one is for a network that has gone silent. */
const ANSWER_MS = 6_000

/** @param url `postgres://user:password@host:5432/database`; never logged */
export function openPostgres(url: string, log: Logger): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    keepAlive: true,
    application_name: 'tandem',
  })
  // An idle connection that ends: without a listener it would end the process.
  pool.on('error', (error) => log.warn({ reason: error.message }, 'a connection to PostgreSQL was lost'))
  // So would one in use that ends between two statements, where the pool does not listen; the next statement fails of it.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const connect = async (): Promise<PostgresPoolClient> => reusable(await pool.connect())
  return { dialect: new PostgresDialect({ pool: { connect, end: () => pool.end(), options: pool.options } }), explain }
}

/**
 * A connection that owes an answer is not used again: what is waiting in it, such as the `begin` of a transaction that
 * was given up, would still be done, and whoever comes next would write into that, and lose it.
 */
function reusable(client: pg.PoolClient): PostgresPoolClient {
  let owes = false
  const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(sql, [...parameters])
    } catch (error) {
      owes ||= explain(error).reason === 'unreachable'
      throw error
    }
  }
  return {
    // Kysely's other way to call it is for cursors, which no query here has.
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(owes || destroy),
  }
}

/** By SQLSTATE; https://www.postgresql.org/docs/current/errcodes-appendix.html */
function explain(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const text = error instanceof Error ? error.message : String(error)
  if (code === '53100')
    return { reason: 'disk-full', message: 'The disk of PostgreSQL is full; free some space. Sessions go on, and what happens meanwhile is written then.' }
  // Serialization, deadlocks, locks, limits of connections and time.
  if (/^(40|55)/.test(code) || code === '53300' || code === '57014') return { reason: 'busy', message: `PostgreSQL is busy (${code}); try again.` }
  const isState = /^[0-9A-Z]{5}$/.test(code)
  if (isState && !/^(08|28|3D|53|57|58|XX)/.test(code)) return { reason: 'refused' }
  const why = code === '' || isState ? text : code
  return {
    reason: 'unreachable',
    message: `PostgreSQL cannot be used (${why}); see that it runs and that DATABASE_URL is right. Sessions go on, and what happens meanwhile is written then.`,
  }
}
