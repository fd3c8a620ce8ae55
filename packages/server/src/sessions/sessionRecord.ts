/**
 * A session's row, and the writes that keep the store at it. Nobody waits for these: each stands for all of its kind
 * before it, and waits for a database that is away (store/writes.ts).
 */
import type { Control } from '../control/control.ts'
import type { SavedTabs, SessionChange, SessionRow } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'

export class SessionRecord {
  readonly #row: SessionRow
  readonly #store: Pick<Store, 'writes' | 'sessions'>

  constructor(row: SessionRow, store: Pick<Store, 'writes' | 'sessions'>) {
    this.#row = row
    this.#store = store
  }

  get row(): Readonly<SessionRow> {
    return this.#row
  }

  save(change: SessionChange): void {
    Object.assign(this.#row, change, { updatedAt: new Date().toISOString() })
    const { id } = this.#row
    const changing = this.#changing
    // Whole: one write that waits for the database stands for all before it.
    this.#store.writes.add('a session', ({ sessions }) => sessions.update(id, changing), `session:${id}`)
  }

  saveTabs(tabs: SavedTabs): void {
    if (tabs.urls.length > 0 && JSON.stringify(tabs) !== JSON.stringify(this.#row.tabs)) this.save({ tabs })
  }

  saveControl(record: ReturnType<Control['record']>): void {
    const { id } = this.#row
    this.#store.writes.add('a control record', ({ controls }) => controls.save(id, record), `control:${id}`)
  }

  /** Writes it over what another server made of it, which had given it up. */
  reopen(): Promise<void> {
    return this.#store.sessions.update(this.#row.id, this.#changing, { reopen: true })
  }

  /** What changes of a row. */
  get #changing(): SessionChange {
    const { name, status, closedReason, closedAt, mode, quietFrame, tabs, nodeId, updatedAt } = this.#row
    return { name, status, closedReason, closedAt, mode, quietFrame, tabs, nodeId, updatedAt }
  }
}
