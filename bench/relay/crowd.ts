/**
 * Many viewers in one cheap process: real sockets that read all, decode nothing, and count. Told over IPC what to do:
 * `{join: n}`, `{count: true}` begins to count, `{report: true}` answers with what came since, `{leave: n}`.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { LIVE_SUBPROTOCOL } from '@tandem/protocol'
import { WireReader } from './wireReader.ts'

export interface CrowdReport {
  viewers: number
  packets: number
  bytes: number
  keyFrames: number
  /** Packets that were left out: gaps in the sequence. */
  missing: number
  /** From the relay's packet to this process, ms, of each packet. */
  lags: number[]
}
export type CrowdOrder = { join: number } | { leave: number } | { count: true } | { report: true }

const START = { id: 1, method: 'media.start', params: { transport: 'websocket', audio: false } }
/** What is read is looked at before the next read: one buffer does for all. */
const shared = Buffer.alloc(64 * 1024)
const TOGETHER = 100
const MASK = Buffer.alloc(4)

const [, , address = '', sampled] = process.argv
const url = new URL(address)
const sockets: Socket[] = []
let report = empty()

function empty(): CrowdReport {
  return { viewers: 0, packets: 0, bytes: 0, keyFrames: 0, missing: 0, lags: [] }
}

/** A short frame of a client: masked with zeros, which changes nothing. */
function frame(opcode: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), MASK, payload])
}

/** Resolves when the first packet came. */
function join(): Promise<void> {
  return new Promise((resolve, reject) => {
    let upgraded = false
    let lastSeq: number | null = null
    const reader = new WireReader({
      packet: ({ seq, keyFrame, capturedAt }) => {
        report.packets += 1
        if (keyFrame) report.keyFrames += 1
        if (lastSeq !== null) report.missing += Math.max(0, seq - lastSeq - 1)
        if (lastSeq === null) resolve()
        lastSeq = seq
        if (sampled !== undefined) report.lags.push(performance.timeOrigin + performance.now() - capturedAt)
      },
      ping: (payload) => void socket.write(frame(10, payload)),
      closed: () => reject(new Error('The server closed a viewer.')),
    })
    const onread = {
      buffer: shared,
      callback: (length: number): boolean => {
        report.bytes += length
        if (upgraded) reader.read(shared.subarray(0, length))
        else {
          const end = shared.subarray(0, length).indexOf('\r\n\r\n')
          upgraded = end >= 0
          if (!upgraded) return true
          socket.write(frame(1, Buffer.from(JSON.stringify(START))))
          reader.read(shared.subarray(end + 4, length))
        }
        return true
      },
    }
    const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true, onread })
    sockets.push(socket)
    socket.once('error', reject)
    socket.write(
      `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${LIVE_SUBPROTOCOL}\r\n\r\n`,
    )
  })
}

process.on('message', (order: CrowdOrder) => {
  const run = async (): Promise<unknown> => {
    // Those who come together share a key frame.
    if ('join' in order) for (let left = order.join; left > 0; left -= TOGETHER) await Promise.all(Array.from({ length: Math.min(left, TOGETHER) }, join))
    else if ('leave' in order) for (const socket of sockets.splice(0, order.leave)) socket.destroy()
    else if ('count' in order) report = empty()
    return { ...report, viewers: sockets.length }
  }
  run().then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.once('disconnect', () => process.exit(0))
