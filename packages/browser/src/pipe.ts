/**
 * The transport to Chromium: NUL-separated JSON on file descriptors 3 and 4 (`--remote-debugging-pipe`).
 * It frames bytes and knows nothing of ids or sessions; `connection.ts` sits on top of it.
 * Messages stay text here: the connection parses what it must, the gateway may pass text on. Long ones stay the bytes that
 * they are: to make text of a hundred megabytes, and bytes again, takes half a second of everybody's.
 */
import type { Readable, Writable } from 'node:stream'
import type { MessageParts } from './rawJson.ts'

/** What comes in one read is text. */
const LONG_BYTES = 64 * 1024

/** The seam between a connection and whatever carries it. */
export interface Transport {
  send(message: string | MessageParts): void
  close(): void
  /** A long message comes in pieces, UTF-8. */
  onmessage: ((message: string | readonly Buffer[]) => void) | null
  onclose: (() => void) | null
}

export class PipeTransport implements Transport {
  onmessage: ((message: string | readonly Buffer[]) => void) | null = null
  onclose: (() => void) | null = null
  readonly #write: Writable
  #chunks: Buffer[] = []
  #length = 0
  #closed = false

  constructor(write: Writable, read: Readable) {
    this.#write = write
    read.on('data', (chunk: Buffer) => this.#receive(chunk))
    read.on('close', () => this.#end())
    read.on('error', () => this.#end())
    write.on('error', () => this.#end())
  }

  /** What is sent in one turn of the loop goes out in one write: a client readies a new page with some fifteen commands at once. */
  send(message: string | MessageParts): void {
    if (this.#closed) return
    if (this.#write.writableCorked === 0) {
      this.#write.cork()
      process.nextTick(() => this.#write.uncork())
    }
    if (typeof message === 'string') return void this.#write.write(message + '\0')
    for (const part of message) this.#write.write(part)
    this.#write.write('\0')
  }

  close(): void {
    this.#end()
    this.#write.destroy()
  }

  #receive(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      const part = chunk.subarray(start, end)
      const chunks = this.#chunks
      const length = this.#length + part.length
      this.#chunks = []
      this.#length = 0
      start = end + 1
      // A message may arrive in many reads (screenshots).
      if (chunks.length === 0) this.onmessage?.(part.toString('utf8'))
      else if (length < LONG_BYTES) this.onmessage?.(Buffer.concat([...chunks, part]).toString('utf8'))
      else this.onmessage?.([...chunks, part])
    }
    if (start === chunk.length) return
    this.#chunks.push(chunk.subarray(start))
    this.#length += chunk.length - start
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.onclose?.()
  }
}
