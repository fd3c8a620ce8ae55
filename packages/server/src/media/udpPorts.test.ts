/** Real sockets on loopback: a stand-in for the peer, and viewers who know its password or do not. */
import { createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { crc32 } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { candidateRules } from './candidates.ts'
import { askedFragment, isAnswer, isCheck, isSignedWith, setMapped } from './stunCheck.ts'
import { UdpPorts } from './udpPorts.ts'
import type { UdpRoute } from './udpRoute.ts'
import { withoutCandidates } from './udpRoute.ts'

const PASSWORD = 'thePasswordOfThePeer'
const open: { close(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

/** A binding request as a viewer's ICE makes it. */
function check(user: string, password = PASSWORD): Buffer {
  const name = Buffer.from(user)
  const body = Buffer.concat([attribute(0x0006, name), attribute(0x0025, Buffer.alloc(0))])
  const head = Buffer.alloc(20)
  head.writeUInt16BE(0x0001, 0)
  head.writeUInt16BE(body.length + 24, 2)
  head.writeUInt32BE(0x2112a442, 4)
  const signed = Buffer.concat([head, body])
  const whole = Buffer.concat([signed, attribute(0x0008, createHmac('sha1', password).update(signed).digest()), attribute(0x8028, Buffer.alloc(4))])
  whole.writeUInt16BE(whole.length - 20, 2)
  return whole
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}

async function socket(): Promise<Socket> {
  const made = createSocket('udp4')
  open.push(made)
  made.bind(0, '127.0.0.1')
  await once(made, 'listening')
  return made
}

/** Answers with what it got and from which port. */
async function echo(): Promise<number> {
  const made = await socket()
  made.on('message', (packet, { port }) => made.send(`${String(packet.subarray(-8))} at ${port}`, port, '127.0.0.1'))
  return made.address().port
}

async function route(ports: UdpPorts): Promise<UdpRoute> {
  const made = await ports.open()
  open.push(made)
  return made
}

const host = (port: number, address = '127.0.0.1'): string => `candidate:1 1 udp 2122194687 ${address} ${port} typ host generation 0 network-id 1`
const offer = (fragment: string, lines = ''): string =>
  `v=0\r\nm=video 50007 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 10.0.0.5\r\na=rtcp:9 IN IP4 0.0.0.0\r\n${lines}a=ice-ufrag:${fragment}\r\na=ice-pwd:${PASSWORD}\r\n`

async function say(viewer: Socket, port: number, packet: Buffer | string): Promise<string> {
  viewer.send(packet, port, '127.0.0.1')
  const [answer] = await once(viewer, 'message')
  return String(answer)
}

test('a check of ICE is known by its head, names whom it asks, and is signed', () => {
  const one = check('mine:theirs')
  expect(isCheck(one)).toBe(true)
  expect(askedFragment(one)).toBe('mine')
  expect(isSignedWith(one, PASSWORD)).toBe(true)
  expect(isSignedWith(one, 'another')).toBe(false)
  one[30] = 1 ^ (one[30] ?? 0)
  expect(isSignedWith(one, PASSWORD)).toBe(false)
})

test('what is cut short, or something else, is no check', () => {
  const whole = check('mine:theirs')
  for (let length = 0; length < whole.length; length++) {
    const part = whole.subarray(0, length)
    expect(isCheck(part)).toBe(length >= 20)
    if (!isCheck(part)) continue
    expect(askedFragment(part)).toBe(length >= 20 + 4 + 11 ? 'mine' : null)
    // The last eight bytes are a fingerprint, behind the signature.
    expect(isSignedWith(part, PASSWORD)).toBe(length >= whole.length - 8)
  }
  expect(isCheck(Buffer.alloc(100, 0x80))).toBe(false)
  expect(askedFragment(check('nocolon'))).toBeNull()
  expect(askedFragment(check(':theirs'))).toBeNull()
})

test.each([
  ['203.0.113.7', 1, 4, [203, 0, 113, 7]],
  ['2001:db8::7', 2, 16, [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]],
])('an answer is made to say where the viewer is, %s, and is signed anew', (address, family, size, bytes) => {
  const answer = check('x:y')
  answer.writeUInt16BE(0x0101, 0)
  // Its user name becomes the mapped address.
  const mapped = attribute(0x0020, Buffer.concat([Buffer.from([0, family, 9, 9]), Buffer.alloc(size)]))
  const whole = Buffer.concat([answer.subarray(0, 20), mapped, answer.subarray(28)])
  whole.writeUInt16BE(whole.length - 20, 2)
  expect([isAnswer(whole), isCheck(whole)]).toEqual([true, false])
  setMapped(whole, address, 50_000, PASSWORD)
  expect(isSignedWith(whole, PASSWORD)).toBe(true)
  expect(whole.readUInt16BE(26) ^ 0x2112).toBe(50_000)
  expect([...whole.subarray(28, 28 + size)].map((byte, index) => byte ^ (whole[4 + index] ?? 0))).toEqual(bytes)
  // RFC 8489, 14.7.
  expect(whole.readUInt32BE(whole.length - 4)).toBe((crc32(whole.subarray(0, -8)) ^ 0x5354554e) >>> 0)
})

test('a viewer who knows the password is carried to the peer and back; each of its addresses is another one to the peer', async () => {
  const way = await route(new UdpPorts('27200-27203'))
  const told = way.candidate({ candidate: host(await echo()), usernameFragment: 'mine' })
  expect(told).toEqual({ candidate: host(way.port), usernameFragment: 'mine' })
  way.offer(offer('mine'))
  const [one, two] = [await socket(), await socket()]
  const answers = [await say(one, way.port, check('mine:theirs')), await say(two, way.port, check('mine:theirs'))]
  expect(new Set(answers).size).toBe(2)
  expect(await say(one, way.port, 'a frame')).toMatch(/^a frame at \d+$/)
})

test('nobody else is carried, and nobody else is answered', async () => {
  const way = await route(new UdpPorts('27200-27203'))
  const peer = await socket()
  const got: string[] = []
  peer.on('message', (packet) => got.push(String(packet)))
  way.offer(offer('mine'))
  way.candidate({ candidate: host(peer.address().port), usernameFragment: 'mine' })
  const [stranger, viewer] = [await socket(), await socket()]
  stranger.on('message', () => got.push('an answer to the stranger'))
  for (const packet of [Buffer.from('a frame'), check('mine:theirs', 'a guess'), check('other:theirs'), check('nocolon')]) {
    stranger.send(packet, way.port, '127.0.0.1')
  }
  // Packets of one socket to another keep their order: what came before this one has been looked at.
  viewer.send(check('mine:theirs'), way.port, '127.0.0.1')
  await once(peer, 'message')
  expect(got).toEqual([String(check('mine:theirs'))])
})

test('an ICE restart has a name and a port of its own behind the same port; the way before it stays until then', async () => {
  const way = await route(new UdpPorts('27200-27203'))
  const [before, after] = [await echo(), await echo()]
  way.offer(offer('old', `a=${host(before)}\r\n`))
  const viewer = await socket()
  const first = await say(viewer, way.port, check('old:theirs'))
  way.offer(offer('new', `a=${host(after)}\r\n`))
  expect(await say(viewer, way.port, 'still  1')).toBe(first.replace(/^.* at/s, 'still  1 at'))
  // From the same address too, where a viewer keeps its socket.
  const second = await say(viewer, way.port, check('new:theirs'))
  expect(second.split(' at ')[1]).not.toBe(first.split(' at ')[1])
  // And the one before that is over.
  way.offer(offer('newest', `a=${host(after)}\r\n`))
  const late = await socket()
  late.send(check('old:theirs'), way.port, '127.0.0.1')
  expect(await say(late, way.port, check('newest:theirs'))).toMatch(/ at \d+$/)
})

test('viewers are told this port alone: not those of the peer, nor what a STUN or TURN server saw', async () => {
  const way = await route(new UdpPorts('27200-27203'))
  const lines = [
    host(40_000),
    host(40_001, '198.51.100.77'),
    'candidate:2 1 udp 1 203.0.113.1 40000 typ srflx raddr 127.0.0.1 rport 40000',
    'candidate:3 1 tcp 1 127.0.0.1 9 typ host tcptype active',
  ]
  const told = way.offer(offer('mine', lines.map((line) => `a=${line}\r\n`).join('')))
  expect(told).toBe(
    `v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=${host(way.port)}\r\na=ice-ufrag:mine\r\na=ice-pwd:${PASSWORD}\r\n`,
  )
  for (const line of lines.slice(1)) expect(way.candidate({ candidate: line })).toBeNull()
  expect(withoutCandidates(`v=0\r\na=${host(1)}\r\na=mid:0\r\na=end-of-candidates\r\na=${host(2)}`)).toBe('v=0\r\na=mid:0\r\n')
})

const inside = Object.values(networkInterfaces()).flatMap((entries = []) => entries.filter(({ family, internal }) => family === 'IPv4' && !internal))[0]
  ?.address
test.skipIf(inside === undefined)('behind 1:1 NAT viewers are told the public address with the same port', async () => {
  const way = await route(new UdpPorts('27200-27203'))
  const told = way.candidate({ candidate: host(40_000, inside) })
  expect(candidateRules('203.0.113.7').trickled(told)[1]?.candidate).toContain(` 203.0.113.7 ${way.port} typ srflx raddr ${inside} rport ${way.port}`)
})

test('a range that is taken is said to be, and a port that is given back is had again, as the last', async () => {
  const ports = new UdpPorts('27210-27212')
  const stranger = createSocket('udp4')
  open.push(stranger)
  stranger.bind(27_210, '127.0.0.1')
  await once(stranger, 'listening')
  const [one, two] = [await route(ports), await route(ports)]
  expect([one.port, two.port]).toEqual([27_211, 27_212])
  await expect(ports.open()).rejects.toMatchObject({ code: 'media/rung-unavailable', message: expect.stringContaining('27210-27212') })
  one.close()
  one.close()
  expect(ports.free).toBe(2)
  expect((await route(ports)).port).toBe(27_211)
})
