/**
 * A CDP message that is passed on as it came: what routing needs is read from its two ends, the middle
 * (a screenshot may be megabytes) is parsed only when somebody asks. Chromium writes `id` or `method`
 * first and `sessionId` last; a message in any other shape is parsed whole, so nothing depends on that order.
 * A short one comes as text, a long one as the bytes that were read, in their pieces.
 */
import type { CdpMessage } from './connection.ts'

const REPLY_HEAD = /^\{"id":(\d+),/
const EVENT_HEAD = /^\{"method":"(\w+\.\w+)",/
/** Longer than any head. */
const HEAD_LENGTH = 200
const SESSION_KEY = ',"sessionId":"'
/** Session ids are 32 hexadecimal digits. */
const TAIL_LENGTH = SESSION_KEY.length + 32 + 2

export class RawMessage {
  readonly id: number | undefined
  readonly method: string | undefined
  readonly sessionId: string | undefined
  readonly #whole: string | readonly Buffer[]
  readonly #length: number
  /** Length of `{"id":1,`, and where `,"sessionId":"…"}` begins; 0 when the message has another shape. */
  readonly #head: number
  readonly #tail: number
  #parsed: CdpMessage | undefined

  constructor(whole: string | readonly Buffer[]) {
    this.#whole = whole
    this.#length = typeof whole === 'string' ? whole.length : whole.reduce((length, part) => length + part.length, 0)
    const begin = typeof whole === 'string' ? whole : slice(whole, 0, HEAD_LENGTH).toString('latin1')
    const reply = REPLY_HEAD.exec(begin)
    const event = reply ? null : EVENT_HEAD.exec(begin)
    if (!reply && !event) {
      const parsed = this.parse()
      this.#head = this.#tail = 0
      this.id = parsed.id
      this.method = parsed.method
      this.sessionId = parsed.sessionId
      return
    }
    this.id = reply ? Number(reply[1]) : undefined
    this.method = event?.[1]
    const head = (reply ?? event)?.[0].length ?? 0
    const tail = this.#length - TAIL_LENGTH
    const end = typeof whole === 'string' ? whole.slice(Math.max(0, tail)) : slice(whole, Math.max(0, tail), this.#length).toString('latin1')
    // Inside params an object is still open, so that only the message's own session id stands before a last single brace.
    const hasSession = end.length === TAIL_LENGTH && end.startsWith(SESSION_KEY) && end.endsWith('"}')
    this.#tail = hasSession ? tail : this.#length - 1
    // Nothing between the two ends: no shape that can be cut.
    this.#head = this.#tail < head ? 0 : head
    this.sessionId = hasSession ? end.slice(SESSION_KEY.length, -2) : undefined
  }

  parse(): CdpMessage {
    return (this.#parsed ??= JSON.parse(typeof this.#whole === 'string' ? this.#whole : Buffer.concat(this.#whole).toString()) as CdpMessage)
  }

  /** ASCII without signs that JSON escapes. */
  mentions(word: string): boolean {
    return typeof this.#whole === 'string' ? this.#whole.includes(word) : Buffer.concat(this.#whole).includes(word)
  }

  /** The message under another id and session id; undefined leaves the session id out. Bytes are UTF-8. */
  readdress(id: number | undefined, sessionId: string | undefined): string | Buffer {
    if (this.#head === 0) return JSON.stringify({ ...this.parse(), id, sessionId })
    const whole = this.#whole
    const end = sessionId === undefined ? '}' : `${SESSION_KEY}${sessionId}"}`
    if (typeof whole === 'string') {
      const head = id === undefined ? whole.slice(0, this.#head) : `{"id":${id},`
      return head + whole.slice(this.#head, this.#tail) + end
    }
    const head = id === undefined ? [] : [Buffer.from(`{"id":${id},`)]
    return Buffer.concat([...head, ...pieces(whole, id === undefined ? 0 : this.#head, this.#tail), Buffer.from(end)])
  }
}

function slice(parts: readonly Buffer[], from: number, to: number): Buffer {
  const found = pieces(parts, from, to)
  return found.length === 1 && found[0] ? found[0] : Buffer.concat(found)
}

function pieces(parts: readonly Buffer[], from: number, to: number): Buffer[] {
  const found: Buffer[] = []
  let at = 0
  for (const part of parts) {
    if (at < to && at + part.length > from) found.push(part.subarray(Math.max(0, from - at), to - at))
    at += part.length
  }
  return found
}
