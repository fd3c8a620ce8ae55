/** TLS by two PEM files: read at the start, and again when they change, so that a renewed certificate needs no restart. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { ConfigError } from '../config.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../log.ts'

/** By polling: certificates are renewed by swapping links, of which a watch on the file says nothing. */
const LOOK_EVERY_MS = 2_000

export class Certificate {
  readonly #files: NonNullable<Config['tls']>
  readonly #log: Logger
  #server: Server | null = null
  readonly #changed = (): void => void this.reload()

  /** @throws ConfigError when the files cannot be read */
  constructor(files: NonNullable<Config['tls']>, log: Logger) {
    this.#files = files
    this.#log = log
    for (const file of [files.cert, files.key]) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, this.#changed)
  }

  serve(listener: RequestListener): Server {
    try {
      this.#server = createServer(this.#read(), listener)
    } catch (error) {
      throw new ConfigError(`TANDEM_TLS_CERT, TANDEM_TLS_KEY: cannot be used (${error instanceof Error ? error.message : String(error)})`)
    }
    return this.#server
  }

  /** For connections from now on. Files that do not fit each other (one is written, the other not yet) change nothing. */
  reload(): void {
    try {
      this.#server?.setSecureContext(this.#read())
      this.#log.info('the certificate was read again')
    } catch (error) {
      this.#log.warn({ err: error }, 'the new certificate cannot be used; the old one stays')
    }
  }

  close(): void {
    for (const file of [this.#files.cert, this.#files.key]) unwatchFile(file, this.#changed)
  }

  #read(): { cert: Buffer; key: Buffer } {
    return { cert: readFileSync(this.#files.cert), key: readFileSync(this.#files.key) }
  }
}
