/** The picture and the sound of a room, fitted with letterbox, and the sign over them whenever they are not the present. */
import { useEffect, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import type { Sign } from '@tandem/client'
import type { AgentSessionRoomSnapshot } from '@tandem/client/rooms'
import { SignCard } from '../StatusSign.tsx'

interface RoomPictureProps {
  snapshot: AgentSessionRoomSnapshot
  host: RefObject<HTMLVideoElement | null>
  frame: { width: number; height: number }
  muted: boolean
  /** The page's own cursor, while this page drives. */
  steering: boolean
}

export function RoomPicture({ snapshot, host, frame, muted, steering }: RoomPictureProps): ReactNode {
  const { video, audio, cursor } = snapshot
  const sound = useRef<HTMLAudioElement>(null)
  const [shown, setShown] = useState<MediaStream | null>(null)
  useEffect(() => {
    // The last picture stays under the sign until there is another stream.
    if (video) play(host.current, video)
  }, [host, video])
  useEffect(() => {
    play(sound.current, audio)
  }, [audio])
  const ratio = frame.width / frame.height
  const fitted = { aspectRatio: `${frame.width} / ${frame.height}`, width: `min(100cqw, calc(100cqh * ${ratio}))` }
  const sign = signOf(snapshot, video !== null && shown === video)
  return (
    <div className="tandem-stage">
      <div className="tandem-picture" style={fitted}>
        <div className="tandem-host">
          <video
            ref={host}
            className="tandem-video"
            style={steering && /^[a-z-]{2,20}$/.test(cursor) ? { cursor } : undefined}
            aria-label="The remote page"
            autoPlay
            playsInline
            muted
            disablePictureInPicture
            onPlaying={() => setShown(video)}
            onLoadedData={() => setShown(video)}
          />
          {/* Sound of a web page has no captions. */}
          <audio ref={sound} autoPlay muted={muted} />
        </div>
      </div>
      {sign !== null && <SignCard sign={sign} />}
    </div>
  )
}

function play(element: HTMLMediaElement | null, stream: MediaStream | null): void {
  if (element) element.srcObject = stream
}

function signOf({ connection, hidden, ended, stalled }: AgentSessionRoomSnapshot, shown: boolean): Sign | null {
  if (ended) return { kind: 'ended', title: 'The view has ended', reason: connection.kind === 'error' ? connection.message : '' }
  if (connection.kind === 'error') return { kind: 'stalled', title: 'No connection', reason: `${connection.message} Trying again.` }
  if (connection.kind === 'disconnected') return { kind: 'ended', title: 'Disconnected', reason: 'This page has left the room.' }
  if (connection.kind === 'reconnecting') return { kind: 'stalled', title: 'Reconnecting', reason: 'What you see is old. The view goes on by itself.' }
  if (connection.kind !== 'connected') return { kind: 'connecting', title: 'Connecting', reason: 'Joining the room.' }
  if (hidden) return { kind: 'hidden', title: 'Hidden for privacy', reason: 'Somebody types a secret. The picture comes back afterwards.' }
  if (stalled !== null) return { kind: 'stalled', title: 'The picture has stopped', reason: stalled }
  return shown ? null : { kind: 'connecting', title: 'Connecting', reason: 'Waiting for the first picture.' }
}
