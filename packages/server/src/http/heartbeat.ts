/**
 * Keeps a socket from being idle: proxies cut what says nothing, most of them after 30 or 60 s. Each ping is answered
 * by the other side's WebSocket itself, so that something travels both ways.
 */
import type { WebSocket } from 'ws'

/** `cut`: a side that left the last ping unanswered is gone, and its socket is ended. */
export function keepAlive(socket: WebSocket, everyMs: number, { cut }: { cut: boolean }): void {
  let answered = true
  const timer = setInterval(() => {
    if (cut && !answered) return socket.terminate()
    answered = false
    socket.ping()
  }, everyMs)
  socket.on('pong', () => (answered = true))
  socket.once('close', () => clearInterval(timer))
}
