import { expect, it } from 'vitest'
import { withWishes } from './sdp.ts'

const ANSWER = [
  'v=0',
  'm=video 9 UDP/TLS/RTP/SAVPF 45 96 97',
  'a=rtpmap:45 AV1/90000',
  'a=fmtp:45 level-idx=5;profile=0;tier=0',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 9',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:9 G722/8000',
  '',
].join('\r\n')

it('gives each video codec its first bitrate and Opus its silence, and leaves the rest alone', () => {
  const lines = withWishes(ANSWER, { startKbps: 4_000 }).split('\r\n')
  const bitrate = 'x-google-start-bitrate=4000'
  expect(lines).toContain(`a=fmtp:45 level-idx=5;profile=0;tier=0;${bitrate}`)
  expect(lines).toContain(`a=fmtp:96 ${bitrate}`)
  expect(lines).toContain('a=fmtp:97 apt=96')
  expect(lines).toContain('a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;stereo=1')
  expect(lines.filter((line) => line.startsWith('a=fmtp:9 '))).toEqual([])
  expect(lines).toHaveLength(ANSWER.split('\r\n').length + 1)
})
