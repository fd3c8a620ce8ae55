/** Named profiles: what keeps logins from session to session. `sessions.create({ profile })` makes one. */
import type { Profile } from '@tandem/protocol'
import type { CallOptions, Rest } from './rest.ts'

export class Profiles {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  list(options: CallOptions = {}): Promise<{ data: Profile[] }> {
    return this.#rest.json('GET', '/v1/profiles', options)
  }

  /** With all logins in it; rejects with profile/in-use while a session has it. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.send('DELETE', `/v1/profiles/${encodeURIComponent(name)}`, options)
  }
}
