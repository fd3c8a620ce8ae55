/**
 * What viewers are told of the capture page's addresses. Behind 1:1 NAT the page knows its private ones alone; the
 * machine's public address has the same ports behind it, so each private candidate is told a second time with that.
 * The private ones stay: viewers on the same network take the short way. Pure; `peers.ts` calls it.
 */
import { isIPv4 } from 'node:net'
import type { Candidate } from '@tandem/protocol'

export interface CandidateRules {
  /** An offer of the capture page, as the viewer gets it. */
  offer(sdp: string): string
  /** What the viewer is told for one candidate; null ends the list. */
  trickled(candidate: Candidate | null): (Candidate | null)[]
}

/** As the capture page sees them. */
export const OWN_CANDIDATES: CandidateRules = { offer: (sdp) => sdp, trickled: (candidate) => [candidate] }

/** @param publicAddress the machine's address as the internet sees it; undefined: there is no NAT. */
export function candidateRules(publicAddress: string | undefined): CandidateRules {
  if (publicAddress === undefined) return OWN_CANDIDATES
  return {
    offer: (sdp) =>
      sdp.replace(/^a=(candidate:.*?)(\r?\n)/gm, (line, candidate: string, end: string) => {
        const mapped = mappedCandidate(candidate, publicAddress)
        return mapped === null || sdp.includes(`a=${mapped}`) ? line : `${line}a=${mapped}${end}`
      }),
    trickled(candidate) {
      if (candidate === null) return [null]
      const mapped = mappedCandidate(candidate.candidate, publicAddress)
      return mapped === null ? [candidate] : [candidate, { ...candidate, candidate: mapped }]
    },
  }
}

/** RFC 8839: `candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type> …` */
const CANDIDATE = /^candidate:(\S+) (\d+) (udp) (\d+) (\S+) (\d+) typ host(.*)$/i
/** RFC 8445, 5.1.2.2: what the network made of an address ranks below the address itself. */
const SERVER_REFLEXIVE = 100
const LOOPBACK_OR_LINK = /^(127\.|169\.254\.|::1$|fe80:)/i

/** The same socket as the outside reaches it: a server-reflexive candidate, as a STUN server on the way would have found it. */
function mappedCandidate(candidate: string, publicAddress: string): string | null {
  const [, foundation, component, transport, priority, address = '', port, rest] = CANDIDATE.exec(candidate) ?? []
  // A name (mDNS) says nothing of the family, and has no port that is ours to forward.
  if (rest === undefined || !/^[\d.]+$|:/.test(address) || isIPv4(address) !== isIPv4(publicAddress)) return null
  if (address === publicAddress || LOOPBACK_OR_LINK.test(address)) return null
  const ranked = SERVER_REFLEXIVE * 2 ** 24 + (Number(priority) % 2 ** 24)
  return `candidate:${foundation}9 ${component} ${transport} ${ranked} ${publicAddress} ${port} typ srflx raddr ${address} rport ${port}${rest}`
}
