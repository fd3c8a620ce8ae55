/** A panel of rows, its placeholders, and what stands there when there are none. */
import type { ReactNode } from 'react'

export const PANEL = 'overflow-hidden rounded-xl bg-panel shadow-[0_0_0_1px_var(--line)]'

export function List({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <ul aria-label={label} className={PANEL}>
      {children}
    </ul>
  )
}

export function Row({ children, ...rest }: { children: ReactNode; 'data-row'?: string }): ReactNode {
  return (
    <li className="group relative border-b border-line last:border-0" {...rest}>
      <div className="flex min-h-16 items-center gap-3.5 py-2.5 pr-3 pl-4">{children}</div>
    </li>
  )
}

export function RowIcon({ children, look = 'bg-sunken text-muted' }: { children: ReactNode; look?: string }): ReactNode {
  return (
    <span aria-hidden="true" className={`grid size-8 shrink-0 place-items-center rounded-lg [&_svg]:size-4 ${look}`}>
      {children}
    </span>
  )
}

export function Placeholders({ label }: { label: string }): ReactNode {
  return (
    <div aria-label={label} aria-busy="true" className={PANEL}>
      {[64, 48, 56].map((width) => (
        <div key={width} className="flex h-16 animate-pulse items-center gap-3.5 border-b border-line px-4 last:border-0">
          <div className="size-8 rounded-lg bg-hover" />
          <div className="flex-1 space-y-2">
            <div className="h-3 w-40 rounded bg-hover" />
            <div className="h-2.5 rounded bg-hover" style={{ width: `${width}%` }} />
          </div>
        </div>
      ))}
    </div>
  )
}

export function Nothing({ icon, title, text, children }: { icon: ReactNode; title: string; text: ReactNode; children?: ReactNode }): ReactNode {
  return (
    <section className="grid place-items-center rounded-xl px-6 py-14 text-center shadow-[0_0_0_1px_var(--line)]">
      <span className="mb-3 text-faint [&_svg]:size-6 [&_svg]:stroke-[1.5]" aria-hidden="true">
        {icon}
      </span>
      <h2 className="font-medium">{title}</h2>
      <p className="mt-0.5 max-w-[440px] text-muted text-balance">{text}</p>
      {children !== undefined && <div className="mt-5">{children}</div>}
    </section>
  )
}

const TONES = {
  plain: 'text-muted shadow-[inset_0_0_0_1px_var(--line)]',
  good: 'text-good shadow-[inset_0_0_0_1px_var(--line)]',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
}

export function Tag({ tone = 'plain', children }: { tone?: keyof typeof TONES; children: ReactNode }): ReactNode {
  return <span className={`inline-flex h-5 shrink-0 items-center rounded-md px-1.5 text-xs whitespace-nowrap ${TONES[tone]}`}>{children}</span>
}
