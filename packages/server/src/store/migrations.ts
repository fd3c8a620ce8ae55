/**
 * The schema's history, one file a number; the same statements run on SQLite and PostgreSQL, so ids and times are
 * text and nothing counts by itself. A migration that was released never changes; a new one is added below it.
 * On PostgreSQL an advisory lock (Kysely's) lets one server migrate at a time.
 */
import { isTandemError, TandemError } from '@tandem/protocol'
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Migration } from 'kysely/migration'
import { start } from './migrations/001Start.ts'
import { access } from './migrations/002Access.ts'
import { events } from './migrations/003Events.ts'
import { servers } from './migrations/004Servers.ts'
import { nodes } from './migrations/005Nodes.ts'
import { nodeStates } from './migrations/006NodeStates.ts'
import type { Tables } from './schema.ts'

const MIGRATIONS: Record<string, Migration> = {
  '001-start': { up: start },
  '002-access': { up: access },
  '003-events': { up: events },
  '004-servers': { up: servers },
  '005-nodes': { up: nodes },
  '006-node-states': { up: nodeStates },
}

/** What a database that is up to date has behind it. */
export const MIGRATION_NAMES: readonly string[] = Object.keys(MIGRATIONS)

/** Brings the database to the newest schema. @throws TandemError `store/failed` */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  // The driver's own failures are typed already; their cause says more than they do.
  const root = isTandemError(error) ? (error.cause ?? error) : error
  const message = root instanceof Error ? root.message : 'unknown reason'
  const isAway = isTandemError(error) && error.details['reason'] === 'unreachable'
  const what = isAway
    ? 'The database cannot be used; see that it runs and that DATABASE_URL is right'
    : "The database could not be brought to this version's schema"
  throw new TandemError('store/failed', `${what}: ${message}`, {}, { cause: error })
}
