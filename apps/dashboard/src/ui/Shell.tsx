/** The frame of all pages but the session's: where one is, where else one can go, theme and sign-out. */
import type { MouseEvent, ReactNode } from 'react'
import { CloudOff, LogOut } from 'lucide-react'
import { logout } from '../auth.ts'
import { hrefOf } from '../base.ts'
import { navigate } from '../router.ts'
import { reportFailure } from '../toasts.ts'
import { IconButton } from './Button.tsx'
import { Logo } from './Logo.tsx'
import { ThemeSwitch } from './ThemeSwitch.tsx'

export type Place = 'sessions' | 'profiles' | 'keys' | 'webhooks' | 'nodes' | 'audit'

const PLACES: readonly { value: Place; label: string; path: string }[] = [
  { value: 'sessions', label: 'Sessions', path: '/' },
  { value: 'profiles', label: 'Profiles', path: '/profiles' },
  { value: 'keys', label: 'API keys', path: '/keys' },
  { value: 'webhooks', label: 'Webhooks', path: '/webhooks' },
  { value: 'nodes', label: 'Nodes', path: '/nodes' },
  { value: 'audit', label: 'Audit log', path: '/audit' },
]

/** What every page of the shell is given. */
export interface PageProps {
  onShut: (error: unknown) => void
  onSignedOut: () => void
}

interface ShellProps {
  place: Place
  title: string
  /** Beside the title: filters. */
  tools?: ReactNode
  /** At the right: the page's main button. */
  action?: ReactNode
  /** One sentence that says what this page is for. */
  intro?: ReactNode
  problem: string | null
  onSignedOut: () => void
  children: ReactNode
}

export function Shell({ place, title, tools, action, intro, problem, onSignedOut, children }: ShellProps): ReactNode {
  return (
    <div className="mx-auto flex min-h-full max-w-[1040px] flex-col px-4 pb-[max(24px,env(safe-area-inset-bottom))] sm:px-6">
      <header className="flex flex-wrap items-center gap-x-2.5 pt-2 sm:h-14 sm:flex-nowrap sm:pt-0">
        <Logo />
        <span className="text-[15px] font-semibold tracking-[-0.02em]">Tandem</span>
        <Places place={place} />
        <span className="flex-1" />
        <ThemeSwitch />
        <IconButton label="Sign out" onClick={() => reportFailure(logout().then(onSignedOut))}>
          <LogOut />
        </IconButton>
      </header>
      <main className="flex flex-1 flex-col">
        <div className="flex min-h-[68px] flex-wrap items-center gap-3 pt-5 pb-4">
          <h1 className="text-xl leading-7 font-semibold tracking-[-0.02em]">{title}</h1>
          {tools}
          <span className="flex-1" />
          {action}
        </div>
        {intro !== undefined && <p className="-mt-2 mb-4 max-w-[640px] text-muted text-pretty">{intro}</p>}
        {problem !== null && (
          <div role="status" className="mb-3 flex items-center gap-2.5 rounded-lg bg-warn-soft px-3 py-2 text-warn">
            <CloudOff className="size-4 shrink-0" />
            <span className="min-w-0 flex-1">{problem} The list is from before; trying again.</span>
          </div>
        )}
        {children}
      </main>
    </div>
  )
}

/** Below the name on a phone, beside it elsewhere. */
function Places({ place }: { place: Place }): ReactNode {
  const go = (event: MouseEvent, path: string): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    navigate(path)
  }
  return (
    <nav
      aria-label="Pages"
      className="no-bar order-last -mx-4 flex w-[calc(100%+32px)] gap-0.5 overflow-x-auto border-b border-line px-3 py-1.5 sm:order-none sm:mx-0 sm:ml-3 sm:w-auto sm:border-0 sm:px-0"
    >
      {PLACES.map(({ value, label, path }) => (
        <a
          key={value}
          href={hrefOf(path)}
          aria-current={value === place ? 'page' : undefined}
          onClick={(event) => go(event, path)}
          className="flex h-8 shrink-0 items-center rounded-lg px-2.5 text-muted transition-colors hover:bg-hover hover:text-ink aria-[current]:bg-hover aria-[current]:font-[550] aria-[current]:text-ink pointer-coarse:h-10"
        >
          {label}
        </a>
      ))}
    </nav>
  )
}
