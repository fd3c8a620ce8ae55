import type { ReactNode } from 'react'
import { Archive, Plus } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { Code } from '../ui/Code.tsx'
import { CDP_PLACEHOLDER, playwrightCode } from './playwright.ts'

export function NoSessions({ onCreate }: { onCreate: () => void }): ReactNode {
  return (
    <section className="rounded-xl bg-panel px-5 py-8 shadow-[0_0_0_1px_var(--line)] sm:px-10 sm:py-12">
      <div className="mx-auto max-w-[600px]">
        <h2 className="text-[17px] leading-6 font-semibold tracking-[-0.015em]">Start a browser, then let your agent in</h2>
        <p className="mt-1.5 text-base text-muted text-pretty">
          A session is one live browser. You watch it here and can take the wheel at any time. Your agent connects with what it already uses:
        </p>
        <div className="mt-5">
          <Code code={playwrightCode(CDP_PLACEHOLDER)} highlight={CDP_PLACEHOLDER} />
        </div>
        <p className="mt-2 text-xs text-muted">The session page has these lines with its own address in them, ready to copy.</p>
        <Button kind="solid" icon={<Plus />} onClick={onCreate} className="mt-6 pointer-coarse:h-11">
          New session
        </Button>
      </div>
    </section>
  )
}

export function NoClosedSessions(): ReactNode {
  return (
    <section className="grid place-items-center rounded-xl px-6 py-16 text-center shadow-[0_0_0_1px_var(--line)]">
      <Archive className="mb-3 size-6 stroke-[1.5] text-faint" aria-hidden="true" />
      <h2 className="font-medium">No closed sessions</h2>
      <p className="mt-0.5 text-muted">A session that ends stays here with its timeline.</p>
    </section>
  )
}
