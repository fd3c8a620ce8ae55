/** How the shared encode is set up for a picture: size, bitrate, codec string. Pure. */
import { QUALITY_LIMITS, type Quality } from '@tandem/protocol'

/** `auto`: nobody says what the viewers' networks give; a page in full motion takes this much at 1280x720. */
const AUTO_KBPS = 5_000
const AUTO_PIXELS = 1280 * 720
const MAX_KBPS = 12_000
const FRAME_RATE = 60

interface Size {
  width: number
  height: number
}

/** The codec as a peer's statistics call it, by the name that WebCodecs has for it. */
const MIME_TYPES: Record<string, string> = { av01: 'video/AV1', vp8: 'video/VP8' }

/** Of these WebCodecs names (`av01`, `vp8`, with a profile or without), those that we encode, as MIME types. */
export function mimeTypesOf(codecs: readonly string[]): string[] {
  return codecs.flatMap((codec) => MIME_TYPES[codec.split('.')[0] ?? ''] ?? [])
}

/** The picture keeps its proportions and is never enlarged; encoders want even numbers. */
export function sizeFor(picture: Size, quality: Quality): Size {
  if (quality === 'auto') return { width: even(picture.width), height: even(picture.height) }
  const { width, height } = QUALITY_LIMITS[quality]
  // A picture in portrait has the same number of pixels as one in landscape.
  const [maxWidth, maxHeight] = picture.width >= picture.height ? [width, height] : [height, width]
  const share = Math.min(1, maxWidth / picture.width, maxHeight / picture.height)
  return { width: even(picture.width * share), height: even(picture.height * share) }
}

export function bitrateFor(picture: Size, quality: Quality): number {
  if (quality !== 'auto') return QUALITY_LIMITS[quality].kbps * 1_000
  const share = (picture.width * picture.height) / AUTO_PIXELS
  return Math.round(Math.min(MAX_KBPS, AUTO_KBPS * Math.max(0.25, share)) * 1_000)
}

/** What WebCodecs is given to encode this. */
export function encoderConfig(mimeType: string, size: Size, bitrate: number): VideoEncoderConfig {
  return {
    codec: mimeType === 'video/AV1' ? av1Codec(size) : 'vp8',
    ...size,
    bitrate,
    bitrateMode: 'variable',
    framerate: FRAME_RATE,
    latencyMode: 'realtime',
    hardwareAcceleration: 'prefer-software',
    // For both kinds of page: with `motion` frames are larger and later, of moving pages too.
    contentHint: 'detail',
  }
}

/** The least level of AV1 that has room for the size at 60 frames a second: sequence level index, greatest picture in pixels. */
const LEVELS: readonly (readonly [string, number])[] = [
  ['08', 1_179_648],
  ['09', 2_228_224],
  ['12', 4_456_448],
  ['13', 8_912_896],
]

function av1Codec({ width, height }: Size): string {
  const [level] = LEVELS.find(([, pixels]) => width * height <= pixels) ?? ['16']
  return `av01.0.${level}M.08`
}

function even(value: number): number {
  return Math.max(2, Math.round(value / 2) * 2)
}
