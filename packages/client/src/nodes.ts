/** The LiveKit servers that sessions may have their rooms on, by REST. For admins; secrets go in and never come out. */
import type { Node, NodeBody, NodeRegisterBody, NodeRegistered, SecretsRotated } from '@tandem/protocol'
import type { CallOptions, Rest } from './rest.ts'

export class Nodes {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  list(options: CallOptions = {}): Promise<{ data: Node[] }> {
    return this.#rest.json('GET', ROOT, options)
  }

  /** A place without a LiveKit server yet; `register` makes one by itself. */
  create(body: NodeBody, options: CallOptions = {}): Promise<Node> {
    return this.#rest.json('POST', ROOT, { body, ...options })
  }

  /** Brings its LiveKit server, or changes its address and key. The answer's `warnings` are for operators. */
  register(body: NodeRegisterBody, options: CallOptions = {}): Promise<NodeRegistered> {
    return this.#rest.json('POST', `${ROOT}/register`, { body, ...options })
  }

  /** `cordon`: no new sessions; `drain`: the same, until nothing is on it; `uncordon`: back to use; `restart`: only the server's own. */
  control(id: string, command: 'cordon' | 'uncordon' | 'drain' | 'restart', { reason, ...options }: CallOptions & { reason?: string } = {}): Promise<Node> {
    return this.#rest.json('POST', `${ROOT}/${encodeURIComponent(id)}/control`, { body: { command, ...(reason === undefined ? {} : { reason }) }, ...options })
  }

  /** Forgets a registered one. @throws TandemError `node/in-use` while sessions are on it, `node/own` */
  async remove(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.send('DELETE', `${ROOT}/${encodeURIComponent(id)}`, options)
  }

  /** Seals the stored secrets with a new key. `unreadable`: nodes to be registered again. */
  rotateSecrets(options: CallOptions = {}): Promise<SecretsRotated> {
    return this.#rest.json('POST', '/v1/secrets/rotate', options)
  }
}

const ROOT = '/v1/nodes'
