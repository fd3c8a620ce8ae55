/** Several servers on one database: who they are, which of them has a session's browser, and keys that one of them claims. */
import type { Kysely } from 'kysely'

export async function servers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('servers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('heartbeat_at', 'text', (column) => column.notNull())
    .execute()
  await db.schema.alterTable('sessions').addColumn('server_id', 'text').execute()
  await db.schema.alterTable('sessions').addColumn('live', 'text').execute()
  // Anew: a key is claimed before there is a session. What is lost is a day of keys.
  await db.schema.dropTable('idempotency').execute()
  await db.schema
    .createTable('idempotency')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('body_hash', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.references('sessions.id').onDelete('cascade'))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('sessions_server').on('sessions').columns(['server_id', 'status']).execute()
}
