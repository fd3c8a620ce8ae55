import { expect, test } from 'vitest'
import { candidateRules } from './candidates.ts'

const HOST = 'candidate:842163049 1 udp 2122260223 10.0.0.5 50012 typ host generation 0 ufrag a1b2 network-id 1'
const MAPPED = 'candidate:8421630499 1 udp 1686052607 203.0.113.7 50012 typ srflx raddr 10.0.0.5 rport 50012 generation 0 ufrag a1b2 network-id 1'
const { trickled, offer } = candidateRules('203.0.113.7')
const told = (candidate: string): string[] => trickled({ candidate, sdpMid: '0' }).map((item) => item?.candidate ?? 'end')

test('a private address is told twice: as it is, and as the outside reaches it, on the same port', () => {
  expect(trickled({ candidate: HOST, sdpMid: '0', sdpMLineIndex: 0 })).toEqual([
    { candidate: HOST, sdpMid: '0', sdpMLineIndex: 0 },
    { candidate: MAPPED, sdpMid: '0', sdpMLineIndex: 0 },
  ])
  expect(trickled(null)).toEqual([null])
})

test('what the outside cannot reach by that address is told once', () => {
  for (const other of [
    HOST.replace('10.0.0.5', '127.0.0.1'),
    HOST.replace('10.0.0.5', '169.254.1.1'),
    HOST.replace('10.0.0.5', '203.0.113.7'),
    HOST.replace('10.0.0.5', 'fd00::5'),
    HOST.replace('10.0.0.5', '1f4712b5-5d2a-4d92-8d64-9a1e5fd3c5a6.local'),
    HOST.replace(' udp ', ' tcp ').replace('50012', '9'),
    HOST.replace('typ host', 'typ relay raddr 0.0.0.0 rport 0'),
    '',
  ])
    expect(told(other)).toEqual([other])
})

test('candidates inside an offer too, each behind its own, with the line ends of the offer', () => {
  const sdp = `v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=${HOST}\r\na=ice-ufrag:a1b2\r\n`
  const mapped = `v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=${HOST}\r\na=${MAPPED}\r\na=ice-ufrag:a1b2\r\n`
  expect(offer(sdp)).toBe(mapped)
  expect(offer(mapped)).toBe(mapped)
})

test('an IPv6 address stands for IPv6 candidates, and without NAT nothing is added', () => {
  const six = HOST.replace('10.0.0.5', 'fd00::5')
  expect(candidateRules('2001:db8::1').trickled({ candidate: six })[1]?.candidate).toContain(' 2001:db8::1 50012 typ srflx raddr fd00::5 ')
  expect(candidateRules('2001:db8::1').trickled({ candidate: HOST })).toHaveLength(1)
  expect(candidateRules(undefined).trickled({ candidate: HOST })).toEqual([{ candidate: HOST }])
  expect(candidateRules(undefined).offer('x')).toBe('x')
})
