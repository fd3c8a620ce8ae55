/** Why the picture is not better: sentences for the badge, from what is measured. Pure. */
import type { StreamInfo, ViewerStats } from '@tandem/protocol'
import type { LiveSnapshot } from './types.ts'

export interface NoteFacts {
  stream: StreamInfo | null
  stats: ViewerStats | null
  rung: LiveSnapshot['rung']
  route: 'direct' | 'stun' | 'relay' | null
  muted: boolean
  hasAudio: boolean
  hidden: boolean
  /** Codecs that this viewer can decode, as `video/AV1`. */
  codecs: readonly string[]
  /** Frames dropped in the last second by this machine. */
  droppedLastSecond: number
}

/** Under this part of the captured rate, frames are missing on the way or here. */
const FPS_SHORTFALL = 0.8
const SLOW_RTT_MS = 120

export function notesOf(facts: NoteFacts): readonly string[] {
  const { stream, stats, rung } = facts
  const notes: string[] = []
  if (rung.why !== null) notes.push(rung.why)
  if (rung.transport === 'room') notes.push('The picture comes through a LiveKit room: one encode for all its viewers, with a stop at the LiveKit server.')
  else if (rung.transport === 'screenshots') notes.push('The picture comes as screenshots, about one a second, without sound.')
  else if (rung.transport === 'jpeg') notes.push('The picture comes as single JPEGs: it needs more bandwidth, and there is no sound.')
  if (facts.route === 'relay') notes.push('Packets go through a TURN relay: no direct way through this network was found.')
  if (stream?.source === 'screencast') notes.push('This tab is in an isolated context: its picture comes from the screencast, at a lower rate and later.')
  if (stream?.limitation === 'cpu') notes.push("The server's processor is busy: the encoder lowers rate or size.")
  if (stream?.limitation === 'bandwidth') notes.push('The network is narrow: the encoder lowers quality.')
  if (stream?.codecReason === 'viewer') notes.push('A viewer cannot decode the better codec for this content.')
  else if (facts.codecs.length > 0 && !facts.codecs.includes('video/AV1')) notes.push('This browser cannot decode AV1: text needs more bandwidth.')
  if (stream?.quietFrame.state === 'late')
    notes.push(`The page's frames run ${stream.quietFrame.lateBy > 1.5 ? 'two display intervals' : 'a display interval'} late.`)
  if (stream?.quietFrame.state === 'unknown') notes.push('Frames come unevenly: whether they run late cannot be told.')
  if (stream?.quietFrame.state === 'off' && stream.quietFrame.lateBy >= 1) notes.push('Frames run late, and the quiet frame that would help is switched off.')
  if (stats && stats.rttMs !== null && stats.rttMs > SLOW_RTT_MS)
    notes.push(`A round trip takes ${Math.round(stats.rttMs)} ms: the network or the server is slow.`)
  const streamed = rung.transport === 'webrtc' || rung.transport === 'room' || rung.transport === 'websocket'
  const behind = streamed && stream !== null && stats !== null && stream.captureFps >= 10 && stats.fps < stream.captureFps * FPS_SHORTFALL
  if (facts.hidden) notes.push('This page is hidden: the picture is not drawn.')
  else if (facts.droppedLastSecond > 2) notes.push('This machine cannot draw all frames that arrive.')
  else if (behind) notes.push(`Only ${Math.round(stats.fps)} of ${Math.round(stream.captureFps)} frames a second arrive.`)
  if (facts.hasAudio && facts.muted) notes.push('Sound is off until you switch it on.')
  return notes
}
