/**
 * The LiveKit servers that are registered in the database, each as a `RoomNode`: made, changed and removed as their rows
 * are, by this server or another one. Their secrets are sealed; one that cannot be opened is down, and says so.
 */
import { isTandemError, TandemError } from '@tandem/protocol'
import type { NodeBody, NodeRegistered, NodeRegisterBody, NodeState } from '@tandem/protocol'
import type { Logger } from '../log.ts'
import type { NodeRow, NodeRows } from '../store/nodes.ts'
import { RoomNode } from './node.ts'
import type { NodeFacts, NodeLink } from './node.ts'
import type { Seal } from './seal.ts'

export interface RegistryOptions {
  rows: NodeRows
  seal: Seal
  log: Logger
  /** A node is there that was not: of the database, or new. */
  added: (node: RoomNode) => void
}

export class Registry {
  readonly nodes = new Map<string, RoomNode>()
  readonly #options: RegistryOptions
  /** As they were read last, to tell what has changed. */
  readonly #read = new Map<string, string>()
  #started = false
  /** Secrets are sealed one work at a time: a key that a rotation forgets must not have sealed anything meanwhile. */
  #sealing: Promise<unknown> = Promise.resolve()

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  start(): void {
    this.#started = true
    for (const node of this.nodes.values()) node.start()
  }

  /** Follows the database. @throws TandemError `store/failed` */
  async refresh(): Promise<void> {
    const rows = await this.#options.rows.list()
    for (const row of rows) this.#take(row)
    const ids = new Set(rows.map(({ id }) => id))
    for (const id of this.nodes.keys()) if (!ids.has(id)) this.#forget(id)
  }

  /** @throws TandemError `node/exists` */
  async create({ node_id: id, display_name, region, hardware_class, public_key_base64url }: NodeBody): Promise<RoomNode> {
    const row: NodeRow = {
      id,
      displayName: display_name ?? id,
      region: region ?? null,
      hardwareClass: hardware_class ?? null,
      publicKey: public_key_base64url ?? null,
      state: 'active',
      livekit: null,
      registeredAt: new Date().toISOString(),
    }
    if (!(await this.#options.rows.insert(row))) throw new TandemError('node/exists')
    return this.#take(row)
  }

  async register(id: string, { api_key, api_secret, ws_url }: NodeRegisterBody['livekit']): Promise<NodeRegistered> {
    const { rows, seal } = this.#options
    const registeredAt = new Date().toISOString()
    await this.#alone(() => {
      const livekit = { wsUrl: ws_url, apiKey: api_key, apiSecret: seal.seal(api_secret, id), registeredAt }
      return rows.register({ id, displayName: id, region: null, hardwareClass: null, publicKey: null, state: 'active', livekit, registeredAt })
    })
    const row = await rows.find(id)
    // Removed by another server in between: then it is gone.
    if (!row) throw new TandemError('node/not-found')
    await this.#take(row).asked()
    return { node_id: id, mac_node_id: id, livekit_registered_at: registeredAt, ws_url, warnings: warningsOf(ws_url) }
  }

  async setState(id: string, state: NodeState): Promise<void> {
    await this.#options.rows.setState(id, state)
    const row = await this.#options.rows.find(id)
    if (!row) throw new TandemError('node/not-found')
    this.#take(row)
  }

  async remove(id: string): Promise<void> {
    await this.#options.rows.remove(id)
    this.#forget(id)
  }

  rotate(): Promise<{ key_id: string; resealed: number; unreadable: string[] }> {
    return this.#alone(() => this.#rotate())
  }

  async #rotate(): Promise<{ key_id: string; resealed: number; unreadable: string[] }> {
    const { rows, seal, log } = this.#options
    const unreadable: string[] = []
    let resealed = 0
    await seal.rotate(async () => {
      for (const { id, livekit } of await rows.list()) {
        if (livekit === null || seal.isNewest(livekit.apiSecret)) continue
        try {
          await rows.reseal(id, livekit.apiSecret, seal.seal(seal.open(livekit.apiSecret, id), id))
          resealed += 1
        } catch (error) {
          if (!isTandemError(error) || error.code !== 'room/secret-unreadable') throw error
          unreadable.push(id)
        }
      }
      return unreadable.length === 0
    })
    await this.refresh()
    log.info({ key_id: seal.keyId, resealed, unreadable }, 'secrets are sealed with the newest key')
    return { key_id: seal.keyId, resealed, unreadable }
  }

  /** After what was begun before, whether that went well or not. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#sealing.then(work, work)
    this.#sealing = done.catch(() => undefined)
    return done
  }

  #take(row: NodeRow): RoomNode {
    const known = this.nodes.get(row.id)
    const { state, ...rest } = row
    const text = JSON.stringify(rest)
    const hasChanged = this.#read.get(row.id) !== text
    this.#read.set(row.id, text)
    if (known) {
      known.state = state
      if (hasChanged) known.relink(factsOf(row), this.#linkOf(row))
      return known
    }
    const node = new RoomNode(factsOf(row), state, this.#linkOf(row), this.#options.log)
    this.nodes.set(row.id, node)
    this.#options.added(node)
    if (this.#started) node.start()
    return node
  }

  #forget(id: string): void {
    this.nodes.get(id)?.close()
    this.nodes.delete(id)
    this.#read.delete(id)
  }

  #linkOf({ id, livekit }: NodeRow): NodeLink {
    const { seal } = this.#options
    return {
      access: () => {
        if (livekit === null) throw new TandemError('room/unavailable', `The node ${id} has no LiveKit server yet.`)
        return { url: livekit.wsUrl, apiKey: livekit.apiKey, apiSecret: seal.open(livekit.apiSecret, id) }
      },
      wsUrl: () => livekit?.wsUrl ?? null,
    }
  }
}

function factsOf({ id, displayName, region, hardwareClass, registeredAt }: NodeRow): NodeFacts {
  return { id, source: 'registered', displayName, region, hardwareClass, registeredAt }
}

function warningsOf(wsUrl: string): string[] {
  const { hostname, protocol } = new URL(wsUrl)
  const isCloud = hostname === 'livekit.cloud' || hostname.endsWith('.livekit.cloud')
  return [
    ...(isCloud
      ? ['LiveKit Cloud is two hops away for every frame: from here to its edge and from there to the viewer. A LiveKit server beside this one is faster.']
      : []),
    ...(protocol === 'ws:' && !/^(localhost|127\.|\[::1\])/.test(hostname)
      ? ['ws:// is not encrypted, and pages on https cannot use it: give it a certificate and use wss://.']
      : []),
  ]
}
