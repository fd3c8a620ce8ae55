/** Share links that work once, API keys with names, viewers who were sent away, the audit log, secrets that servers share. */
import type { Kysely } from 'kysely'

export async function access(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('tokens')
    .addColumn('single_use', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('tokens').addColumn('used_at', 'text').execute()
  await db.schema.alterTable('tokens').addColumn('claim', 'text').execute()
  await db.schema.alterTable('tokens').addColumn('key_id', 'text').execute()
  // The only row so far is the server's own key, which is written at each start.
  await db.schema.dropTable('api_keys').execute()
  await db.schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', (column) => column.notNull())
    .addColumn('own', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('last_used_at', 'text')
    .addColumn('expires_at', 'text')
    .addColumn('revoked_at', 'text')
    .execute()
  await db.schema
    .createTable('kicked_viewers')
    .addColumn('viewer_id', 'text', (column) => column.primaryKey())
    .addColumn('session_id', 'text', (column) => column.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('at', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('audit')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text')
    .addColumn('address', 'text')
    // No reference: what happened stays known when the session is forgotten.
    .addColumn('session_id', 'text')
    .addColumn('data', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('audit_session').on('audit').columns(['session_id', 'id']).execute()
  await db.schema.createIndex('audit_at').on('audit').column('at').execute()
  await db.schema
    .createTable('secrets')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
}
