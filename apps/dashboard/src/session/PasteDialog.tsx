import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { TextArea } from '../ui/Field.tsx'

/** For browsers that do not let a page read the clipboard. */
export function PasteDialog({ onPaste, onClose }: { onPaste: (text: string) => void; onClose: () => void }): ReactNode {
  const [text, setText] = useState('')
  return (
    <Dialog
      title="Paste into the page"
      description="This browser keeps its clipboard to itself. Paste here; the text goes on to the page."
      width={420}
      onClose={onClose}
      onSubmit={() => {
        onPaste(text)
        onClose()
      }}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={text === ''}>
            Paste
          </Button>
        </>
      }
    >
      <TextArea rows={4} aria-label="Text to paste" value={text} onChange={(event) => setText(event.target.value)} />
    </Dialog>
  )
}
