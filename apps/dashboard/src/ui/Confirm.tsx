import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { messageOf } from '../api.ts'

interface ConfirmProps {
  title: string
  text: ReactNode
  action: string
  kind?: 'danger' | 'solid'
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

/** Asks before what cannot be undone; stays open, and says why, when it fails. */
export function Confirm({ title, text, action, kind = 'danger', onConfirm, onClose }: ConfirmProps): ReactNode {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const confirm = async (): Promise<void> => {
    setBusy(true)
    setError(null)
    try {
      await onConfirm()
      onClose()
    } catch (reason) {
      setError(messageOf(reason))
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={title}
      role="alertdialog"
      width={420}
      onClose={onClose}
      onSubmit={() => void confirm()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind={kind} type="submit" disabled={busy}>
            {action}
          </Button>
        </>
      }
    >
      <div className="text-muted">{text}</div>
      {error !== null && (
        <p role="alert" className="mt-3 text-bad">
          {error}
        </p>
      )}
    </Dialog>
  )
}
