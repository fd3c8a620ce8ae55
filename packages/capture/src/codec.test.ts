import { describe, expect, it } from 'vitest'
import { CodecChoice, type Sending } from './codec.ts'

const BOTH = ['video/AV1', 'video/VP8']
const PIXELS = 1280 * 720
const text: Sending = { codecs: BOTH, codec: 'video/AV1', fps: 60, encodeMs: 3.5, bytesPerFrame: 400, pixels: PIXELS, limitation: 'none' }
const motion: Sending = { ...text, encodeMs: 17, bytesPerFrame: 10_000 }

function decide(choice: CodecChoice, sending: Sending, seconds: number): ReturnType<CodecChoice['decide']> {
  let last: ReturnType<CodecChoice['decide']> = null
  for (let i = 0; i < seconds; i++) last = choice.decide(sending)
  return last
}

describe('codec by content', () => {
  it('text is sent in AV1', () => {
    expect(decide(new CodecChoice(), text, 10)).toEqual({ codec: 'video/AV1', reason: 'text' })
  })

  it('motion moves to VP8 after two seconds, not at the first large frame', () => {
    const choice = new CodecChoice()
    expect(decide(choice, motion, 1)).toMatchObject({ codec: 'video/AV1' })
    expect(decide(choice, motion, 1)).toEqual({ codec: 'video/VP8', reason: 'motion' })
  })

  it('an encoder that the machine cannot carry moves to VP8 whatever the size of its frames', () => {
    expect(decide(new CodecChoice(), { ...text, limitation: 'cpu' }, 2)).toMatchObject({ codec: 'video/VP8' })
  })

  it('a second in which a slow encoder gave no frame at all is no rest', () => {
    const choice = new CodecChoice()
    expect(decide(choice, { ...motion, fps: 20, encodeMs: 0, bytesPerFrame: 0, limitation: 'cpu' }, 2)).toMatchObject({ codec: 'video/VP8' })
    expect(decide(choice, { ...motion, codec: 'video/VP8', fps: 20, bytesPerFrame: 0, limitation: 'cpu' }, 10)).toMatchObject({ codec: 'video/VP8' })
  })

  it('text in VP8 returns to AV1, slowly', () => {
    const choice = new CodecChoice()
    decide(choice, motion, 2)
    const textInVp8 = { ...text, codec: 'video/VP8', bytesPerFrame: 3_600 }
    expect(decide(choice, textInVp8, 4)).toMatchObject({ codec: 'video/VP8' })
    expect(decide(choice, textInVp8, 1)).toEqual({ codec: 'video/AV1', reason: 'text' })
  })

  it('motion in VP8 stays in VP8', () => {
    const choice = new CodecChoice()
    decide(choice, motion, 2)
    expect(decide(choice, { ...motion, codec: 'video/VP8', bytesPerFrame: 9_400 }, 60)).toMatchObject({ codec: 'video/VP8' })
  })

  it('a page that rests after motion returns to AV1', () => {
    const choice = new CodecChoice()
    decide(choice, motion, 2)
    expect(decide(choice, { ...motion, codec: 'video/VP8', fps: 0, bytesPerFrame: 0 }, 5)).toMatchObject({ codec: 'video/AV1' })
  })

  it('content between the two does not go back and forth', () => {
    const choice = new CodecChoice()
    const codecs = new Set<string | undefined>()
    let codec = 'video/AV1'
    for (let i = 0; i < 60; i++) {
      codec = choice.decide({ ...text, codec, bytesPerFrame: codec === 'video/AV1' ? 4_000 : 6_000 })?.codec ?? codec
      codecs.add(codec)
    }
    expect([...codecs]).toEqual(['video/AV1'])
  })

  it('a viewer that cannot decode the wanted codec gets its next best, and is named as the reason', () => {
    expect(decide(new CodecChoice(), { ...text, codecs: ['video/VP8', 'video/H264'] }, 1)).toEqual({ codec: 'video/VP8', reason: 'viewer' })
    expect(decide(new CodecChoice(), { ...text, codecs: ['video/H264'] }, 1)).toEqual({ codec: 'video/H264', reason: 'viewer' })
    expect(decide(new CodecChoice(), { ...text, codecs: [] }, 1)).toBeNull()
  })

  it('motion over a network that became narrow moves to AV1 in two seconds, though AV1 is slow', () => {
    const choice = new CodecChoice()
    decide(choice, motion, 2)
    const narrow: Sending = { ...motion, codec: 'video/VP8', fps: 4, limitation: 'bandwidth' }
    expect(decide(choice, narrow, 1)).toMatchObject({ codec: 'video/VP8' })
    expect(decide(choice, narrow, 1)).toMatchObject({ codec: 'video/AV1' })
    expect(decide(choice, { ...motion, bytesPerFrame: 2_500 }, 5)).toMatchObject({ codec: 'video/AV1' })
  })

  it('on a narrow network VP8 is tried again, less and less often', () => {
    const choice = new CodecChoice()
    decide(choice, motion, 2)
    let tries = 0
    let codec = 'video/VP8'
    for (let second = 0; second < 120; second++) {
      const next = choice.decide({ ...motion, codec, limitation: 'bandwidth' })?.codec ?? codec
      if (next === 'video/VP8' && codec !== next) tries++
      codec = next
    }
    expect(tries).toBeGreaterThan(2)
    expect(tries).toBeLessThan(8)
  })

  it('a machine that AV1 is too much for keeps VP8 on a narrow network', () => {
    const choice = new CodecChoice()
    decide(choice, motion, 2)
    decide(choice, { ...motion, codec: 'video/VP8', limitation: 'bandwidth' }, 2)
    expect(decide(choice, { ...motion, encodeMs: 60, limitation: 'bandwidth' }, 2)).toMatchObject({ codec: 'video/VP8' })
  })
})
