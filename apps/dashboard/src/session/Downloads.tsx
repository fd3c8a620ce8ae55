/** What the live browser has downloaded: progress, and a way to keep it. */
import type { ReactNode } from 'react'
import { Download as DownloadIcon, File } from 'lucide-react'
import type { Download } from '@tandem/client'
import { tandem } from '../api.ts'
import { bytes } from '../format.ts'
import { reportFailure } from '../toasts.ts'
import { IconButton } from '../ui/Button.tsx'
import { Popover } from '../ui/Popover.tsx'
import { useSession } from './context.ts'

/** A browser reads the object URL after the click, some only in their own time. */
const URL_KEPT_MS = 60_000

export function Downloads(): ReactNode {
  const { snapshot, phone } = useSession()
  const { downloads } = snapshot
  if (downloads.length === 0) return null
  const running = downloads.filter((download) => download.state === 'in-progress').length
  return (
    <Popover
      label="Downloads"
      side="top"
      className="w-80"
      trigger={
        <IconButton label={running > 0 ? `Downloads, ${running} running` : 'Downloads'} size={phone ? 'lg' : 'md'} className="relative">
          <DownloadIcon />
          {running > 0 && <span className="absolute top-1 right-1 size-2 rounded-full bg-agent ring-2 ring-panel" />}
        </IconButton>
      }
    >
      <ul className="p-1.5">
        {[...downloads].reverse().map((download) => (
          <DownloadRow key={download.id} download={download} />
        ))}
      </ul>
    </Popover>
  )
}

function DownloadRow({ download }: { download: Download }): ReactNode {
  const { session, identity } = useSession()
  const { state, received_bytes: received, total_bytes: total } = download
  const save = async (): Promise<void> => {
    const response = await tandem(identity.token).sessions.download(session.id, download.id)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = download.name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), URL_KEPT_MS)
  }
  const status = {
    'in-progress': total === null ? bytes(received) : `${bytes(received)} of ${bytes(total)}`,
    completed: bytes(total ?? received),
    cancelled: 'Cancelled',
  }[state]
  return (
    <li className="flex min-h-12 items-center gap-2.5 rounded-lg px-2 py-1.5">
      <File className="size-4 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <div className="truncate font-medium" title={download.name}>
          {download.name}
        </div>
        <div className="text-xs text-muted tabular-nums">{status}</div>
        {state === 'in-progress' && total !== null && total > 0 && (
          <div className="mt-1 h-1 overflow-hidden rounded-full bg-active">
            <div className="h-full rounded-full bg-agent" style={{ width: `${Math.min(100, (received / total) * 100)}%` }} />
          </div>
        )}
      </div>
      {state === 'completed' && (
        <IconButton label={`Save ${download.name}`} onClick={() => reportFailure(save())}>
          <DownloadIcon />
        </IconButton>
      )}
    </li>
  )
}
