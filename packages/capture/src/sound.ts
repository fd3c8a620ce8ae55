/**
 * Does the page make sound? A captured tab always has a sound track, mostly a silent one; the loudness that an outlet
 * sums up tells. Once heard, a page counts as one with sound until another tab is shown. Used by stats.ts.
 */
import type { Outlet } from './outlet.ts'
import type { Source } from './tab.ts'

/** Far below anything audible, above what dithering of silence adds in a second. */
const SILENCE_ENERGY = 1e-7

export class Sound {
  readonly #energies = new WeakMap<Outlet, { source: Source; energy: number }>()
  #heard: Source | null = null

  heard(source: Source | null): boolean {
    return source !== null && this.#heard === source
  }

  /** One round: asks the outlets that carry sound, until it was heard. */
  async listen(outlets: readonly Outlet[], source: Source | null): Promise<void> {
    if (source === null || source.audio === null || this.heard(source)) return
    await Promise.all(outlets.map((outlet) => this.#listenTo(outlet, source)))
  }

  async #listenTo(outlet: Outlet, source: Source): Promise<void> {
    const energy = await outlet.soundEnergy()
    if (energy === null) return
    const before = this.#energies.get(outlet)
    this.#energies.set(outlet, { source, energy })
    // A sum that began with the tab before this one says nothing of this one.
    if (before?.source === source && energy - before.energy > SILENCE_ENERGY) this.#heard = source
  }
}
