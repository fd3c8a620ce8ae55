/**
 * New targets stand still until everybody who asked to hold them has said that they may run. Chromium lets a target run
 * for all of its sessions as soon as one of them says so; here the words are collected, and reach Chromium together.
 * Knows targets and sessions by their ids alone: tabs.ts speaks for the server, the gateway for each of its clients.
 */
import type { Connection } from './connection.ts'

/** Whoever says nothing holds a target no longer than this: somebody may be looking at it. */
const HOLD_MS = 3_000

interface Start {
  type: string
  /** Sessions whose owners have not said it yet. */
  holders: Set<string>
  /** What goes to Chromium when nobody holds the target any more. */
  runs: (() => void)[]
  /** Everybody has been told of the target, so nobody is missing among its holders. */
  isTold: boolean
  timer: NodeJS.Timeout
}

export class Starts {
  readonly #connection: Connection
  readonly #starts = new Map<string, Start>()
  /** Sessions of new tabs whose page their owners do not know yet. Which it will be is not told: they hold every page meanwhile. */
  readonly #tabs = new Set<string>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** This session came to a target that stands still; its owner will say when it may run, by `ready`. */
  hold({ targetId, type }: { targetId: string; type: string }, sessionId: string): void {
    const start = this.#starts.get(targetId) ?? this.#begin(targetId, type)
    start.holders.add(sessionId)
    if (type === 'tab') this.#tabs.add(sessionId)
  }

  /** The owner of this session is done with the target: `run` is called when all are, at once where nobody holds it. */
  ready(targetId: string, sessionId: string, run: () => void): void {
    const start = this.#starts.get(targetId)
    if (!start) return run()
    start.holders.delete(sessionId)
    start.runs.push(run)
    this.#settle(targetId, start)
  }

  /** The owner of a tab's session knows its page, or will not come to know it. */
  knowsPage(sessionId: string): void {
    if (this.#tabs.delete(sessionId)) for (const [targetId, start] of this.#starts) this.#settle(targetId, start)
  }

  /** The session ended, and holds nothing. */
  leave(sessionId: string): void {
    this.knowsPage(sessionId)
    for (const [targetId, start] of this.#starts) if (start.holders.delete(sessionId)) this.#settle(targetId, start)
  }

  clear(): void {
    for (const { timer } of this.#starts.values()) clearTimeout(timer)
    this.#starts.clear()
    this.#tabs.clear()
  }

  #begin(targetId: string, type: string): Start {
    const timer = setTimeout(() => this.#late(targetId), HOLD_MS)
    const start: Start = { type, holders: new Set(), runs: [], isTold: !this.#connection.hasOwners, timer }
    this.#starts.set(targetId, start)
    // Chromium tells everybody in one go, and answers what is sent behind the first word of it after the last.
    const told = (): void => {
      start.isTold = true
      this.#settle(targetId, start)
    }
    if (!start.isTold) this.#connection.root.send('Browser.getVersion').then(told, told)
    return start
  }

  #settle(targetId: string, start: Start): void {
    if (start.holders.size > 0 || !start.isTold || (start.type === 'page' && this.#tabs.size > 0)) return
    if (this.#starts.get(targetId) !== start) return
    this.#starts.delete(targetId)
    clearTimeout(start.timer)
    for (const run of start.runs) run()
  }

  #late(targetId: string): void {
    const start = this.#starts.get(targetId)
    if (!start) return
    this.#starts.delete(targetId)
    for (const sessionId of start.holders) {
      this.#tabs.delete(sessionId)
      this.#connection.post('Runtime.runIfWaitingForDebugger', undefined, sessionId)
    }
    for (const run of start.runs) run()
  }
}
