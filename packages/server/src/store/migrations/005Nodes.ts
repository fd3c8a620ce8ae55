/** LiveKit servers that are registered for all servers of the database, and which of them a session sticks to. */
import type { Kysely } from 'kysely'

export async function nodes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('nodes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('region', 'text')
    .addColumn('hardware_class', 'text')
    .addColumn('public_key', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('ws_url', 'text')
    .addColumn('api_key', 'text')
    .addColumn('api_secret', 'text')
    .addColumn('registered_at', 'text', (column) => column.notNull())
    .addColumn('livekit_registered_at', 'text')
    .execute()
  await db.schema.alterTable('sessions').addColumn('node_id', 'text').execute()
}
