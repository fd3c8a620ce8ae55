/** Where one client works and points, for viewers: read from the commands that go on to the page. Knows nothing of sockets or of control. */
import type { CommandKind } from '../control/types.ts'
import type { ClientSession } from './clientSession.ts'
import type { Command } from './commands.ts'
import { evaluateKind } from './evaluateKind.ts'
import { EVALUATES } from './methods.ts'
import { pointerOf, type Pointer } from './pointer.ts'

export interface WhereaboutsOptions {
  onPointer: (targetId: string, pointer: Pointer) => void
  /** It changed something: input, a navigation. */
  onActed: () => void
  /** It works in another page from now on. */
  onActive: (targetId: string) => void
}

export class Whereabouts {
  readonly #options: WhereaboutsOptions
  #activeTargetId: string | null = null
  #lastPointer: Pointer | null = null

  constructor(options: WhereaboutsOptions) {
    this.#options = options
  }

  /** A look or an act that goes on to the page. */
  passed({ method, params }: Command, kind: CommandKind, session: ClientSession): void {
    const isScript = EVALUATES.has(method)
    // Clients evaluate all the time, to look above all: what a script does is not told from the rest here.
    if (kind === 'act' && !isScript) this.#options.onActed()
    const targetId = method === 'Target.activateTarget' && typeof params['targetId'] === 'string' ? params['targetId'] : session.pageTargetId
    if (targetId === null) return
    if (targetId !== this.#activeTargetId && (isScript ? evaluateKind(method, params) : kind) === 'act') {
      this.#activeTargetId = targetId
      this.#options.onActive(targetId)
    }
    // A frame's own session has coordinates of its own.
    const pointer = session.type === 'page' ? pointerOf(method, params, this.#lastPointer) : null
    if (!pointer) return
    this.#lastPointer = pointer
    this.#options.onPointer(targetId, pointer)
  }
}
