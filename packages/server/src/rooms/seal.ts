/**
 * Secrets of registered LiveKit servers, sealed with AES-256-GCM for the database. The first key seals, all of them
 * open: that is how keys are changed (`tandem secrets rotate`). Keys come from TANDEM_SECRET_KEY, else from the file
 * `secret-key` of the data directory. Whoever has only the database or only the key has nothing.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TandemError } from '@tandem/protocol'
import { readOrMake } from '../access/secrets.ts'
import { parseSecretKeys } from '../settingValues.ts'

const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
/** `v1.<key id>.<base64url of IV, text and tag>` */
const SEALED = /^v1\.([0-9a-f]{8})\.([\w-]+)$/

interface SealKey {
  /** Says which key it was, and nothing else of it. */
  id: string
  key: Buffer
}

export class Seal {
  #keys: SealKey[]
  /** Null: the keys are set from outside. */
  readonly #file: string | null

  private constructor(keys: readonly Buffer[], file: string | null) {
    this.#keys = keys.map(withId)
    this.#file = file
  }

  /** @param secretKeys from TANDEM_SECRET_KEY; absent: the file, which is made when there is none. @throws Error when the file holds no key */
  static async open({ dataDir, secretKeys }: { dataDir: string; secretKeys: readonly string[] }): Promise<Seal> {
    if (secretKeys.length > 0) return new Seal(parseSecretKeys(secretKeys) ?? [], null)
    const file = join(dataDir, 'secret-key')
    const keys = parseSecretKeys((await readOrMake(file, newKeyText)).split(/\s+/))
    if (keys === null)
      throw new Error(`${file} holds no key of ${KEY_BYTES} bytes in hex or base64; put the right one there, or remove it and register the nodes again`)
    return new Seal(keys, file)
  }

  /** Of the key that seals. */
  get keyId(): string {
    return this.#first.id
  }

  /** @param about what it belongs to: opened as something else it is nothing. */
  seal(text: string, about: string): string {
    const { id, key } = this.#first
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about))
    const bytes = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `v1.${id}.${bytes.toString('base64url')}`
  }

  /** @throws TandemError `room/secret-unreadable` */
  open(sealed: string, about: string): string {
    const [, id, body] = SEALED.exec(sealed) ?? []
    if (id === undefined || body === undefined) throw unreadable('what is stored is no sealed secret')
    const found = this.#keys.find((key) => key.id === id)
    if (!found) throw unreadable(`it was sealed with the key ${id}, which is not there`)
    const bytes = Buffer.from(body, 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(about))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
    } catch {
      throw unreadable('it was changed since it was sealed')
    }
  }

  isNewest(sealed: string): boolean {
    return SEALED.exec(sealed)?.[1] === this.keyId
  }

  /**
   * Puts a new key in front, where the keys are ours to make; else the one that TANDEM_SECRET_KEY names first is the new
   * one. `reseal` seals everything anew; only then are the old keys forgotten, so that a crash in the middle loses nothing.
   * `reseal` answers whether nothing is left that needs them.
   */
  async rotate(reseal: () => Promise<boolean>): Promise<void> {
    if (this.#file === null) return void (await reseal())
    const before = this.#keys
    const added = withId(randomBytes(KEY_BYTES))
    await this.#write([added, ...before])
    this.#keys = [added, ...before]
    if (!(await reseal())) return
    await this.#write([added])
    this.#keys = [added]
  }

  async #write(keys: readonly SealKey[]): Promise<void> {
    if (this.#file === null) return
    const next = `${this.#file}.new`
    await writeFile(next, keys.map(({ key }) => `${key.toString('hex')}\n`).join(''), { mode: 0o600 })
    await rename(next, this.#file)
  }

  get #first(): SealKey {
    const [first] = this.#keys
    if (!first) throw new Error('there is no key to seal with')
    return first
  }
}

function newKeyText(): string {
  return randomBytes(KEY_BYTES).toString('hex')
}

function withId(key: Buffer): SealKey {
  return { id: createHash('sha256').update('tandem secret key').update(key).digest('hex').slice(0, 8), key }
}

function unreadable(why: string): TandemError {
  return new TandemError('room/secret-unreadable', `The stored secret of this LiveKit server cannot be read: ${why}.`)
}
