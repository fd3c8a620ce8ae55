import { expect, test } from 'vitest'
import { order } from './codecs.ts'
import { GlassToGlass } from './glassToGlass.ts'
import { ratesOf, readStats } from './reading.ts'

const stats = (local: string, remote: string): Parameters<typeof readStats>[0] => [
  { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
  {
    id: 'P',
    type: 'candidate-pair',
    localCandidateId: 'L',
    remoteCandidateId: 'R',
    bytesReceived: 50_000,
    packetsReceived: 40,
    responsesReceived: 3,
    requestsReceived: 2,
    currentRoundTripTime: 0.004,
    lastPacketReceivedTimestamp: 6_500,
  },
  { id: 'P2', type: 'candidate-pair', nominated: true, currentRoundTripTime: 9 },
  { id: 'L', type: 'local-candidate', candidateType: local },
  { id: 'R', type: 'remote-candidate', candidateType: remote },
  { id: 'C', type: 'codec', mimeType: 'video/AV1' },
  { id: 'A', type: 'inbound-rtp', kind: 'audio', framesDecoded: 99 },
  {
    id: 'V',
    type: 'inbound-rtp',
    kind: 'video',
    codecId: 'C',
    framesDecoded: 60,
    framesDropped: 1,
    freezeCount: 0,
    frameWidth: 1280,
    frameHeight: 720,
    jitterBufferDelay: 0.06,
    jitterBufferEmittedCount: 60,
    totalDecodeTime: 0.12,
  },
]

test('the selected pair and the video are read, nothing else', () => {
  expect(readStats(stats('host', 'host'), 7)).toEqual({
    at: 7,
    codec: 'video/AV1',
    width: 1280,
    height: 720,
    framesDecoded: 60,
    framesDropped: 1,
    freezes: 0,
    bytes: 50_000,
    packets: 45,
    heardAt: 6_500,
    rttMs: 4,
    route: 'direct',
    jitterBufferMs: 1,
    decodeMs: 2,
  })
})

test('the route is the worse of the two ends', () => {
  expect(readStats(stats('host', 'prflx'), 0).route).toBe('direct')
  expect(readStats(stats('prflx', 'host'), 0).route).toBe('stun')
  expect(readStats(stats('srflx', 'host'), 0).route).toBe('stun')
  expect(readStats(stats('host', 'relay'), 0).route).toBe('relay')
  expect(readStats([], 0).route).toBeNull()
})

test('rates come from two readings, and a new peer that counts from nothing gives none below zero', () => {
  const before = readStats(stats('host', 'host'), 0)
  expect(ratesOf(before, { ...before, at: 2_000, framesDecoded: 180, bytes: 100_000 })).toEqual({ fps: 60, kbps: 200, dropped: 0 })
  expect(ratesOf(before, { ...before, at: 1_000, framesDecoded: 0, bytes: 0 })).toEqual({ fps: 0, kbps: 0, dropped: 0 })
})

test('AV1 is asked for first, and what carries no picture is not asked for', () => {
  expect(order(['video/VP8', 'video/rtx', 'video/VP9', 'video/AV1', 'video/AV1', 'video/red', 'video/X'])).toEqual([
    'video/AV1',
    'video/VP9',
    'video/VP8',
    'video/X',
  ])
})

test('glass to glass joins the frame and its capture stamp over the two clocks', () => {
  const glass = new GlassToGlass()
  const captured = 1_700_000_000_000
  // The server's clock is 500 ms ahead of ours; the frame is shown 20 ms after its capture.
  const shown = captured - 500 + 20
  const stamps = [
    { rtpTimestamp: 1, captureTimestamp: 0 },
    { rtpTimestamp: 2, captureTimestamp: captured + 2_208_988_800_000 },
  ]
  expect(glass.add({ rtpTimestamp: 2, expectedDisplayTime: shown - 1_000_000 }, stamps, 500, 1_000_000)).toBe(20)
  expect(glass.add({ rtpTimestamp: 3, expectedDisplayTime: 5 }, stamps, 500, 0)).toBeNull()
  expect(glass.take()).toBeNull()
  for (const late of [20, 21, 25]) glass.add({ rtpTimestamp: 2, expectedDisplayTime: shown - 20 + late - 1_000_000 }, stamps, 500, 1_000_000)
  expect(glass.take()).toBe(21)
  expect(glass.take()).toBeNull()
})
