/**
 * ICE connectivity checks on the wire (RFC 8445, RFC 8489): as much as it takes to know that one is meant for a peer of
 * ours, and made by somebody who was told its password, and to answer it as if nothing stood between. Pure; `udpRoute.ts`
 * asks before it carries anything.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { crc32 } from 'node:zlib'

const COOKIE = 0x2112a442
const HEADER_BYTES = 20
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const USERNAME = 0x0006
const INTEGRITY = 0x0008
const MAPPED = 0x0020
const FINGERPRINT = 0x8028
const FINGERPRINT_XOR = 0x5354554e
const SHA1_BYTES = 20

/** What begins a way: media and answers have no such head. */
export function isCheck(packet: Buffer): boolean {
  return isMessage(packet, BINDING_REQUEST)
}

export function isAnswer(packet: Buffer): boolean {
  return isMessage(packet, BINDING_SUCCESS)
}

/** The fragment of the end that is asked, the first half of the user name; null: there is none. */
export function askedFragment(check: Buffer): string | null {
  const at = find(check, USERNAME)
  if (at === null) return null
  const name = check.toString('utf8', at + 4, at + 4 + check.readUInt16BE(at + 2))
  const colon = name.indexOf(':')
  return colon > 0 ? name.slice(0, colon) : null
}

/** Signed with this password. */
export function isSignedWith(check: Buffer, password: string): boolean {
  const at = find(check, INTEGRITY)
  if (at === null || check.readUInt16BE(at + 2) !== SHA1_BYTES) return false
  return timingSafeEqual(signature(check, at, password), check.subarray(at + 4, at + 4 + SHA1_BYTES))
}

/**
 * Writes into a peer's answer where the viewer really is, which the peer cannot know, and signs it anew. Otherwise the
 * viewer would think that a NAT stands between, and take a relayed connection for a direct one.
 */
export function setMapped(answer: Buffer, address: string, port: number, password: string): void {
  const [mapped, integrity, fingerprint] = [find(answer, MAPPED), find(answer, INTEGRITY), find(answer, FINGERPRINT)]
  const bytes = bytesOf(address)
  if (mapped === null || integrity === null || answer.readUInt16BE(mapped + 2) !== 4 + bytes.length) return
  if (answer.readUInt16BE(integrity + 2) !== SHA1_BYTES) return
  answer.writeUInt16BE(port ^ (COOKIE >>> 16), mapped + 6)
  // Cookie and transaction, which follow each other, are what the address is hidden with.
  for (const [index, byte] of bytes.entries()) answer[mapped + 8 + index] = byte ^ (answer[4 + index] ?? 0)
  signature(answer, integrity, password).copy(answer, integrity + 4)
  if (fingerprint !== null) answer.writeUInt32BE((crc32(answer.subarray(0, fingerprint)) ^ FINGERPRINT_XOR) >>> 0, fingerprint + 4)
}

function signature(message: Buffer, at: number, password: string): Buffer {
  const signed = Buffer.from(message.subarray(0, at))
  // As long as it was when it was signed: without what came behind the signature.
  signed.writeUInt16BE(at + 4 + SHA1_BYTES - HEADER_BYTES, 2)
  return createHmac('sha1', password).update(signed).digest()
}

function isMessage(packet: Buffer, type: number): boolean {
  return packet.length >= HEADER_BYTES && packet.readUInt16BE(0) === type && packet.readUInt32BE(4) === COOKIE
}

/** An address as the kernel writes it, without a scope. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [left = [], right = []] = address.split('::').map((part) => part.split(':').filter((word) => word !== ''))
  const words = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''), 'hex')
}

/** Where an attribute begins that is there as a whole. */
function find(message: Buffer, type: number): number | null {
  for (let at = HEADER_BYTES; at + 4 <= message.length;) {
    const size = message.readUInt16BE(at + 2)
    if (message.readUInt16BE(at) === type) return at + 4 + size <= message.length ? at : null
    at += 4 + size + (-size & 3)
  }
  return null
}
