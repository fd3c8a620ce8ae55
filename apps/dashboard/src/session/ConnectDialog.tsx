import type { ReactNode } from 'react'
import { playwrightCode } from '../sessions/playwright.ts'
import { Code } from '../ui/Code.tsx'
import { CopyLine } from '../ui/CopyButton.tsx'
import { Dialog } from '../ui/Dialog.tsx'

export function ConnectDialog({ cdpUrl, onClose }: { cdpUrl: string; onClose: () => void }): ReactNode {
  return (
    <Dialog
      title="Connect an agent"
      width={600}
      description="Playwright, Puppeteer, or anything that speaks CDP. It works in the page that you see here."
      onClose={onClose}
    >
      <Code code={playwrightCode(cdpUrl)} highlight={cdpUrl} />
      <h3 className="mt-5 mb-1.5 font-medium">CDP address</h3>
      <CopyLine text={cdpUrl} what="CDP address" />
      <p className="mt-2 text-xs text-muted">
        The address carries its own token: whoever has it drives this browser. It works for twelve hours; a reload of this page makes a fresh one.
      </p>
    </Dialog>
  )
}
