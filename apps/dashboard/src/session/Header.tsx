/** The top bar: which session, who drives, who watches, how good the connection is, and everything else in one menu. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ArrowLeft, Check, CircleX, Ellipsis, Link2, ListTree, Plug, Share } from 'lucide-react'
import { navigate } from '../router.ts'
import { tandem } from '../api.ts'
import { MODES, modeLabel } from '../sessions/modes.ts'
import { sessionName } from '../sessions/SessionRow.tsx'
import { reportFailure, toast } from '../toasts.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { copyText } from '../clipboard.ts'
import { Logo } from '../ui/Logo.tsx'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../ui/Popover.tsx'
import { ThemeSwitch } from '../ui/ThemeSwitch.tsx'
import { ConnectDialog } from './ConnectDialog.tsx'
import { ConnectionBadge } from './ConnectionBadge.tsx'
import { useSession } from './context.ts'
import { DriverChip, DriverLine } from './DriverChip.tsx'
import { LayoutBadge } from './LayoutBadge.tsx'
import { ShareDialog } from './ShareDialog.tsx'
import { Viewers } from './Viewers.tsx'

type Open = 'share' | 'connect' | 'close' | null

export function Header({ timeline, onTimeline }: { timeline: boolean; onTimeline: () => void }): ReactNode {
  const { session, view, admin, phone, snapshot, identity } = useSession()
  const [open, setOpen] = useState<Open>(null)
  const name = sessionName(session)
  const cdpUrl = session.cdp?.ws_url
  const ended = snapshot.status === 'ended'
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line bg-panel px-2 pointer-coarse:h-14">
      {admin ? (
        <IconButton label="All sessions" onClick={() => navigate('/')}>
          <ArrowLeft />
        </IconButton>
      ) : (
        <span className="grid size-8 place-items-center">
          <Logo className="size-5" />
        </span>
      )}
      <div className="min-w-0 flex-1 px-1">
        <h1 className="truncate font-semibold tracking-[-0.01em]" title={name}>
          {name}
        </h1>
        {phone && !ended && (
          <div className="flex items-center gap-1.5">
            <DriverLine />
            <LayoutBadge />
          </div>
        )}
      </div>
      {!phone && (
        <>
          <span
            className="mr-1 hidden h-6 items-center rounded-md px-2 text-xs text-muted shadow-[inset_0_0_0_1px_var(--line)] md:inline-flex"
            title={MODES.find((entry) => entry.value === session.mode)?.text}
          >
            {modeLabel(session.mode)}
          </span>
          {!ended && <DriverChip onConnect={cdpUrl === undefined ? undefined : () => setOpen('connect')} />}
          <span className="mx-1.5 h-5 w-px bg-line" />
        </>
      )}
      {!phone && <LayoutBadge />}
      {!ended && <Viewers />}
      <ConnectionBadge />
      {!phone && (
        <>
          <IconButton label="Timeline" pressed={timeline} onClick={onTimeline}>
            <ListTree />
          </IconButton>
          {admin && (
            <Button kind="outline" icon={<Share />} onClick={() => setOpen('share')} disabled={ended} className="ml-1" data-action="share">
              Share
            </Button>
          )}
        </>
      )}
      <Menu
        trigger={
          <IconButton label="More" className="ml-0.5">
            <Ellipsis />
          </IconButton>
        }
      >
        {phone && (
          <>
            {admin && (
              <MenuItem icon={<Share />} disabled={ended} onSelect={() => setOpen('share')}>
                Share
              </MenuItem>
            )}
            <MenuItem icon={<ListTree />} onSelect={onTimeline}>
              Timeline
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        {cdpUrl !== undefined && (
          <>
            <MenuItem icon={<Plug />} onSelect={() => setOpen('connect')}>
              Connect an agent
            </MenuItem>
            <MenuItem icon={<Link2 />} onSelect={() => void copyText(cdpUrl).then((copied) => copied && toast('CDP address copied.'))}>
              Copy CDP address
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        {admin && !ended && (
          <>
            <MenuLabel>Mode</MenuLabel>
            {MODES.map((mode) => (
              <MenuItem
                key={mode.value}
                icon={mode.value === session.mode ? <Check className="text-ink" /> : <span className="block size-4" />}
                hint={mode.text}
                onSelect={() => reportFailure(view.call('session.setMode', { mode: mode.value }))}
              >
                {mode.label}
              </MenuItem>
            ))}
            <MenuSeparator />
          </>
        )}
        <div className="flex items-center justify-between gap-4 px-2 py-1">
          <span>Theme</span>
          <ThemeSwitch />
        </div>
        {admin && !ended && (
          <>
            <MenuSeparator />
            <MenuItem icon={<CircleX />} danger onSelect={() => setOpen('close')}>
              Close session
            </MenuItem>
          </>
        )}
      </Menu>
      {open === 'share' && <ShareDialog onClose={() => setOpen(null)} />}
      {open === 'connect' && cdpUrl !== undefined && <ConnectDialog cdpUrl={cdpUrl} onClose={() => setOpen(null)} />}
      {open === 'close' && (
        <Confirm
          title={`Close “${name}”?`}
          text="Its browser ends with everything that is open in it. Agents and viewers are disconnected. This cannot be undone."
          action="Close session"
          onConfirm={() => tandem(identity.token).sessions.close(session.id)}
          onClose={() => setOpen(null)}
        />
      )}
    </header>
  )
}
