/** For unit tests: the server's end of a live socket, by hand. */
import type { SocketLike } from './socket.ts'

export class FakeSocket implements SocketLike {
  readyState: 0 | 1 | 2 | 3 = 1
  bufferedAmount = 0
  binaryType: BinaryType = 'blob'
  onopen: SocketLike['onopen'] = null
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  readonly url: string
  readonly sent: { id?: number; method: string; params: unknown }[] = []
  closedWith: number | undefined

  constructor(url: string) {
    this.url = url
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data))
  }

  close(code?: number): void {
    this.closedWith = code
    this.readyState = 3
  }

  receive(message: object): void {
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent('message', { data: JSON.stringify(message) }))
  }

  receiveBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent('message', { data: bytes.buffer }))
  }

  hello(resumeToken = 'resume-1', data: object = {}): void {
    this.receive({ event: 'session.hello', data: { resumeToken, ...data } })
  }

  /** What was sent last under this method. */
  last(method: string): { id?: number; params: unknown } | undefined {
    return this.sent.findLast((message) => message.method === method)
  }

  answerPing(): void {
    const ping = this.sent.findLast((message) => message.method === 'viewer.ping')
    this.receive({ id: ping?.id, result: { clientTime: 0, serverTime: Date.now() } })
  }

  drop(code: number, reason = ''): void {
    this.readyState = 3
    // CloseEvent exists in pages only; these are the fields that are read.
    this.onclose?.call(this as unknown as WebSocket, Object.assign(new Event('close'), { code, reason, wasClean: false }) as CloseEvent)
  }
}
