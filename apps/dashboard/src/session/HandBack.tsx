/** Handing back, with a word for the agent: whether it is done, and what it should know. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Check, CircleX, Undo2 } from 'lucide-react'
import type { HandbackOutcome } from '@tandem/client'
import { reportFailure } from '../toasts.ts'
import { Button } from '../ui/Button.tsx'
import { TextArea } from '../ui/Field.tsx'
import { Popover } from '../ui/Popover.tsx'
import { Segmented } from '../ui/Segmented.tsx'
import { useSession } from './context.ts'

export function HandBack(): ReactNode {
  const { phone, snapshot } = useSession()
  const [open, setOpen] = useState(false)
  const nobody = snapshot.session?.mode === 'manual'
  return (
    <Popover
      label="Hand back"
      side="top"
      open={open}
      onOpenChange={setOpen}
      className="w-[360px]"
      trigger={
        <Button kind="human" size={phone ? 'lg' : 'md'} icon={<Undo2 />} className="min-w-36" data-action="hand-back">
          {nobody ? 'Let go' : 'Hand back'}
        </Button>
      }
    >
      <HandBackForm onDone={() => setOpen(false)} />
    </Popover>
  )
}

function HandBackForm({ onDone }: { onDone: () => void }): ReactNode {
  const { view, snapshot } = useSession()
  const [outcome, setOutcome] = useState<HandbackOutcome>('done')
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const send = (): void => {
    setBusy(true)
    const text = note.trim() === '' ? undefined : note.trim()
    reportFailure(
      view
        .handBack(outcome, text)
        .then(onDone)
        .finally(() => setBusy(false)),
    )
  }
  return (
    <form
      className="p-3.5"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Segmented
        label="How it went"
        value={outcome}
        onChange={setOutcome}
        className="flex w-full"
        options={[
          {
            value: 'done',
            label: (
              <>
                <Check className="text-good" /> Done
              </>
            ),
          },
          {
            value: 'failed',
            label: (
              <>
                <CircleX className="text-bad" /> Couldn’t do it
              </>
            ),
          },
        ]}
      />
      <TextArea
        autoFocus={matchMedia('(pointer: fine)').matches}
        aria-label="Note for the agent"
        rows={3}
        maxLength={4_000}
        className="mt-2.5"
        placeholder={outcome === 'done' ? 'A note for the agent (optional)' : 'What went wrong (optional)'}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send()
        }}
      />
      <div className="mt-2.5 flex items-center gap-3">
        <p className="min-w-0 flex-1 text-xs text-muted">
          {snapshot.session?.mode === 'manual' ? 'Somebody else can then drive.' : 'The agent looks at the page again, then goes on.'}
        </p>
        <Button kind="human" type="submit" disabled={busy} data-action="confirm-hand-back">
          Hand back
        </Button>
      </div>
    </form>
  )
}
