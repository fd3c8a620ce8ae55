/** Reads `RTCPeerConnection.getStats()` into plain numbers, and two such readings into rates. Pure. */
export type Route = 'direct' | 'stun' | 'relay'

export interface Reading {
  /** Local wall time, ms. */
  at: number
  codec: string | null
  width: number
  height: number
  framesDecoded: number
  framesDropped: number
  freezes: number
  /** All bytes of the transport, with sound, headers and ICE. */
  bytes: number
  packets: number
  /** When a packet last came, local wall time; null where the browser does not say. */
  heardAt: number | null
  rttMs: number | null
  route: Route | null
  jitterBufferMs: number | null
  decodeMs: number | null
}

/** The fields that are read; TypeScript's RTCStats have none of them. */
interface Stat {
  id: string
  type: string
  [field: string]: unknown
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** RTCStatsReport is a map of plain objects; their fields are read with care. */
export const readReport = (report: RTCStatsReport, at: number): Reading => readStats(report.values() as Iterable<Stat>, at)

export function readStats(stats: Iterable<Stat>, at: number): Reading {
  const byId = new Map<string, Stat>()
  for (const stat of stats) byId.set(stat.id, stat)
  const all = [...byId.values()]
  const video = all.find((stat) => stat.type === 'inbound-rtp' && stat['kind'] === 'video')
  const transport = all.find((stat) => stat.type === 'transport')
  // Firefox has no transport stats: there the pair itself says `selected`.
  const pair =
    byId.get(text(transport?.['selectedCandidatePairId'])) ??
    all.find((stat) => stat.type === 'candidate-pair' && (stat['selected'] === true || stat['nominated'] === true))
  const codec = byId.get(text(video?.['codecId']))
  const emitted = number(video?.['jitterBufferEmittedCount'])
  const decoded = number(video?.['framesDecoded'])
  return {
    at,
    codec: codec ? text(codec['mimeType']) : null,
    width: number(video?.['frameWidth']),
    height: number(video?.['frameHeight']),
    framesDecoded: decoded,
    framesDropped: number(video?.['framesDropped']),
    freezes: number(video?.['freezeCount']),
    bytes: number(pair?.['bytesReceived']),
    // Answers to our connectivity checks count as well: on a still page they are what comes.
    packets: number(pair?.['packetsReceived']) + number(pair?.['responsesReceived']) + number(pair?.['requestsReceived']),
    heardAt: number(pair?.['lastPacketReceivedTimestamp']) || null,
    rttMs: typeof pair?.['currentRoundTripTime'] === 'number' ? pair['currentRoundTripTime'] * 1_000 : null,
    route: routeOf(byId.get(text(pair?.['localCandidateId'])), byId.get(text(pair?.['remoteCandidateId']))),
    jitterBufferMs: emitted > 0 ? (number(video?.['jitterBufferDelay']) / emitted) * 1_000 : null,
    decodeMs: decoded > 0 ? (number(video?.['totalDecodeTime']) / decoded) * 1_000 : null,
  }
}

function routeOf(local: Stat | undefined, remote: Stat | undefined): Route | null {
  if (!local || !remote) return null
  const types = [text(local['candidateType']), text(remote['candidateType'])]
  if (types.includes('relay')) return 'relay'
  // A remote prflx is the server's own address seen early; a local one means that a NAT rewrote ours.
  return types.includes('srflx') || types[0] === 'prflx' ? 'stun' : 'direct'
}

export interface Rates {
  fps: number
  kbps: number
  dropped: number
}

export function ratesOf(before: Reading, now: Reading): Rates {
  const seconds = (now.at - before.at) / 1_000
  if (seconds <= 0) return { fps: 0, kbps: 0, dropped: 0 }
  const gained = (field: 'framesDecoded' | 'framesDropped' | 'bytes'): number => Math.max(0, now[field] - before[field])
  return {
    fps: Math.round((gained('framesDecoded') / seconds) * 10) / 10,
    kbps: Math.round((gained('bytes') * 8) / seconds / 100) / 10,
    dropped: gained('framesDropped'),
  }
}
