/**
 * STUN and TURN messages on the wire (RFC 8489, RFC 8656), as much as it takes to ask a server for its answer: binding,
 * allocate, refresh, with long-term credentials. Pure: `iceServers.ts` carries the bytes.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'

const COOKIE = 0x2112a442
const HEADER_BYTES = 20

export const STUN = {
  binding: 0x0001,
  allocate: 0x0003,
  refresh: 0x0004,
} as const
const SUCCESS = 0x0100
const ERROR = 0x0110

const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  relayed: 0x0016,
  requestedTransport: 0x0019,
  mapped: 0x0020,
} as const
const UDP = 17

export interface StunCredential {
  username: string
  password: string
  realm: string
  nonce: Buffer
}

export interface StunAnswer {
  transaction: string
  kind: 'success' | 'error'
  /** `401 Unauthorized` */
  error: { code: number; reason: string } | null
  /** `203.0.113.7:50012`: where the server sees us. */
  mapped: string | null
  relayed: string | null
  realm: string | null
  nonce: Buffer | null
}

export function stunRequest(method: number, options: { credential?: StunCredential; lifetimeS?: number } = {}): { bytes: Buffer; transaction: string } {
  const transaction = randomBytes(12)
  const attributes: Buffer[] = []
  if (method === STUN.allocate) attributes.push(attribute(ATTRIBUTE.requestedTransport, Buffer.from([UDP, 0, 0, 0])))
  if (options.lifetimeS !== undefined) attributes.push(attribute(ATTRIBUTE.lifetime, uint32(options.lifetimeS)))
  const { credential } = options
  if (credential) {
    attributes.push(attribute(ATTRIBUTE.username, Buffer.from(credential.username)))
    attributes.push(attribute(ATTRIBUTE.realm, Buffer.from(credential.realm)))
    attributes.push(attribute(ATTRIBUTE.nonce, credential.nonce))
  }
  const body = Buffer.concat(attributes)
  if (!credential) return { bytes: Buffer.concat([header(method, body.length, transaction), body]), transaction: transaction.toString('hex') }
  // What is signed says the length as it will be with the signature (24 bytes) behind it.
  const signed = Buffer.concat([header(method, body.length + 24, transaction), body])
  const key = createHash('md5').update(`${credential.username}:${credential.realm}:${credential.password}`).digest()
  const integrity = attribute(ATTRIBUTE.integrity, createHmac('sha1', key).update(signed).digest())
  return { bytes: Buffer.concat([signed, integrity]), transaction: transaction.toString('hex') }
}

/** Null: not a whole message of this protocol (yet). */
export function readStun(bytes: Buffer): StunAnswer | null {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(4) !== COOKIE) return null
  const length = bytes.readUInt16BE(2)
  if (bytes.length < HEADER_BYTES + length) return null
  const kindBits = bytes.readUInt16BE(0) & 0x0110
  if (kindBits !== SUCCESS && kindBits !== ERROR) return null
  const values = new Map<number, Buffer>()
  for (let at = HEADER_BYTES; at + 4 <= HEADER_BYTES + length;) {
    const size = bytes.readUInt16BE(at + 2)
    values.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + size))
    at += 4 + size + padding(size)
  }
  const code = values.get(ATTRIBUTE.errorCode)
  return {
    transaction: bytes.subarray(8, HEADER_BYTES).toString('hex'),
    kind: kindBits === SUCCESS ? 'success' : 'error',
    error: code && code.length >= 4 ? { code: (code[2] ?? 0) * 100 + (code[3] ?? 0), reason: code.subarray(4).toString() } : null,
    mapped: address(values.get(ATTRIBUTE.mapped), bytes),
    relayed: address(values.get(ATTRIBUTE.relayed), bytes),
    realm: values.get(ATTRIBUTE.realm)?.toString() ?? null,
    nonce: values.get(ATTRIBUTE.nonce) ?? null,
  }
}

function header(method: number, length: number, transaction: Buffer): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16BE(method, 0)
  bytes.writeUInt16BE(length, 2)
  bytes.writeUInt32BE(COOKIE, 4)
  return Buffer.concat([bytes, transaction])
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(padding(value.length))])
}

function padding(size: number): number {
  return (4 - (size % 4)) % 4
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** An address hidden from meddling routers: its bytes are those of the header turned over. */
function address(value: Buffer | undefined, message: Buffer): string | null {
  if (!value || value.length < 8) return null
  const port = value.readUInt16BE(2) ^ (COOKIE >>> 16)
  const plain = Buffer.from(value.subarray(4).map((byte, index) => byte ^ (message[4 + index] ?? 0)))
  if (value[1] === 1) return `${plain.subarray(0, 4).join('.')}:${port}`
  const groups = Array.from({ length: 8 }, (_, index) => plain.readUInt16BE(index * 2).toString(16))
  return `[${groups.join(':')}]:${port}`
}
