/**
 * Keeps input in order and Chromium from drowning in it: moves are held back while earlier ones are not yet
 * answered (an answer is bound to a frame) and only the latest survives; everything else goes out at once,
 * after the moves before it. What a page that hangs never answers is bounded.
 */
import type { CdpMethod, CdpSession } from './connection.ts'
import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.d.ts'

/** Two frames' worth: one being handled, one waiting. More only makes the pointer late. */
const MOVES_AHEAD = 2
/** Of a page that hangs. Later presses and keys are dropped, releases never. */
const MAX_UNANSWERED = 256

export type MoveKind = 'mouse' | 'wheel' | 'touch'
type Send = () => void

export class DispatchQueue {
  readonly #session: CdpSession
  #unanswered = 0
  #movesUnanswered = 0
  #last: Promise<void> | null = null
  /** In the order in which their kinds were first held back. */
  readonly #held = new Map<MoveKind, Send>()

  constructor(session: CdpSession) {
    this.#session = session
  }

  /** The page does not keep up: new presses are dropped. */
  get isFull(): boolean {
    return this.#unanswered >= MAX_UNANSWERED
  }

  /** Chromium's answer to what was sent last; those before it come before it. */
  get last(): Promise<void> | null {
    return this.#last
  }

  /** A press, a key, text: goes out at once, behind the moves before it. Answers false when it was dropped, else with Chromium's answer, which nobody has to await. */
  dispatch<M extends CdpMethod>(method: M, params: ProtocolMapping.Commands[M]['paramsType'][0], isRelease = false): false | Promise<void> {
    if (this.isFull && !isRelease) return false
    this.flush()
    return this.#send(method, params, false)
  }

  /** A move; `make` is called when it goes out, so that it can carry what was gathered since. */
  move<M extends CdpMethod>(kind: MoveKind, method: M, make: () => ProtocolMapping.Commands[M]['paramsType'][0]): void {
    const send = (): void => void this.#send(method, make(), true)
    if (this.#movesUnanswered < MOVES_AHEAD && this.#held.size === 0) send()
    else this.#held.set(kind, send)
  }

  /** Sends the moves that are held back: what they are made of is about to change. */
  flush(): void {
    for (const send of this.#held.values()) send()
    this.#held.clear()
  }

  /** Moves that are held back are not wanted any more. */
  drop(): void {
    this.#held.clear()
  }

  #send<M extends CdpMethod>(method: M, params: ProtocolMapping.Commands[M]['paramsType'][0], isMove: boolean): Promise<void> {
    this.#unanswered++
    if (isMove) this.#movesUnanswered++
    const answered = (): void => {
      this.#unanswered--
      if (isMove) this.#movesUnanswered--
      if (this.#movesUnanswered < MOVES_AHEAD) this.flush()
    }
    // The mapping's parameters are a tuple of at most one element.
    return (this.#last = this.#session.send(method, ...([params] as ProtocolMapping.Commands[M]['paramsType'])).then(answered, answered))
  }
}
