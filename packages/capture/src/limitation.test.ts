import { describe, expect, it } from 'vitest'
import { limitationOf, type Sent } from './limitation.ts'

const wide: Sent = { reported: 'none', codec: 'video/VP8', meanQp: 15, bps: 4_500_000, targetBps: 6_000_000, maxBps: 12_000_000 }

describe('limitation', () => {
  it('a fine picture within its share of the network is not limited', () => {
    expect(limitationOf(wide)).toBe('none')
  })

  it('what Chromium says goes first', () => {
    expect(limitationOf({ ...wide, reported: 'cpu', meanQp: 100, targetBps: 800_000, bps: 800_000 })).toBe('cpu')
  })

  it('coarse frames that take all there is are limited by the network', () => {
    expect(limitationOf({ ...wide, meanQp: 78, bps: 820_000, targetBps: 886_000 })).toBe('bandwidth')
    expect(limitationOf({ ...wide, codec: 'video/AV1', meanQp: 141, bps: 1_072_000, targetBps: 1_145_000 })).toBe('bandwidth')
  })

  it('coarse frames that leave room are not: the page is hard to encode', () => {
    expect(limitationOf({ ...wide, meanQp: 78, bps: 2_000_000 })).toBe('none')
  })

  it('an encoder that sends far more than the network takes is limited before its frames are coarse', () => {
    expect(limitationOf({ ...wide, bps: 4_993_000, targetBps: 668_000 })).toBe('bandwidth')
  })

  it('a picture that takes the most that we allow is not limited by the network', () => {
    expect(limitationOf({ ...wide, meanQp: 78, bps: 12_000_000, targetBps: 12_000_000 })).toBe('none')
    expect(limitationOf({ ...wide, meanQp: 78, targetBps: null })).toBe('none')
  })
})
