import { describe, expect, it } from 'vitest'
import { bitrateFor, encoderConfig, mimeTypesOf, sizeFor } from './encodeSettings.ts'

describe('the settings of the shared encode', () => {
  it('keep the proportions of the picture, never enlarge it, and are even', () => {
    expect(sizeFor({ width: 1280, height: 720 }, 'low')).toEqual({ width: 640, height: 360 })
    expect(sizeFor({ width: 1280, height: 720 }, 'high')).toEqual({ width: 1280, height: 720 })
    expect(sizeFor({ width: 801, height: 601 }, 'auto')).toEqual({ width: 802, height: 602 })
    expect(sizeFor({ width: 400, height: 300 }, 'medium')).toEqual({ width: 400, height: 300 })
    expect(sizeFor({ width: 1000, height: 1000 }, 'low')).toEqual({ width: 360, height: 360 })
  })

  it('give a phone held upright as many pixels as one that lies', () => {
    expect(sizeFor({ width: 1206, height: 2622 }, 'low')).toEqual({ width: 294, height: 640 })
  })

  it('take the bitrate of the quality, and by the size of the picture where nothing is said', () => {
    expect(bitrateFor({ width: 1280, height: 720 }, 'low')).toBe(500_000)
    expect(bitrateFor({ width: 1280, height: 720 }, 'high')).toBe(3_000_000)
    const [small, usual, large] = [
      bitrateFor({ width: 320, height: 180 }, 'auto'),
      bitrateFor({ width: 1280, height: 720 }, 'auto'),
      bitrateFor({ width: 3840, height: 2160 }, 'auto'),
    ]
    expect(small).toBeLessThan(usual)
    expect(large).toBeGreaterThan(usual)
    expect(large).toBeLessThanOrEqual(12_000_000)
  })

  it('name a level of AV1 that has room for the picture at 60 frames a second', () => {
    expect(encoderConfig('video/AV1', { width: 1280, height: 720 }, 1).codec).toBe('av01.0.08M.08')
    expect(encoderConfig('video/AV1', { width: 1920, height: 1080 }, 1).codec).toBe('av01.0.09M.08')
    expect(encoderConfig('video/AV1', { width: 1206, height: 2622 }, 1).codec).toBe('av01.0.12M.08')
    expect(encoderConfig('video/VP8', { width: 1280, height: 720 }, 1).codec).toBe('vp8')
  })

  it('know the codecs that viewers name, with a profile or without, and leave out what we do not encode', () => {
    expect(mimeTypesOf(['av01.0.08M.08', 'avc1.42E01F', 'vp8'])).toEqual(['video/AV1', 'video/VP8'])
    expect(mimeTypesOf(['hvc1'])).toEqual([])
  })
})
