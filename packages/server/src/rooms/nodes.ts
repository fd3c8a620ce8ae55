/**
 * The LiveKit servers that sessions may have their rooms on: our own child, LIVEKIT_URL, and those that are registered
 * in the database (`registry.ts`). Places sessions by load; a session sticks. Neighbours: `node.ts` is one of them,
 * `engine.ts` the child, `room.ts` the user.
 */
import { EventEmitter } from 'node:events'
import { TandemError } from '@tandem/protocol'
import type { Node, NodeBody, NodeRegisterBody, NodeRegistered, NodeState } from '@tandem/protocol'
import type { Config } from '../config.ts'
import type { Logger } from '../log.ts'
import type { NodeSnapshot } from '../metrics.ts'
import type { Store } from '../store/store.ts'
import { Engine } from './engine.ts'
import { RoomNode } from './node.ts'
import type { NodeFacts, NodeLink } from './node.ts'
import { Registry } from './registry.ts'
import { Seal } from './seal.ts'
import type { LiveKitNode, Nodes, NodesEvents } from './types.ts'

/** The path below which our own server's signalling is reached through us. */
export const LIVEKIT_PATH = '/livekit'
/** How often other servers of the database are looked at: what they registered and placed. */
const REFRESH_MS = 2_000
/** Our own server runs and answers nothing for so long: a new one will. Not sooner, as a busy machine may be slow. */
const STUCK_MS = 10_000

export type NodeCommand = 'cordon' | 'uncordon' | 'drain' | 'restart'

export interface RoomNodesOptions {
  config: Config
  store: Store
  /** This server's, for the ids of nodes that only it has. */
  serverId: string
  log: Logger
}

export class RoomNodes implements Nodes {
  readonly events = new EventEmitter<NodesEvents>()
  readonly #store: Store
  readonly #serverId: string
  readonly #log: Logger
  /** Our own and that of the environment. */
  readonly #fixed = new Map<string, RoomNode>()
  readonly #registry: Registry
  readonly #engine: Engine | null
  readonly #own: RoomNode | null
  /** Which node each session of this server is on; rooms have the names of their sessions. */
  readonly #placed = new Map<string, RoomNode>()
  /** Sessions of other servers by node. */
  #elsewhere = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #stuckTimer: NodeJS.Timeout | undefined

  private constructor({ config, store, serverId, log }: RoomNodesOptions, seal: Seal) {
    // One for each session.
    this.events.setMaxListeners(0)
    this.#store = store
    this.#serverId = serverId
    this.#log = log
    const { livekit, dataDir, host, publicAddress, ice } = config
    const suffix = serverId.replace(/^srv_/, '')
    const isOwn = livekit.own === 'auto' && livekit.elsewhere === undefined
    this.#engine = isOwn ? new Engine({ dataDir, host, publicAddress, stunUrls: ice.stunUrls, program: livekit.bin, mediaPort: livekit.port, log }) : null
    this.#own = this.#engine === null ? null : this.#addFixed(`own_${suffix}`, 'own', "This server's own", ownLink(this.#engine))
    const { elsewhere } = livekit
    if (elsewhere !== undefined)
      this.#addFixed(`env_${suffix}`, 'environment', new URL(elsewhere.url).host, { access: () => elsewhere, wsUrl: () => elsewhere.url })
    this.#registry = new Registry({ rows: store.nodes, seal, log, added: (node) => this.#listen(node) })
  }

  /** Reads what is registered; nothing is asked or run before `start`. */
  static async open(options: RoomNodesOptions): Promise<RoomNodes> {
    const { config, store } = options
    const seal = await Seal.open({ dataDir: config.dataDir, secretKeys: config.secretKeys })
    const nodes = new RoomNodes(options, seal)
    await nodes.#registry.refresh()
    for (const node of nodes.#fixed.values()) node.state = (await store.nodes.fixedState(node.id)) ?? 'active'
    return nodes
  }

  /** Runs our own server and asks all of them; waits for none. */
  start(): void {
    const { events } = this.#engine ?? {}
    events?.on('changed', () => {
      const problem = this.#engine?.problem ?? null
      if (problem === null) this.#own?.wake()
      else this.#own?.lost(problem)
    })
    events?.on('moved', () => this.#own?.wake())
    this.#own?.events.on('changed', () => this.#restartIfStuck())
    void this.#engine?.start()
    for (const node of this.#fixed.values()) node.start()
    this.#registry.start()
    if (this.#store.shared) this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS).unref()
  }

  /** Where our own server's signalling is to be passed on to; null: it is not up. */
  get ownUrl(): string | null {
    return this.#engine?.problem === null ? this.#engine.url : null
  }

  /** Of LiveKit servers that pages reach past us, as `https://host`: viewers join rooms there, and ask there why they could not. */
  get origins(): string[] {
    const others = this.#all.filter((node) => node !== this.#own && node.hasLiveKit)
    return [...new Set(others.flatMap((node) => URL.parse(node.wsUrl('').replace(/^ws/, 'http'))?.origin ?? []))]
  }

  place(sessionId: string): LiveKitNode | null {
    const found = this.#placed.get(sessionId)
    if (found) return found
    const open = this.#all.filter((node) => node.state === 'active' && node.hasLiveKit)
    const up = open.filter(({ down }) => down === null)
    // One that was not asked yet, or is being started, is most likely there in a moment.
    const soon = open.filter((node) => node.isNew || (node === this.#own && this.#engine?.missing === false))
    const [best] = (up.length > 0 ? up : soon).toSorted(
      (a, b) => this.#sessionsOn(a.id) - this.#sessionsOn(b.id) || a.participants - b.participants || Number(b === this.#own) - Number(a === this.#own),
    )
    if (best) this.#placed.set(sessionId, best)
    return best ?? null
  }

  find(nodeId: string, sessionId: string): LiveKitNode | null {
    const node = this.#get(nodeId)
    if (node) this.#placed.set(sessionId, node)
    return node ?? null
  }

  release(sessionId: string): void {
    const node = this.#placed.get(sessionId)
    if (!node) return
    node.watch(sessionId, false)
    this.#placed.delete(sessionId)
    if (node.state === 'draining' && this.#sessionsOn(node.id) === 0) this.#log.info({ node: node.id }, 'the node is drained: no session is on it any more')
  }

  watch(room: string, watched: boolean): void {
    this.#placed.get(room)?.watch(room, watched)
  }

  get missing(): string | null {
    const open = this.#all.filter((node) => node.hasLiveKit)
    if (open.some(({ down, state }) => down === null && state === 'active')) return null
    if (this.#engine?.missing && open.length === 1) return 'the program `livekit-server` is not on this machine, and no other LiveKit server is known'
    if (open.length === 0) return 'no LiveKit server is known'
    return open.map((node) => `${node.id} ${node.down === null ? `is ${node.state}` : `is down: ${node.down}`}`).join('; ')
  }

  async list(): Promise<Node[]> {
    await this.#refresh()
    return this.#all.map((node) => this.#describe(node))
  }

  /** A node without a LiveKit server yet. @throws TandemError `node/exists`, `node/own` */
  async create(body: NodeBody): Promise<Node> {
    this.#assertNotFixed(body.node_id)
    return this.#describe(await this.#registry.create(body))
  }

  /** Its LiveKit server, or another one for it. Asked before this resolves. @throws TandemError `node/own` */
  async register(body: NodeRegisterBody): Promise<NodeRegistered> {
    const id = body.node_id ?? body.mac_node_id ?? ''
    this.#assertNotFixed(id)
    return this.#registry.register(id, body.livekit)
  }

  /** @throws TandemError `node/not-found`; `node/own` for a restart of one that is not our child */
  async control(id: string, command: NodeCommand): Promise<Node> {
    const node = this.#find(id)
    if (command === 'restart') {
      if (node !== this.#own || !this.#engine) throw new TandemError('node/own', 'Only the LiveKit server that this server runs itself can be restarted by it.')
      this.#engine.restart()
      return this.#describe(node)
    }
    const state: NodeState = command === 'cordon' ? 'cordoned' : command === 'drain' ? 'draining' : 'active'
    if (this.#fixed.has(id)) {
      await this.#store.nodes.setFixedState(id, state)
      node.state = state
    } else await this.#registry.setState(id, state)
    return this.#describe(node)
  }

  /** @throws TandemError `node/not-found`, `node/own`, `node/in-use` */
  async remove(id: string): Promise<void> {
    this.#assertNotFixed(id)
    const node = this.#find(id)
    await this.#refresh()
    const sessions = this.#sessionsOn(id)
    if (sessions > 0) throw new TandemError('node/in-use', undefined, { sessions })
    await this.#registry.remove(node.id)
  }

  /** Seals all secrets with a new key. `unreadable`: nodes whose secret no key opens. */
  rotate(): Promise<{ key_id: string; resealed: number; unreadable: string[] }> {
    return this.#registry.rotate()
  }

  /** For the metrics. */
  snapshot(): NodeSnapshot[] {
    return this.#all.map((node) => ({ id: node.id, up: node.down === null, sessions: this.#sessionsOn(node.id), participants: node.participants }))
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#stuckTimer)
    for (const node of this.#all) node.close()
    this.events.removeAllListeners()
    await this.#engine?.close()
  }

  get #all(): RoomNode[] {
    return [...this.#fixed.values(), ...this.#registry.nodes.values()]
  }

  #get(id: string): RoomNode | undefined {
    return this.#fixed.get(id) ?? this.#registry.nodes.get(id)
  }

  #find(id: string): RoomNode {
    const node = this.#get(id)
    if (!node) throw new TandemError('node/not-found')
    return node
  }

  #assertNotFixed(id: string): void {
    if (this.#fixed.has(id)) throw new TandemError('node/own')
  }

  #addFixed(id: string, source: NodeFacts['source'], displayName: string, link: NodeLink): RoomNode {
    const facts = { id, source, displayName, region: null, hardwareClass: null, registeredAt: new Date().toISOString() }
    const node = new RoomNode(facts, 'active', link, this.#log)
    this.#fixed.set(id, node)
    this.#listen(node)
    return node
  }

  #listen(node: RoomNode): void {
    node.events.on('changed', (id) => this.events.emit('changed', id))
    node.events.on('occupied', (room, identities) => this.events.emit('occupied', room, identities))
  }

  #restartIfStuck(): void {
    clearTimeout(this.#stuckTimer)
    const isSilent = (): boolean => this.#own?.down !== null && this.#engine?.problem === null
    if (!isSilent()) return
    this.#stuckTimer = setTimeout(() => {
      if (isSilent()) this.#engine?.restart()
    }, STUCK_MS).unref()
  }

  #sessionsOn(id: string): number {
    const here = [...this.#placed.values()].filter((node) => node.id === id).length
    return here + (this.#elsewhere.get(id) ?? 0)
  }

  async #refresh(): Promise<void> {
    if (!this.#store.shared) return
    try {
      await this.#registry.refresh()
      this.#elsewhere = await this.#store.sessions.countByNode(this.#serverId)
    } catch (error) {
      this.#log.debug({ err: error }, 'what other servers registered was not read')
    }
  }

  #describe(node: RoomNode): Node {
    const { id, displayName, region, hardwareClass, source, registeredAt } = node.facts
    return {
      id,
      display_name: displayName,
      region,
      hardware_class: hardwareClass,
      state: node.state,
      source,
      ws_url: source === 'own' ? null : node.wsUrl('') || null,
      has_livekit: node.hasLiveKit,
      connected: node.hasLiveKit && node.down === null,
      problem: node.hasLiveKit ? node.down : 'no LiveKit server was registered for it yet',
      sessions: this.#sessionsOn(id),
      participants: node.participants,
      registered_at: registeredAt,
      last_seen_at: node.lastSeenAt,
    }
  }
}

function ownLink(engine: Engine): NodeLink {
  return {
    access: () => {
      const { url, credentials, problem } = engine
      if (problem !== null || url === null || credentials === null) throw new TandemError('room/unavailable', problem ?? undefined)
      return { url, ...credentials }
    },
    wsUrl: (base) => `${base.replace(/^http/, 'ws')}${LIVEKIT_PATH}`,
  }
}
