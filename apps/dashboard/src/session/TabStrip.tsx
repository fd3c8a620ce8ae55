/** The tabs of the live browser. Everybody sees them; whoever steers may change them. */
import { useEffect, useRef, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { Globe, Hourglass, LoaderCircle, Plus, TriangleAlert, X } from 'lucide-react'
import type { Tab } from '@tandem/client'
import { hostOf } from '../format.ts'
import { reportFailure } from '../toasts.ts'
import { IconButton } from '../ui/Button.tsx'
import { Popover } from '../ui/Popover.tsx'
import { useSession } from './context.ts'
import { whyNotSteering } from './words.ts'

export function tabTitle(tab: Tab): string {
  return tab.title !== '' ? tab.title : (hostOf(tab.url) ?? 'New tab')
}

export function TabIcon({ tab }: { tab: Tab }): ReactNode {
  const [broken, setBroken] = useState<string | null>(null)
  if (tab.crashed) return <TriangleAlert className="size-3.5 shrink-0 text-bad" aria-label="Crashed" />
  if (tab.stalled) return <Hourglass className="size-3.5 shrink-0 text-warn" aria-label="Does not answer" />
  if (tab.loading) return <LoaderCircle className="size-3.5 shrink-0 animate-spin text-muted" aria-label="Loading" />
  const icon = tab.faviconUrl
  // The page's policy lets no other pictures in; asking for them would only fill the console.
  const allowed = icon !== null && /^(https|data|blob):/.test(icon)
  if (!allowed || icon === broken) return <Globe className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
  return (
    <img
      src={icon}
      alt=""
      width={14}
      height={14}
      referrerPolicy="no-referrer"
      className="size-3.5 shrink-0 rounded-[3px] object-contain"
      onError={() => setBroken(icon)}
    />
  )
}

export function TabStrip(): ReactNode {
  const { snapshot, view, driver } = useSession()
  const strip = useRef<HTMLDivElement>(null)
  const { tabs, activeTabId, steering } = snapshot
  const hint = whyNotSteering(snapshot, driver)

  useEffect(() => {
    strip.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [activeTabId, tabs.length])

  const onKeyDown = (event: KeyboardEvent, index: number): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const all = [...(strip.current?.querySelectorAll<HTMLElement>('[role=tab]') ?? [])]
    all[(index + step + all.length) % all.length]?.focus()
  }

  return (
    <div className="flex h-9 shrink-0 items-end gap-0.5 bg-sunken px-2">
      <div ref={strip} role="tablist" aria-label="Tabs of the live browser" className="no-bar flex h-full min-w-0 items-end overflow-x-auto">
        {tabs.map((tab, index) => {
          const active = tab.id === activeTabId
          const title = tabTitle(tab)
          return (
            <div
              key={tab.id}
              className={`group relative flex h-[30px] w-[200px] min-w-[92px] items-center rounded-t-lg transition-colors ${active ? 'bg-panel shadow-[0_0_0_1px_var(--line)] [clip-path:inset(-1px_-1px_0_-1px)]' : 'text-muted hover:bg-hover'}`}
            >
              <button
                type="button"
                role="tab"
                aria-selected={active}
                aria-disabled={!steering}
                tabIndex={active ? 0 : -1}
                title={hint === null || active ? `${title}\n${tab.url}` : `${title}\n${hint}`}
                onKeyDown={(event) => onKeyDown(event, index)}
                onClick={() => {
                  if (steering && !active) reportFailure(view.activateTab(tab.id))
                }}
                onAuxClick={(event) => {
                  if (event.button === 1 && steering) reportFailure(view.closeTab(tab.id))
                }}
                className="flex h-full min-w-0 flex-1 items-center gap-2 rounded-t-lg pr-1 pl-2.5 text-left text-xs -outline-offset-2"
              >
                <TabIcon tab={tab} />
                <span className="min-w-0 flex-1 truncate">{title}</span>
                {tab.isolated && (
                  <span className="shrink-0 rounded bg-active px-1 text-[10px] text-muted" title="In an isolated context of the agent">
                    iso
                  </span>
                )}
              </button>
              {steering && (
                <IconButton
                  label={`Close ${title}`}
                  size="sm"
                  tabIndex={-1}
                  onClick={() => reportFailure(view.closeTab(tab.id))}
                  className={`!size-5 ${active ? 'mr-1' : 'absolute right-1 bg-hover opacity-0 group-hover:opacity-100 focus-visible:opacity-100'}`}
                >
                  <X />
                </IconButton>
              )}
            </div>
          )
        })}
        {tabs.length === 0 && <div className="h-full w-px" />}
      </div>
      <IconButton
        label={hint === null ? 'New tab' : `New tab: ${hint.toLowerCase()}`}
        size="sm"
        disabled={!steering}
        onClick={() => reportFailure(view.openTab())}
        className="mb-1 ml-0.5"
      >
        <Plus />
      </IconButton>
    </div>
  )
}

/** On a phone the tabs are a number that opens a list. */
export function TabCount(): ReactNode {
  const { snapshot, view } = useSession()
  const [open, setOpen] = useState(false)
  const { tabs, activeTabId, steering } = snapshot
  return (
    <Popover
      label="Tabs"
      open={open}
      onOpenChange={setOpen}
      className="w-80"
      trigger={
        <IconButton label={`${tabs.length} tabs`} size="lg" className="!size-10">
          <span className="grid size-5 place-items-center rounded-[5px] border-[1.5px] border-current text-[11px] font-semibold tabular-nums">
            {tabs.length}
          </span>
        </IconButton>
      }
    >
      <ul className="p-1.5">
        {tabs.map((tab) => (
          <li key={tab.id} className={`flex min-h-11 items-center rounded-lg ${tab.id === activeTabId ? 'bg-hover' : ''}`}>
            <button
              type="button"
              disabled={!steering}
              onClick={() => {
                setOpen(false)
                if (tab.id !== activeTabId) reportFailure(view.activateTab(tab.id))
              }}
              className="flex min-h-11 min-w-0 flex-1 items-center gap-2.5 px-2.5 text-left"
            >
              <TabIcon tab={tab} />
              <span className="truncate">{tabTitle(tab)}</span>
            </button>
            {steering && (
              <IconButton label={`Close ${tabTitle(tab)}`} size="lg" onClick={() => reportFailure(view.closeTab(tab.id))}>
                <X className="!size-4" />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      <div className="border-t border-line p-1.5">
        <button
          type="button"
          disabled={!steering}
          onClick={() => {
            setOpen(false)
            reportFailure(view.openTab())
          }}
          className="flex min-h-11 w-full items-center gap-2.5 rounded-lg px-2.5 hover:bg-hover disabled:opacity-45 [&_svg]:size-4"
        >
          <Plus /> New tab
        </button>
      </div>
    </Popover>
  )
}
