/**
 * The transport to Chromium: NUL-separated JSON on file descriptors 3 and 4 (`--remote-debugging-pipe`).
 * It frames bytes and knows nothing of ids or sessions; `connection.ts` sits on top of it.
 * Messages stay text here: the connection parses what it must, the gateway may pass text on.
 */
import type { Readable, Writable } from 'node:stream'

/** The seam between a connection and whatever carries it. */
export interface Transport {
  send(message: string): void
  close(): void
  onmessage: ((message: string) => void) | null
  onclose: (() => void) | null
}

export class PipeTransport implements Transport {
  onmessage: ((message: string) => void) | null = null
  onclose: (() => void) | null = null
  readonly #write: Writable
  #chunks: Buffer[] = []
  #closed = false

  constructor(write: Writable, read: Readable) {
    this.#write = write
    read.on('data', (chunk: Buffer) => this.#receive(chunk))
    read.on('close', () => this.#end())
    read.on('error', () => this.#end())
    write.on('error', () => this.#end())
  }

  send(message: string): void {
    if (!this.#closed) this.#write.write(message + '\0')
  }

  close(): void {
    this.#end()
    this.#write.destroy()
  }

  #receive(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      const part = chunk.subarray(start, end)
      // A message may arrive in many reads (screenshots): joined once, when its end is there.
      const message = this.#chunks.length === 0 ? part.toString('utf8') : Buffer.concat([...this.#chunks, part]).toString('utf8')
      this.#chunks = []
      start = end + 1
      this.onmessage?.(message)
    }
    if (start < chunk.length) this.#chunks.push(chunk.subarray(start))
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.onclose?.()
  }
}
