/** Are the STUN and TURN servers there, and do they take our credentials? Each is asked as a browser would ask it. */
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { IceConfig } from '../config.ts'
import { iceServersFor } from '../sessions/ice.ts'
import { fail, ok, warn, within, wordsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import { readStun, STUN, stunRequest } from './stunMessage.ts'
import type { StunAnswer } from './stunMessage.ts'

const ANSWER_MS = 5_000
/** A datagram may be lost. */
const RESEND_MS = 500

type Ask = (request: { bytes: Buffer; transaction: string }) => Promise<StunAnswer>

export interface IceUrl {
  scheme: 'stun' | 'stuns' | 'turn' | 'turns'
  host: string
  port: number
  transport: 'udp' | 'tcp' | 'tls'
}

/** RFC 7064, 7065: `turns:turn.example.com:443?transport=tcp`. Null: not such an address. */
export function readIceUrl(url: string): IceUrl | null {
  const [, scheme, bracketed, plain, port, transport] = /^(stuns?|turns?):(?:\[([^\]]+)\]|([^:?]+))(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url) ?? []
  const host = bracketed ?? plain
  if (scheme === undefined || host === undefined) return null
  const secure = scheme.toLowerCase().endsWith('s')
  // The expression has matched one of the four.
  const known = scheme.toLowerCase() as IceUrl['scheme']
  return { scheme: known, host, port: Number(port ?? (secure ? 5349 : 3478)), transport: secure ? 'tls' : transport === 'tcp' ? 'tcp' : 'udp' }
}

export async function checkIceServers(config: IceConfig, publicAddress: string | undefined): Promise<Finding[]> {
  const [first] = iceServersFor(config, 'doctor', Date.now()).filter(({ urls }) => urls.some((url) => url.startsWith('turn')))
  const credential = { username: first?.username ?? '', password: first?.credential ?? '' }
  const findings = await Promise.all([
    ...config.stunUrls.map((url) => checkStun(url, publicAddress)),
    ...config.turnUrls.map((url) => checkTurn(url, credential, config.turnSecret !== undefined)),
  ])
  if (findings.length > 0) return findings
  return [ok('turn', 'none configured: viewers whose network blocks UDP to this machine get their picture over the WebSocket')]
}

async function checkStun(url: string, publicAddress: string | undefined): Promise<Finding> {
  const check = `stun ${url}`
  return asked(url, check, async (ask) => {
    const { mapped } = await ask(stunRequest(STUN.binding))
    if (mapped === null) return fail(check, 'it answers, but not with our address', 'Is it a STUN server?')
    const seen = mapped.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
    if (publicAddress !== undefined && seen !== publicAddress)
      return warn(
        check,
        `it sees this machine at ${seen}, but TANDEM_PUBLIC_ADDRESS is ${publicAddress}`,
        'Set TANDEM_PUBLIC_ADDRESS to the address that the internet sees.',
      )
    return ok(check, `it sees this machine at ${seen}`)
  })
}

async function checkTurn(url: string, { username, password }: { username: string; password: string }, isSecret: boolean): Promise<Finding> {
  const check = `turn ${url}`
  return asked(url, check, async (ask) => {
    const challenge = await ask(stunRequest(STUN.allocate))
    if (challenge.error?.code !== 401 || challenge.realm === null || challenge.nonce === null) {
      if (challenge.kind === 'success') return warn(check, 'it relays for anybody, without credentials', 'Configure credentials on the TURN server.')
      return fail(check, `it refuses: ${said(challenge)}`, 'Look at the log of the TURN server.')
    }
    const credential = { username, password, realm: challenge.realm, nonce: challenge.nonce }
    const answer = await ask(stunRequest(STUN.allocate, { credential }))
    if (answer.kind === 'error') {
      const fix = isSecret
        ? "TURN_SECRET must be the server's `static-auth-secret`, and the clocks of both machines right."
        : 'Correct TURN_USERNAME and TURN_CREDENTIAL.'
      return fail(check, `it refuses our credentials: ${said(answer)}`, answer.error?.code === 401 ? fix : 'Look at the log of the TURN server.')
    }
    // Gives the relayed port back.
    await ask(stunRequest(STUN.refresh, { credential, lifetimeS: 0 })).catch(() => undefined)
    return ok(check, `it took the credentials and relays from ${answer.relayed ?? 'an address that it does not tell'}`)
  })
}

const said = ({ error }: StunAnswer): string => (error ? `${error.code} ${error.reason}` : 'without a reason')

async function asked(url: string, check: string, questions: (ask: Ask) => Promise<Finding>): Promise<Finding> {
  const server = readIceUrl(url)
  if (!server) return fail(check, 'not an address of such a server', 'Write it as `turn:turn.example.com:3478?transport=udp`.')
  const fix = 'See that the server runs and that firewalls let this port through.'
  try {
    const { address, family } = await within(ANSWER_MS, lookup(server.host))
    const open = server.transport === 'udp' ? overUdp(address, family, server.port) : await overTcp(server, address)
    try {
      return await questions(open.ask)
    } finally {
      open.close()
    }
  } catch (error) {
    const words = wordsOf(error)
    if (/certificate|self.signed|altname/i.test(words))
      return fail(
        check,
        `its certificate is not trusted: ${words}`,
        'Give the TURN server a certificate of a public authority for this name: browsers refuse others.',
      )
    return fail(check, `not reached over ${server.transport.toUpperCase()}: ${words}`, fix)
  }
}

function overUdp(address: string, family: number, port: number): { ask: Ask; close: () => void } {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  return {
    ask: ({ bytes, transaction }) => {
      let again: NodeJS.Timeout | undefined
      const answer = new Promise<StunAnswer>((resolve, reject) => {
        const send = (): void => socket.send(bytes, port, address, (error) => error && reject(error))
        socket.on('message', (message) => {
          const read = readStun(message)
          if (read?.transaction === transaction) resolve(read)
        })
        socket.once('error', reject)
        again = setInterval(send, RESEND_MS)
        send()
      })
      return within(ANSWER_MS, answer).finally(() => clearInterval(again))
    },
    close: () => socket.close(),
  }
}

async function overTcp({ host, port, transport }: IceUrl, address: string): Promise<{ ask: Ask; close: () => void }> {
  const socket =
    transport === 'tls' ? connectTls({ host: address, port, servername: /^[\d.:]+$/.test(host) ? undefined : host }) : connect({ host: address, port })
  const opened = new Promise<void>((resolve, reject) => socket.once(transport === 'tls' ? 'secureConnect' : 'connect', resolve).once('error', reject))
  const close = (): void => void socket.destroy()
  try {
    await within(ANSWER_MS, opened)
  } catch (error) {
    close()
    throw error
  }
  let received = Buffer.alloc(0)
  return {
    ask: ({ bytes, transaction }) => {
      received = Buffer.alloc(0)
      const answer = new Promise<StunAnswer>((resolve, reject) => {
        socket.on('data', (chunk: Buffer) => {
          received = Buffer.concat([received, chunk])
          const read = readStun(received)
          if (read?.transaction === transaction) resolve(read)
        })
        socket.once('error', reject).once('close', () => reject(new Error('it closed the connection')))
        socket.write(bytes)
      })
      return within(ANSWER_MS, answer)
    },
    close,
  }
}
