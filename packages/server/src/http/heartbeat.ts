/**
 * Keeps a socket from being idle: proxies cut what says nothing, most of them after 30 or 60 s. Each ping is answered
 * by the other side's WebSocket itself, so that something travels both ways.
 */
import type { WebSocket } from 'ws'

/** A side that left the last ping unanswered is gone: its socket is ended, or `silent` is told, and told again when it answers. */
export function keepAlive(socket: WebSocket, everyMs: number, silent: 'cut' | ((isSilent: boolean) => void)): void {
  let answered = true
  let told = false
  const tell = (isSilent: boolean): void => {
    if (silent === 'cut' || isSilent === told) return
    told = isSilent
    silent(isSilent)
  }
  const timer = setInterval(() => {
    if (!answered && silent === 'cut') return socket.terminate()
    if (!answered) tell(true)
    answered = false
    socket.ping()
  }, everyMs)
  socket.on('pong', () => {
    answered = true
    tell(false)
  })
  socket.once('close', () => clearInterval(timer))
}
