import type { ReactNode } from 'react'
import { KeyRound } from 'lucide-react'
import { Button } from './Button.tsx'
import { CopyLine } from './CopyButton.tsx'
import { Dialog } from './Dialog.tsx'

interface SecretDialogProps {
  title: string
  what: string
  text: string
  onClose: () => void
  children: ReactNode
}

/** A secret that is shown this once. A press beside it does not close it: the secret would be lost. */
export function SecretDialog({ title, what, text, onClose, children }: SecretDialogProps): ReactNode {
  return (
    <Dialog
      title={title}
      width={480}
      onClose={onClose}
      light={false}
      onSubmit={onClose}
      footer={
        <Button kind="solid" type="submit">
          Done
        </Button>
      }
    >
      <div data-secret={what}>
        <div className="mb-3 flex items-start gap-2.5 rounded-lg bg-warn-soft px-3 py-2.5 text-warn">
          <KeyRound className="mt-px size-4 shrink-0" aria-hidden="true" />
          <span>Copy it now: it is shown this once and cannot be read again.</span>
        </div>
        <CopyLine text={text} what={what} />
        <p className="mt-2.5 text-xs text-muted text-pretty">{children}</p>
      </div>
    </Dialog>
  )
}
