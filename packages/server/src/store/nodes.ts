/** LiveKit servers that were registered, and the states of those that only one server has. Their secrets are sealed (rooms/seal.ts): nothing here can read them. */
import type { NodeState } from '@tandem/protocol'
import type { Kysely, Selectable } from 'kysely'
import type { Tables } from './schema.ts'

export interface NodeRow {
  id: string
  displayName: string
  region: string | null
  hardwareClass: string | null
  publicKey: string | null
  state: NodeState
  /** Null: its LiveKit server was not registered yet. */
  livekit: { wsUrl: string; apiKey: string; /** Sealed. */ apiSecret: string; registeredAt: string } | null
  registeredAt: string
}

export class NodeRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** False: one of this id is there already. */
  async insert(row: NodeRow): Promise<boolean> {
    const inserted = await this.#db
      .insertInto('nodes')
      .values(fromRow(row))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    return inserted.numInsertedOrUpdatedRows === 1n
  }

  /** Makes the node, or gives the one of this id another LiveKit server. */
  async register(row: NodeRow): Promise<void> {
    const { ws_url, api_key, api_secret, livekit_registered_at, ...rest } = fromRow(row)
    const livekit = { ws_url, api_key, api_secret, livekit_registered_at }
    await this.#db
      .insertInto('nodes')
      .values({ ...rest, ...livekit })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(livekit))
      .execute()
  }

  async find(id: string): Promise<NodeRow | null> {
    const row = await this.#db.selectFrom('nodes').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? toRow(row) : null
  }

  /** Oldest first. */
  async list(): Promise<NodeRow[]> {
    return (await this.#db.selectFrom('nodes').selectAll().orderBy('registered_at').orderBy('id').execute()).map(toRow)
  }

  async setState(id: string, state: NodeState): Promise<void> {
    await this.#db.updateTable('nodes').set({ state }).where('id', '=', id).execute()
  }

  /** Of a node that only one server has; null: nobody ever said. */
  async fixedState(id: string): Promise<NodeState | null> {
    const row = await this.#db.selectFrom('node_states').select('state').where('id', '=', id).executeTakeFirst()
    return row?.state ?? null
  }

  async setFixedState(id: string, state: NodeState): Promise<void> {
    await this.#db
      .insertInto('node_states')
      .values({ id, state })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ state }))
      .execute()
  }

  /** Only if it is still the one that was read: a registration meanwhile wins. */
  async reseal(id: string, before: string, sealed: string): Promise<void> {
    await this.#db.updateTable('nodes').set({ api_secret: sealed }).where('id', '=', id).where('api_secret', '=', before).execute()
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('nodes').where('id', '=', id).execute()
  }
}

function fromRow({ id, displayName, region, hardwareClass, publicKey, state, livekit, registeredAt }: NodeRow): Selectable<Tables['nodes']> {
  return {
    id,
    display_name: displayName,
    region,
    hardware_class: hardwareClass,
    public_key: publicKey,
    state,
    ws_url: livekit?.wsUrl ?? null,
    api_key: livekit?.apiKey ?? null,
    api_secret: livekit?.apiSecret ?? null,
    registered_at: registeredAt,
    livekit_registered_at: livekit?.registeredAt ?? null,
  }
}

function toRow(row: Selectable<Tables['nodes']>): NodeRow {
  const { ws_url: wsUrl, api_key: apiKey, api_secret: apiSecret, livekit_registered_at: registeredAt } = row
  const isWhole = wsUrl !== null && apiKey !== null && apiSecret !== null && registeredAt !== null
  return {
    id: row.id,
    displayName: row.display_name,
    region: row.region,
    hardwareClass: row.hardware_class,
    publicKey: row.public_key,
    state: row.state,
    livekit: isWhole ? { wsUrl, apiKey, apiSecret, registeredAt } : null,
    registeredAt: row.registered_at,
  }
}
