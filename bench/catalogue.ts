/**
 * Every figure that the bench can report: its name, unit and target. Rows measure, this table says what
 * was meant; nothing here is a result. The order is that of the printed table.
 */
interface FigureSpec {
  label: string
  unit: 'ms' | 'fps' | 'Mbit/s' | 'kbit/s' | 'cores' | 'MB' | 'kB' | 'commands' | 'packets/s' | '%'
  /** At most this much is a hit; absent: reported without a target. */
  target?: number
  digits: number
}

const ms = (label: string, target?: number): FigureSpec => ({ label, unit: 'ms', target, digits: 1 })
const cores = (label: string, target?: number): FigureSpec => ({ label, unit: 'cores', target, digits: 2 })
const fps = (label: string): FigureSpec => ({ label, unit: 'fps', digits: 1 })
const mbits = (label: string, target?: number): FigureSpec => ({ label, unit: 'Mbit/s', target, digits: 2 })

export const CATALOGUE = {
  'text.p50': ms('text page, glass to glass, p50', 15),
  'text.p95': ms('text page, glass to glass, p95', 22),
  'text.shown.p50': ms('text page, until shown, p50'),
  'text.shown.p95': ms('text page, until shown, p95'),
  'text.fps': fps('text page, frame rate'),
  'text.mbits': mbits('text page, bandwidth', 0.3),
  'text.cpu.source': cores('text page, CPU of the source', 0.7),
  'text.cpu.server': cores('text page, CPU of the server'),
  'text.cpu.viewer': cores('text page, CPU of the viewer'),
  'hold.p50': ms('text page held, p50', 15),
  'hold.p95': ms('text page held, p95', 22),
  'hold.worst': ms('text page held, worst 5 s, p50'),
  'hold.off.p50': ms('text page held, quiet frame off, p50'),
  'hold.off.p95': ms('text page held, quiet frame off, p95'),
  'ws.p50': ms('video over WebSocket, text page, glass to glass, p50', 20),
  'ws.p95': ms('video over WebSocket, text page, glass to glass, p95', 32),
  'ws.fps': fps('video over WebSocket, text page, frame rate'),
  'ws.mbits': mbits('video over WebSocket, text page, bandwidth'),
  'ws.cpu.source': cores('video over WebSocket, text page, CPU of the source'),
  'ws.cpu.server': cores('video over WebSocket, text page, CPU of the server'),
  'ws.cpu.viewer': cores('video over WebSocket, text page, CPU of the viewer'),
  'jpeg.p50': ms('JPEG, text page, glass to glass, p50'),
  'jpeg.p95': ms('JPEG, text page, glass to glass, p95'),
  'jpeg.fps': fps('JPEG, text page, frame rate'),
  'jpeg.mbits': mbits('JPEG, text page, bandwidth'),
  'jpeg.cpu.source': cores('JPEG, text page, CPU of the source'),
  'jpeg.cpu.server': cores('JPEG, text page, CPU of the server'),
  'jpeg.cpu.viewer': cores('JPEG, text page, CPU of the viewer'),
  'room.p50': ms('LiveKit room, text page, glass to glass, p50', 17),
  'room.p95': ms('LiveKit room, text page, glass to glass, p95', 25),
  'room.shown.p50': ms('LiveKit room, text page, until shown, p50'),
  'room.fps': fps('LiveKit room, text page, frame rate'),
  'room.mbits': mbits('LiveKit room, text page, bandwidth'),
  'room.cpu.source': cores('LiveKit room, text page, CPU of the source'),
  'room.cpu.server': cores('LiveKit room, text page, CPU of the server'),
  'room.cpu.sfu': cores('LiveKit room, text page, CPU of the LiveKit server'),
  'room.cpu.viewer': cores('LiveKit room, text page, CPU of the viewer'),
  'room.join': ms('LiveKit room, still page: livekit-token to first frame, browser in the room, p50', 600),
  'room.join.max': ms('LiveKit room, still page: livekit-token to first frame, browser in the room, worst'),
  'room.join.first': ms('LiveKit room, still page: livekit-token to first frame, browser joins too, p50', 600),
  'room.one.cpu': cores('LiveKit room, text page, CPU of the source, 1 viewer'),
  'room.crowd.cpu': cores('LiveKit room, text page, CPU of the source, 50 viewers'),
  'room.crowd.change': { label: 'LiveKit room, CPU of the source, 50 viewers beside 1', unit: '%', target: 10, digits: 1 },
  'room.crowd.sfu': { label: 'LiveKit room, text page, CPU of the LiveKit server for each viewer', unit: 'cores', digits: 4 },
  'room.crowd.packets': { label: 'LiveKit room, 50 viewers, packets to each a second', unit: 'packets/s', digits: 1 },
  'motion.p50': ms('full-screen motion, glass to glass, p50', 22),
  'motion.p95': ms('full-screen motion, glass to glass, p95', 32),
  'motion.shown.p50': ms('full-screen motion, until shown, p50'),
  'motion.fps': fps('full-screen motion, frame rate'),
  'motion.mbits': mbits('full-screen motion, bandwidth'),
  'motion.cpu.source': cores('full-screen motion, CPU of the source'),
  'motion.cpu.viewer': cores('full-screen motion, CPU of the viewer'),
  'input.p50': ms('input to photon, p50', 20),
  'input.p95': ms('input to photon, p95', 36),
  'input.shown.p50': ms('input until shown, p50'),
  'input.shown.p95': ms('input until shown, p95'),
  'still.kbits': { label: 'still page, bandwidth', unit: 'kbit/s', target: 20, digits: 1 },
  'still.cpu.source': cores('still page, CPU of the source'),
  'still.cpu.viewer': cores('still page, CPU of the viewer'),
  'start.cold': ms('POST to first decoded frame, cold', 1_500),
  'start.pool': ms('POST to first decoded frame, from the warm pool', 400),
  'start.pool.max': ms('POST to first decoded frame, from the warm pool, worst'),
  'join.still': ms('second viewer, still page: join to first frame, p50', 400),
  'join.still.max': ms('second viewer, still page: join to first frame, worst'),
  'join.websocket': ms('join to first frame, still page, video over WebSocket, p50'),
  'join.jpeg': ms('join to first frame, still page, JPEG, p50'),
  'join.screenshots': ms('join to first frame, still page, screenshots, p50'),
  'ladder.down.websocket': ms('UDP cut while watching: to the first frame over WebSocket', 3_000),
  'ladder.down.jpeg': ms('video decoder fails: to the first JPEG', 3_000),
  'ladder.start.websocket': ms('join where UDP is blocked: to the first frame'),
  'ladder.up.webrtc': ms('UDP back: to the first frame of a peer again'),
  'fleet.fps': fps('8 sessions at once on this machine, frame rate of each, mean'),
  'fleet.fps.worst': fps('8 sessions at once on this machine, frame rate of the slowest'),
  'fleet.cpu': cores('8 sessions at once, CPU of all browsers and the server'),
  'relay.cores': cores('1,000 viewers over WebSocket, text page at 30 fps, CPU of the relay', 1),
  'relay.fps': fps('1,000 viewers over WebSocket, frame rate of each'),
  'relay.lag.p50': ms('1,000 viewers over WebSocket, lag of the relay to those served last, p50'),
  'relay.lag.p95': ms('1,000 viewers over WebSocket, lag of the relay to those served last, p95'),
  'relay.viewer.kb': { label: '1,000 viewers over WebSocket, memory of each in the server', unit: 'kB', digits: 0 },
  'takeover.p50': ms('takeover: asked to granted, idle agent, p50', 150),
  'takeover.max': ms('takeover: asked to granted, idle agent, worst', 150),
  'takeover.busy.p50': ms('takeover: asked to granted, busy agent, p50'),
  'takeover.leaks': { label: "agent's commands that reached the page after a takeover", unit: 'commands', target: 0, digits: 0 },
  'takeover.attempts': { label: 'agent commands tried meanwhile', unit: 'commands', digits: 0 },
  'gateway.added': ms('gateway: added to a CDP round trip, p50', 0.5),
  'gateway.pipe': ms('CDP round trip on the pipe, p50'),
  'gateway.through': ms('CDP round trip through the gateway, p50'),
  'memory.base': { label: 'server without a session, memory', unit: 'MB', target: 120, digits: 0 },
  'memory.session': { label: "each session's part of the server, memory", unit: 'MB', target: 30, digits: 1 },
  'soak.server': { label: 'server, growth over 10 minutes of watching', unit: 'MB', digits: 1 },
  'soak.source': { label: "browser's processes, growth over 10 minutes of watching", unit: 'MB', digits: 1 },
} as const satisfies Record<string, FigureSpec>

export type FigureId = keyof typeof CATALOGUE

export function specOf(id: FigureId): FigureSpec {
  return CATALOGUE[id]
}

export const SYSTEMS = ['tandem', 'agent-browser', 'agent-browser (ack)'] as const
export type System = (typeof SYSTEMS)[number]

/** One measured value. `context` is kept in the results: sample counts, codec, CPU by process, load of the machine. */
export interface Figure {
  id: FigureId
  system: System
  value: number
  context?: Record<string, unknown>
}

/** True: within the target; false: missed; null: there is no target. */
export function isHit({ id, value }: Figure): boolean | null {
  const { target } = specOf(id)
  return target === undefined ? null : value <= target
}
