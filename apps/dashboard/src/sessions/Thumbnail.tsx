import { useState } from 'react'
import type { ReactNode } from 'react'
import { AppWindow } from 'lucide-react'
import type { AgentSession } from '@tandem/client'
import { age } from '../format.ts'

/** Older than this it says so: it may no longer be what the page looks like. */
const FRESH_MS = 30_000

interface ThumbnailProps {
  thumbnail: NonNullable<AgentSession['thumbnail']> | null
  name: string
  now: number
}

/** The session's small picture; loaded when the row is in sight, and the one before stays until the next is there. */
export function Thumbnail({ thumbnail, name, now }: ThumbnailProps): ReactNode {
  const [broken, setBroken] = useState<string | null>(null)
  const shown = thumbnail !== null && thumbnail.at !== broken ? thumbnail : null
  const old = shown !== null && now - Date.parse(shown.at) > FRESH_MS
  return (
    <div className="relative grid h-[46px] w-[72px] place-items-center overflow-hidden rounded-lg bg-sunken shadow-[inset_0_0_0_1px_var(--line)] sm:h-[54px] sm:w-24">
      {shown === null ? (
        <AppWindow className="size-4 text-faint" aria-hidden="true" />
      ) : (
        <>
          <img
            src={`${shown.url}?at=${encodeURIComponent(shown.at)}`}
            alt={`What ${name} shows`}
            loading="lazy"
            decoding="async"
            width={96}
            height={54}
            className={`size-full object-cover object-top transition-[filter] ${old ? 'saturate-50' : ''}`}
            onError={() => setBroken(shown.at)}
          />
          <span className="pointer-events-none absolute inset-0 rounded-lg shadow-[inset_0_0_0_1px_rgb(0_0_0/0.12)]" />
          {old && (
            <span
              className="absolute top-1 left-1 rounded bg-black/65 px-1 text-[10px] leading-4 font-medium text-white tabular-nums"
              title={`Drawn ${new Date(shown.at).toLocaleTimeString()}`}
            >
              {age(shown.at, now)}
            </span>
          )}
        </>
      )}
    </div>
  )
}
