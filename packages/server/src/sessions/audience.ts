/**
 * Who is there, as viewers are told: people and the gateway's clients. A list that grows is told less often, and never
 * whole to a crowd: a thousand who join would cost each of the others a thousand lists.
 */
import type { Viewer } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { AgentClient } from '../gateway/gateway.ts'
import type { Timeline } from './timeline.ts'
import type { Watchers } from './watchers.ts'

/** So many people at most are named to viewers; the session's `viewers` counts all. */
export const LISTED_VIEWERS = 100
/** Up to so many, every change is told at once; beyond, so many ms apart for each of them. */
const SMALL_AUDIENCE = 20
const APART_MS = 2

export interface AudienceOptions {
  watchers: Watchers
  timeline: Timeline
  clock: Clock
  /** The session's counts changed too. */
  changed(): void
}

export class Audience {
  readonly #options: AudienceOptions
  /** The gateway's clients, and when each came: the gateway itself keeps no times. */
  #agents: Viewer[] = []
  #toldAt = Number.NEGATIVE_INFINITY
  #telling: (() => void) | null = null

  constructor(options: AudienceOptions) {
    this.#options = options
  }

  get all(): Viewer[] {
    return [...this.#options.watchers.viewers(), ...this.#agents]
  }

  /** As viewers are told. */
  get listed(): Viewer[] {
    return [...this.#options.watchers.viewers().slice(0, LISTED_VIEWERS), ...this.#agents]
  }

  setAgents(clients: readonly Pick<AgentClient, 'id' | 'name' | 'silent'>[]): void {
    const { timeline } = this.#options
    const before = this.#agents
    const now = new Date().toISOString()
    this.#agents = clients.map(({ id, name, silent }) => {
      const joinedAt = before.find((agent) => agent.id === id)?.joinedAt ?? now
      return { id, name, role: 'agent', transport: null, joinedAt, kind: 'agent', silent }
    })
    for (const { id, name } of this.#agents) if (!before.some((agent) => agent.id === id)) timeline.add('session.agent-joined', { client_id: id, name })
    for (const { id, silent = false } of this.#agents) {
      const was = before.find((agent) => agent.id === id)?.silent ?? false
      if (silent !== was) timeline.add(silent ? 'session.agent-silent' : 'session.agent-answers', { client_id: id })
    }
    for (const { id } of before) if (!this.#agents.some((agent) => agent.id === id)) timeline.add('session.agent-left', { client_id: id })
    this.changed()
  }

  /** Somebody came or went, or changed name or rung. */
  changed(): void {
    if (this.#telling) return
    const { watchers, clock } = this.#options
    const apart = watchers.size <= SMALL_AUDIENCE ? 0 : watchers.size * APART_MS
    const wait = this.#toldAt + apart - clock.now()
    if (wait <= 0) this.#tell()
    else this.#telling = clock.after(wait, () => this.#tell())
  }

  close(): void {
    this.#telling?.()
    this.#telling = null
  }

  #tell(): void {
    this.#telling = null
    this.#toldAt = this.#options.clock.now()
    this.#options.watchers.broadcast('viewer.listChanged', { viewers: this.listed })
    this.#options.changed()
  }
}
