/** What a row gets and gives: the seam between run.ts, which orders and prints, and rows/*.ts, which measure. */
import type { Figure, FigureId, System } from './catalogue.ts'
import type { Product } from './product.ts'
import type { Site } from './site.ts'
import type { Viewer } from './viewer.ts'

export interface Bench {
  readonly site: Site
  readonly viewer: Viewer
  /** Path of the Chromium that all sides use. */
  readonly chromium: string
  /** Length of one measurement. */
  readonly seconds: number
  /** Fewer repetitions and shorter holds: for development, not for publishing. */
  readonly quick: boolean
  /** The running server, started by the first row that needs it. */
  product(): Promise<Product>
  add(id: FigureId, value: number, context?: Figure['context'], system?: System): void
  say(text: string): void
}

export interface Row {
  /** For `--only`. */
  name: string
  title: string
  run(bench: Bench): Promise<void>
}
