/**
 * The capture page's entry: wires picture and outlets, takes the server's commands (`globalThis.tandem`) and says when
 * it is ready. The contract is protocol/src/capture.ts; the other side browser/src/capturePage.ts.
 */
import { RAW_OUTLET, ROOM_OUTLET, SHARED_ENCODE, type CapturePageCommands, type EncodeOptions, type RawOptions, type RoomOptions } from '@tandem/protocol'
import { emit, log, reasonOf } from './emit.ts'
import { SharedEncode } from './encoder.ts'
import type { Outlet } from './outlet.ts'
import { Peer } from './peer.ts'
import { Picture } from './picture.ts'
import { platform } from './platform.ts'
import { QuietFrame } from './quietFrame.ts'
import type { RoomOutlet } from './room.ts'
import { RawFrames } from './rawFrames.ts'
import { decodeJpeg } from './screencast.ts'
import { Stats } from './stats.ts'
import { Thumbnails } from './thumbnails.ts'
import { Wire } from './wire.ts'

const outlets = new Map<string, Outlet>()
const wire = new Wire()

const picture = new Picture({
  changed: (source) => {
    for (const outlet of outlets.values()) outlet.setSource(source)
    thumbnails.reset()
    quietFrame.watch(source)
    stats.sourceChanged()
  },
  ended: (tabId, reason) => emit({ type: 'ended', tabId, reason }),
  stuck: (tabId, reason) => emit({ type: 'stuck', tabId, reason }),
})

const thumbnails = new Thumbnails(wire, () => {
  if (picture.source) quietFrame.refresh(picture.source)
})
const quietFrame = new QuietFrame((frame) => thumbnails.see(frame))
const stats = new Stats({ outlets, quietFrame, source: () => picture.source, encode: sharedEncode })

/** What is wanted, and what there is: the room's part of the page is loaded in between. */
let wantedRoom: RoomOptions | null = null
let joined: RoomOutlet | null = null
let roomAudience: string[] | null = null
/** Whoever has a room made comes into it soon, and finds the tab captured. */
const ROOM_EXPECT_MS = 10_000

/** A capture takes some tenths of a second to begin: it may be there before the viewer is. */
let expecting: ReturnType<typeof setTimeout> | undefined

function watchersChanged(): Promise<void> {
  const watched = [...outlets.values()].some((outlet) => outlet.watching)
  stats.setWatched(watched)
  return picture.setWatched(watched || expecting !== undefined)
}

function expect(ms: number): Promise<void> {
  clearTimeout(expecting)
  expecting = setTimeout(() => {
    expecting = undefined
    void watchersChanged()
  }, ms)
  return watchersChanged()
}

function outletOf(id: string): Outlet {
  const outlet = outlets.get(id)
  if (!outlet) throw new Error('media/no-peer')
  return outlet
}

function peerOf(id: string): Peer {
  const outlet = outletOf(id)
  if (!(outlet instanceof Peer)) throw new Error('media/no-peer')
  return outlet
}

function sharedEncode(): SharedEncode | null {
  const outlet = outlets.get(SHARED_ENCODE)
  return outlet instanceof SharedEncode ? outlet : null
}

function add<O extends Outlet>(outlet: O): O {
  outlets.set(outlet.id, outlet)
  outlet.setSource(picture.source)
  void watchersChanged()
  return outlet
}

function remove(id: string): void {
  outlets.get(id)?.close()
  outlets.delete(id)
  void watchersChanged()
}

function encode(options: EncodeOptions | null): void {
  const running = sharedEncode()
  if (options === null) remove(SHARED_ENCODE)
  else if (running) running.change(options)
  else add(new SharedEncode(options, wire, () => void watchersChanged()))
}

function raw(options: RawOptions | null): void {
  const running = outlets.get(RAW_OUTLET)
  if (options === null) remove(RAW_OUTLET)
  else if (running instanceof RawFrames) running.change(options)
  else add(new RawFrames(options, wire, () => void watchersChanged()))
}

async function room(options: RoomOptions | null): Promise<void> {
  wantedRoom = options
  if (options === null) {
    joined = null
    roomAudience = null
    return remove(ROOM_OUTLET)
  }
  if (!joined) roomAudience = options.audience ?? null
  const { RoomOutlet } = await import('./room.ts')
  if (wantedRoom !== options) return
  if (joined) return joined.change(options)
  joined = add(new RoomOutlet(options, roomAudience, () => void watchersChanged()))
  // It only begins to connect: nothing was sent yet.
  joined.blank(options.blank ?? false)
  void expect(ROOM_EXPECT_MS)
}

const tandem: CapturePageCommands = {
  show: (target) => picture.show(target),
  frame: (frame) => picture.screencast?.push(frame),
  expect: ({ ms }) => expect(ms),
  connect: async (options) => {
    outlets.get(options.peerId)?.close()
    await add(new Peer(options, () => void watchersChanged())).offer()
  },
  answer: async ({ peerId, sdp }) => peerOf(peerId).answer(sdp),
  candidate: async ({ peerId, candidate }) => peerOf(peerId).candidate(candidate),
  restart: async ({ peerId, iceServers }) => peerOf(peerId).restart(iceServers),
  pause: async ({ peerId, paused }) => outletOf(peerId).pause(paused),
  blank: async ({ peerId, blank }) => outletOf(peerId).blank(blank),
  quality: async ({ peerId, quality }) => outletOf(peerId).setQuality(quality),
  disconnect: async ({ peerId }) => remove(peerId),
  quietFrame: async ({ allow }) => quietFrame.allow(allow),
  encode: async (options) => encode(options),
  raw: async (options) => raw(options),
  keyFrame: async () => sharedEncode()?.keyFrame(),
  prepareRoom: async () => void (await import('./room.ts')),
  room,
  roomSend: async (packet) => joined?.send(packet),
  roomAudience: async ({ identities }) => {
    roomAudience = identities
    joined?.allow(identities)
  },
  ping: async () => ({ peers: [...outlets.values()].filter((outlet) => outlet instanceof Peer).length }),
  carry: ({ url }) => wire.carry(url),
  shrink: async ({ data, timestamp }) => {
    const bitmap = await decodeJpeg(data)
    await thumbnails.draw(bitmap, timestamp)
    bitmap.close()
  },
}

addEventListener('error', ({ message }) => log('error', message))
addEventListener('unhandledrejection', ({ reason }) => log('error', reasonOf(reason)))

platform.tandem = tandem
emit({ type: 'ready' })
