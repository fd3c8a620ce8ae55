/** What runs in the page of tests/rooms/viewer.test.ts: a video over the window, out of a room joined by livekit-client, and an InputCapture over it. */
import { AgentSessionRoom, confirmInputEvent, InputCapture, LatencyPing, readTopic, sendInputEvent, sendNavigate, sendText } from '@tandem/client/rooms'
import type { LiveKitInfo } from '@tandem/client/rooms'
import { Room, RoomEvent } from 'livekit-client'

class RoomBench {
  readonly video = Object.assign(document.createElement('video'), { muted: true, autoplay: true, playsInline: true })
  readonly topics: object[] = []
  readonly failures: string[] = []
  kept: AgentSessionRoom | null = null
  plain: Room | null = null
  ping: LatencyPing | null = null
  infos: LiveKitInfo[] = []
  #capture: InputCapture | null = null

  constructor() {
    this.video.style.cssText = 'position:fixed;inset:0;width:100vw;height:100vh;object-fit:contain;background:#000'
    document.body.append(this.video)
  }

  /** As the rooms dialect's guide has it: livekit-client alone. */
  async watch(info: LiveKitInfo): Promise<void> {
    const room = new Room({ adaptiveStream: true, dynacast: true })
    room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === 'video') track.attach(this.video)
    })
    this.#listen(room)
    await room.connect(info.ws_url, info.token)
    this.plain = room
  }

  /** One JSON object a packet, as anybody would write it. */
  async publish(packet: object, reliable = true): Promise<void> {
    await this.plain?.localParticipant.publishData(new TextEncoder().encode(JSON.stringify(packet)), { reliable })
  }

  /** By our own SDK. `infoUrl`: where join info is had, by POST. */
  keep(infoUrl: string, apiKey: string): void {
    const kept = new AgentSessionRoom(async () => {
      const answer = await fetch(infoUrl, { method: 'POST', headers: { authorization: `Bearer ${apiKey}` } })
      if (!answer.ok) throw new Error(`join info: ${answer.status}`)
      const info: LiveKitInfo = await answer.json()
      this.infos.push(info)
      return info
    })
    this.kept = kept
    this.#listen(kept.room)
    kept.subscribe(() => {
      const { video } = kept.snapshot
      if (video && this.video.srcObject !== video) this.video.srcObject = video
    })
    this.ping = new LatencyPing(kept.room)
    this.ping.start()
  }

  capture(mode: 'touch' | 'mouse', frame: { width: number; height: number }): void {
    const { kept } = this
    if (!kept) throw new Error('keep first')
    this.#capture?.close()
    this.#capture = new InputCapture({
      element: this.video,
      mode,
      frame: () => frame,
      canSend: () => kept.snapshot.driving,
      send: (event, options) => void sendInputEvent(kept.room, event, options).catch((error: unknown) => this.failures.push(String(error))),
    })
  }

  navigate(url: string): Promise<void> {
    return sendNavigate(this.#room(), url)
  }

  text(text: string): Promise<string> {
    return sendText(this.#room(), text)
  }

  tap(x: number, y: number): Promise<string> {
    return confirmInputEvent(this.#room(), { type: 'tap', x, y })
  }

  pixel(x: number, y: number): number[] | null {
    const { video } = this
    if (video.videoWidth < 3) return null
    const canvas = new OffscreenCanvas(1, 1)
    const context = canvas.getContext('2d')
    context?.drawImage(video, x * video.videoWidth, y * video.videoHeight, 1, 1, 0, 0, 1, 1)
    return [...(context?.getImageData(0, 0, 1, 1).data.slice(0, 3) ?? [])]
  }

  /** For whoever reads of a failure. */
  facts(): object {
    const { topics, failures, kept, plain, ping } = this
    return { topics, failures, snapshot: kept && { ...kept.snapshot, video: kept.snapshot.video !== null }, plain: plain?.state, ping: ping?.state }
  }

  #room(): Room {
    const room = this.kept?.room ?? this.plain
    if (!room) throw new Error('join first')
    return room
  }

  #listen(room: Room): void {
    room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
      const told = readTopic(payload, participant, topic)
      this.topics.push(told ?? { from: participant?.identity, text: new TextDecoder().decode(payload) })
    })
  }
}

declare global {
  var rooms: RoomBench
}

globalThis.rooms = new RoomBench()
// ViewerBrowser waits for it.
Object.assign(globalThis, { bench: globalThis.rooms })
