/**
 * Sessions that the tests of a file use one after the other, because a start costs a second of a core. What a test gets is as a new one: a tab with
 * the address that was asked for, driven by the agent, nobody there. What is not so again behind a test (another tab, an agent that stays, an end) is
 * closed, and the next test gets a session of its own; so tests may do with theirs what they like. History, storage and the timeline do go on.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CreateSession } from '@tandem/protocol'
import { LiveClient } from './liveClient.ts'
import type { TestServer } from './server.ts'

type Created = Awaited<ReturnType<TestServer['create']>>

interface Kept {
  session: Created
  /** What it was made with, but for its address. */
  made: CreateSession
}

/** Who is connected for so long after a test stays. */
const STAYS_MS = 3_000

export class SpareSessions {
  readonly #server: TestServer
  readonly #spare: Kept[] = []
  readonly #used: Kept[] = []

  constructor(server: TestServer) {
    this.#server = server
  }

  async create({ initial_url, ...made }: CreateSession = {}): Promise<Created> {
    const at = this.#spare.findIndex((kept) => isDeepStrictEqual(kept.made, made))
    const [spare] = at < 0 ? [] : this.#spare.splice(at, 1)
    const session = (spare && (await this.#again(spare, initial_url ?? 'about:blank'))) ?? (await this.#server.create({ initial_url, ...made }))
    this.#used.push({ session, made })
    return session
  }

  /** Behind each test. */
  async giveBack(): Promise<void> {
    await Promise.all(
      this.#used.splice(0).map(async (kept) => {
        if (await this.#clear(kept)) this.#spare.push(kept)
        else await this.#close(kept)
      }),
    )
  }

  /** With this address and its resource as it is now, or undefined when it cannot be had. */
  async #again(kept: Kept, url: string): Promise<Created | undefined> {
    const { status } = await this.#request(kept, 'POST', '/navigate', { url })
    const { body } = await this.#request(kept, 'GET')
    if (status === 200 && body.status === 'active') return { ...kept.session, ...body }
    await this.#close(kept)
    return undefined
  }

  /** True when it is as a new one. */
  async #clear(kept: Kept): Promise<boolean> {
    const { body } = await this.#request(kept, 'GET')
    if (body.status !== 'active') return false
    if (body.mode !== (kept.made.mode ?? 'pair')) await this.#request(kept, 'POST', '/mode', { mode: kept.made.mode ?? 'pair' })
    if (body.control.driver.kind === 'human') await this.#request(kept, 'POST', '/handback', {})
    const look = await LiveClient.join(kept.session.live.ws_url)
    try {
      const { viewer, viewers, tabs, dialogs } = look.hello
      const others = viewers.filter(({ id }) => id !== viewer.id)
      for (const { id, kind } of others) if (kind === 'human') await this.#request(kept, 'DELETE', `/viewers/${id}`)
      // An agent's connection ends a moment after its client.
      if (others.length > 0) await look.event('viewer.listChanged', (now) => now.viewers.length === 1, STAYS_MS)
      return tabs.length === 1 && dialogs.length === 0
    } catch {
      return false
    } finally {
      await look.close()
    }
  }

  #close(kept: Kept): ReturnType<TestServer['request']> {
    return this.#request(kept, 'DELETE')
  }

  #request({ session }: Kept, method: string, path = '', body?: unknown): ReturnType<TestServer['request']> {
    return this.#server.request(method, `/v1/agent-sessions/${session.id}${path}`, { body })
  }
}
