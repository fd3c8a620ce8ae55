/**
 * A CDP message that is passed on as text: what routing needs is read from its two ends, the middle
 * (a screenshot may be megabytes) is parsed only when somebody asks. Chromium writes `id` or `method`
 * first and `sessionId` last; text in any other shape is parsed whole, so nothing depends on that order.
 */
import type { CdpMessage } from './connection.ts'

const REPLY_HEAD = /^\{"id":(\d+),/
const EVENT_HEAD = /^\{"method":"(\w+\.\w+)",/
const SESSION_KEY = ',"sessionId":"'
/** Session ids are 32 hexadecimal digits. */
const TAIL_LENGTH = SESSION_KEY.length + 32 + 2

export class RawMessage {
  readonly text: string
  readonly id: number | undefined
  readonly method: string | undefined
  readonly sessionId: string | undefined
  /** Length of `{"id":1,`, and where `,"sessionId":"…"}` begins; 0 when the text has another shape. */
  readonly #head: number
  readonly #tail: number
  #parsed: CdpMessage | undefined

  constructor(text: string) {
    this.text = text
    const reply = REPLY_HEAD.exec(text)
    const event = reply ? null : EVENT_HEAD.exec(text)
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
    const tail = text.length - TAIL_LENGTH
    // Inside params an object is still open, so that only the message's own session id stands before a last single brace.
    const hasSession = text.startsWith(SESSION_KEY, tail) && text.endsWith('"}')
    this.#tail = hasSession ? tail : text.length - 1
    // Nothing between the two ends: no shape that can be cut.
    this.#head = this.#tail < head ? 0 : head
    this.sessionId = hasSession ? text.slice(tail + SESSION_KEY.length, -2) : undefined
  }

  parse(): CdpMessage {
    return (this.#parsed ??= JSON.parse(this.text) as CdpMessage)
  }

  /** The text under another id and session id; undefined leaves the session id out. */
  readdress(id: number | undefined, sessionId: string | undefined): string {
    if (this.#head === 0) return JSON.stringify({ ...this.parse(), id, sessionId })
    const head = id === undefined ? this.text.slice(0, this.#head) : `{"id":${id},`
    const end = sessionId === undefined ? '}' : `${SESSION_KEY}${sessionId}"}`
    return head + this.text.slice(this.#head, this.#tail) + end
  }
}
