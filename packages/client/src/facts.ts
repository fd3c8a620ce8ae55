/** What is judged twice a second: gathers the facts of socket, rungs and snapshot for status.ts and notes.ts, and makes of them what the snapshot says. */
import { wallNow } from './live/serverClock.ts'
import type { LiveSocket } from './live/socket.ts'
import { notesOf } from './notes.ts'
import { isHidden } from './pageEvents.ts'
import type { Picture } from './picture.ts'
import { decodableCodecs } from './players/codecs.ts'
import type { RungsOptions } from './players/rungs.ts'
import { judge } from './status.ts'
import type { LiveSnapshot } from './types.ts'

export class Facts {
  readonly #socket: LiveSocket
  readonly #snapshot: () => LiveSnapshot
  readonly #codecs = decodableCodecs()
  /** What the server said last of its own side. */
  serverStalled: string | null = null
  /** The session is over, or this viewer may not see it. */
  ended: { reason: string; code: string | null } | null = null
  #captureFpsSince = 0

  constructor(socket: LiveSocket, snapshot: () => LiveSnapshot) {
    this.#socket = socket
    this.#snapshot = snapshot
  }

  /** The server said hello: what it said before is of another time. */
  renew(): void {
    this.serverStalled = null
    this.#captureFpsSince = wallNow()
  }

  captureFps(fps: number): void {
    // Only a rise from rest counts anew: the page may have rested for long before it.
    if ((this.#snapshot().stream?.captureFps ?? 0) < 1 && fps >= 1) this.#captureFpsSince = wallNow()
  }

  /** Beside what the players know of themselves. */
  rung(): Omit<ReturnType<RungsOptions['facts']>, 'behindMs'> {
    const { stream, blanked, session } = this.#snapshot()
    return {
      now: wallNow(),
      socketHeardAt: this.#socket.heardAt || null,
      serverStalled: this.serverStalled,
      captureFps: stream?.captureFps ?? 0,
      captureFpsSince: this.#captureFpsSince,
      blanked: blanked !== null,
      sessionPaused: session?.status === 'paused',
    }
  }

  patch(picture: Picture): Partial<LiveSnapshot> {
    const snapshot = this.#snapshot()
    const { stream, muted, stats, route } = snapshot
    const { rungs } = picture
    const { state } = this.#socket
    const player = rungs.foremost
    const judgement = judge({
      ...this.rung(),
      behindMs: picture.behindMs,
      transport: player?.transport ?? null,
      player: {
        state: player?.state ?? 'none',
        why: rungs.trouble,
        frames: player?.frames ?? 0,
        lastMotionAt: player?.lastMotionAt ?? null,
        heardAt: rungs.heardAt,
      },
      socket: state.state,
      socketWhy: 'why' in state ? state.why : null,
      socketCode: 'code' in state ? (state.code ?? null) : null,
      socketSilentSince: this.#socket.silentSince,
      ended: this.ended ?? (state.state === 'closed' ? { reason: state.why, code: state.code } : null),
      impossible: rungs.impossible,
      off: !rungs.wanted,
      paused: picture.paused,
    })
    const transport = rungs.shown?.state === 'connected' ? rungs.shown.transport : null
    const rung = { transport: rungs.shown?.transport ?? null, why: rungs.why, forced: rungs.wish !== 'auto' }
    const notes = notesOf({
      stream,
      stats,
      rung,
      route,
      muted,
      hasAudio: picture.hasAudio && stream?.audio === true,
      hidden: isHidden(),
      codecs: this.#codecs,
      droppedLastSecond: picture.droppedLastSecond,
    })
    const before = snapshot.rung
    const sameNotes = notes.length === snapshot.notes.length && notes.every((note, index) => note === snapshot.notes[index])
    const sameRung = before.transport === rung.transport && before.why === rung.why && before.forced === rung.forced
    return {
      ...judgement,
      transport,
      quality: rungs.quality,
      ...(sameNotes ? {} : { notes }),
      ...(sameRung ? {} : { rung }),
      // A route is one of a peer's.
      ...(transport === 'webrtc' ? {} : { route: null }),
      // Nobody holds anything in a session that is over.
      ...(judgement.status === 'ended' ? { holding: false, steering: false } : {}),
    }
  }
}
