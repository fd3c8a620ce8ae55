/**
 * One socket under messages for as long as a run lasts: opened anew whenever it is closed, the server's health asked in
 * between. What is sent, and what may come back, is the test's.
 */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerProcess } from '../harness/server.ts'
import { FUZZ_MS } from './chance.ts'

/** So much larger the server may be afterwards. */
export const GROWN_MB = 250
const HEALTH_EVERY = 50
/** Messages, however slow the machine is. */
const LEAST = 1_000

export interface Barrage {
  server: ServerProcess
  url: string
  subprotocols?: string[]
  /** The first socket is there, or another. */
  opened?(): void
  heard(data: string, isBinary: boolean): void
  /** Sends one message, or what else an attacker does with a socket. */
  send(socket: WebSocket): void
  /** On a busy machine it goes on until then. */
  enough?(): boolean
}

/** Resolves with how many messages were sent. */
export async function barrage({ server, url, subprotocols = [], opened, heard, send, enough = () => true }: Barrage): Promise<number> {
  const connect = async (): Promise<WebSocket> => {
    const made = await open(url, subprotocols)
    opened?.()
    made.on('message', (data, isBinary) => heard(String(data), isBinary))
    return made
  }
  const deadline = performance.now() + FUZZ_MS
  let sent = 0
  let socket = await connect()
  while (performance.now() < deadline || sent < LEAST || !enough()) {
    if (socket.readyState !== WebSocket.OPEN) socket = await connect()
    send(socket)
    sent++
    // Now and then an answer is waited for, so that the server is seen to answer at all.
    if (sent % HEALTH_EVERY === 0) expect((await server.request('GET', '/health')).status).toBe(200)
  }
  socket.terminate()
  return sent
}

export function residentMb({ pid }: ServerProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function open(url: string, subprotocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(url, subprotocols)
  socket.on('error', () => undefined)
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket))
    socket.once('close', () => resolve(socket))
  })
}
