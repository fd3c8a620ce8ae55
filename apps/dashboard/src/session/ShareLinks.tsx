import type { ReactNode } from 'react'
import { Eye, Hand, Trash2, Bot } from 'lucide-react'
import type { ViewerTokenListed } from '@tandem/client'
import { age, day } from '../format.ts'
import { useNow } from '../hooks.ts'
import { IconButton } from '../ui/Button.tsx'
import { Tag } from '../ui/List.tsx'

const ROLES = {
  view: { icon: <Eye />, name: 'Watching' },
  control: { icon: <Hand />, name: 'Watching and control' },
  agent: { icon: <Bot />, name: 'Agent' },
  admin: { icon: <Hand />, name: 'Admin' },
}

interface ShareLinksProps {
  /** Null: not known yet. */
  links: readonly ViewerTokenListed[] | null
  problem: string | null
  onRevoke: (link: ViewerTokenListed) => void
}

/** The links that work, and who came by each. */
export function ShareLinks({ links, problem, onRevoke }: ShareLinksProps): ReactNode {
  const now = useNow(true, 10_000)
  if (links === null || links.length === 0) return problem === null ? null : <p className="mt-4 text-xs text-warn">{problem}</p>
  return (
    <section className="mt-5 border-t border-line pt-4">
      <h3 className="mb-1 font-medium">Links that work</h3>
      {problem !== null && <p className="text-xs text-warn">{problem}</p>}
      <ul aria-label="Links that work">
        {links.map((link) => (
          <li key={link.id} className="flex min-h-12 items-center gap-3 border-b border-line py-1.5 last:border-0" data-link={link.id}>
            <span className="grid size-7 shrink-0 place-items-center rounded-lg bg-sunken text-muted [&_svg]:size-4" title={ROLES[link.role].name}>
              {ROLES[link.role].icon}
            </span>
            <div className="min-w-0 flex-1">
              <div className="flex items-center gap-2">
                <span className="truncate font-[550]">{link.name ?? ROLES[link.role].name}</span>
                {link.single_use && <Tag>Once</Tag>}
              </div>
              <div className="truncate text-xs text-muted tabular-nums">
                {use(link, now)} · until {day(link.expires_at)}
              </div>
            </div>
            <IconButton label={`Withdraw ${link.name ?? 'this link'}`} onClick={() => onRevoke(link)}>
              <Trash2 />
            </IconButton>
          </li>
        ))}
      </ul>
    </section>
  )
}

function use({ viewers, used_at, created_at }: ViewerTokenListed, now: number): string {
  if (viewers > 0) return `${viewers} watching now`
  const since = age(used_at ?? created_at, now)
  const when = since === 'now' ? 'just now' : `${since} ago`
  return used_at === null ? `not opened, made ${when}` : `first opened ${when}`
}
