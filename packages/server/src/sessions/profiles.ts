/**
 * Named profiles: Chromium's folders that outlive their sessions, cookies and storage with them. One session at a
 * time has one; which, is in the store, so that a restart brings a session back to its profile and nobody between.
 * Knows no browsers; `sessions.ts` says when one has ended.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TandemError } from '@tandem/protocol'
import type { Profile } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { Store } from '../store/store.ts'

export class Profiles {
  readonly #store: Store
  readonly #root: string
  readonly #clock: Clock
  /** Sessions of this server whose browser may still write to its profile. */
  readonly #held = new Set<string>()

  constructor(options: { store: Store; dataDir: string; clock: Clock }) {
    this.#store = options.store
    this.#root = join(options.dataDir, 'profiles')
    this.#clock = options.clock
  }

  folder(name: string): string {
    return join(this.#root, name)
  }

  /** Gives a profile to a session, and makes it when there is none. @throws TandemError `profile/in-use` with `session_id` */
  async acquire(name: string, sessionId: string): Promise<void> {
    const { profiles } = this.#store
    if (!(await profiles.acquire(name, sessionId, this.#now))) {
      const holder = (await profiles.find(name))?.sessionId ?? null
      // Whoever closed and could not say so any more holds nothing.
      const free = holder === null || (await this.#isOver(holder))
      if (!free || !(await profiles.acquire(name, sessionId, this.#now, holder))) {
        throw new TandemError('profile/in-use', undefined, { profile: name, session_id: holder })
      }
    }
    this.#held.add(sessionId)
    try {
      await mkdir(this.folder(name), { recursive: true, mode: 0o700 })
    } catch (error) {
      await this.release(sessionId)
      throw new TandemError(
        'store/failed',
        `The folder of the profile ${name} cannot be made in TANDEM_DATA_DIR. Look at its disk and permissions.`,
        {},
        { cause: error },
      )
    }
  }

  /** A session that was restored goes on with its profile. */
  keep(sessionId: string): void {
    this.#held.add(sessionId)
  }

  /** The browser of this session has ended. */
  async release(sessionId: string): Promise<void> {
    this.#held.delete(sessionId)
    await this.#store.profiles.release(sessionId, this.#now)
  }

  /** What sessions held that ended with the server: called once the sessions that come back are known. */
  async releaseStale(): Promise<void> {
    for (const { sessionId } of await this.#store.profiles.list()) {
      if (sessionId !== null && (await this.#isOver(sessionId))) await this.#store.profiles.release(sessionId, this.#now)
    }
  }

  async list(): Promise<Profile[]> {
    const rows = await this.#store.profiles.list()
    return Promise.all(
      rows.map(async ({ name, createdAt, lastUsedAt, sessionId }) => ({
        name,
        created_at: createdAt,
        last_used_at: lastUsedAt,
        session_id: sessionId,
        bytes: await sizeOf(this.folder(name)),
      })),
    )
  }

  /** Forgets a profile with all logins in it. @throws TandemError `profile/in-use`, `profile/not-found` */
  async remove(name: string): Promise<void> {
    const row = await this.#store.profiles.find(name)
    if (!row) throw new TandemError('profile/not-found')
    // Nobody gets it while its folder goes: a browser would start in what is being removed.
    const remover = `removal_${randomUUID()}`
    await this.acquire(name, remover)
    try {
      await rm(this.folder(name), { recursive: true, force: true, maxRetries: 3 })
    } finally {
      await this.release(remover)
    }
    await this.#store.profiles.remove(name)
  }

  /** Neither open nor still on its way out. */
  async #isOver(sessionId: string): Promise<boolean> {
    if (this.#held.has(sessionId)) return false
    const session = await this.#store.sessions.find(sessionId)
    return session === null || session.status === 'closed'
  }

  get #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }
}

async function sizeOf(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => [])
  let bytes = 0
  for (const entry of entries) {
    if (entry.isFile())
      bytes += await stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      )
  }
  return bytes
}
