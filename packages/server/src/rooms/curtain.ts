/**
 * The picture in the room while a secret is typed. One picture goes to everybody in it, so it is black for all of them,
 * unless whoever types is the only one there: then it is given to that one alone, newcomers included, and shown. Whoever
 * was sent away gets no picture either, for as long as it takes to remove it again.
 */
import { BROWSER_IDENTITY, ROOM_OUTLET } from '@tandem/protocol'
import type { CaptureCommands } from '@tandem/protocol'
import type { Logger } from '../log.ts'
import type { People } from './people.ts'

export interface CurtainOptions {
  capture(): CaptureCommands
  log: Logger
  /** Something is hidden from those who do not type. */
  hidden(): boolean
  /** The identity of who types; null: nobody in the room. */
  typist(): string | null
  /** The room became dark, or is no longer. */
  changed(): void
  people: Pick<People, 'identities' | 'audience'>
}

/** What the capture page knows; absent: not told yet. */
interface Told {
  blank?: boolean
  /** JSON of the identities. */
  audience?: string
}

export class Curtain {
  readonly #options: CurtainOptions
  #drawn = false
  #told: Told = {}
  #busy = false
  /** Something has changed since it was looked at. */
  #stale = false

  constructor(options: CurtainOptions) {
    this.#options = options
  }

  /** The room is black, for everybody. */
  get drawn(): boolean {
    return this.#drawn
  }

  /** How a room begins that is joined now. */
  get outset(): { blank: boolean; audience: string[] | null } {
    return { blank: this.#drawn, audience: this.#audience() }
  }

  /** The capture page has begun anew, or goes on as it was: it is told all. */
  renew(): void {
    this.#told = {}
    this.apply()
  }

  apply(): void {
    const { hidden, typist, people } = this.#options
    const who = typist()
    const alone = who !== null && people.identities.every((identity) => identity === who || identity === BROWSER_IDENTITY)
    const before = this.#drawn
    this.#drawn = hidden() && !alone
    if (this.#drawn !== before) this.#options.changed()
    // At once: whoever may see it again can wait for the rest.
    if (this.#drawn) void this.#blank(true)
    this.#stale = true
    if (!this.#busy) void this.#run()
  }

  async #run(): Promise<void> {
    this.#busy = true
    while (this.#stale) {
      this.#stale = false
      const audience = this.#audience()
      const text = JSON.stringify(audience)
      // Who may have it first, then that it is shown.
      const told = text === this.#told.audience || (await this.#tell('audience', text, (capture) => capture.roomAudience({ identities: audience })))
      if (told && !this.#stale) await this.#blank(this.#drawn)
    }
    this.#busy = false
  }

  #audience(): string[] | null {
    const { hidden, typist, people } = this.#options
    const who = typist()
    if (hidden() && !this.#drawn && who !== null) return [who]
    return people.audience
  }

  async #blank(blank: boolean): Promise<void> {
    if (this.#told.blank !== blank) await this.#tell('blank', blank, (capture) => capture.blank({ peerId: ROOM_OUTLET, blank }))
  }

  /** False: there is no room now; it is told all when there is. */
  async #tell<K extends keyof Told>(what: K, value: Told[K], command: (capture: CaptureCommands) => Promise<void>): Promise<boolean> {
    const told = this.#told
    told[what] = value
    try {
      await command(this.#options.capture())
      return true
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the room was not told who may see the picture')
      delete told[what]
      return false
    }
  }
}
