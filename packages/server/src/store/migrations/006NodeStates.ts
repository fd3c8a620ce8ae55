/** Whether a LiveKit server that only one server has (its own, that of its environment) takes sessions. */
import type { Kysely } from 'kysely'

export async function nodeStates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('node_states')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .execute()
}
