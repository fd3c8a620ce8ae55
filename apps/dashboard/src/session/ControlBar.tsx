/** Below the picture: what is going on, the tools of whoever steers, and the one button that matters. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ClipboardPaste, Copy, Keyboard, Maximize, Minimize, Volume2, VolumeX } from 'lucide-react'
import { copyText } from '../clipboard.ts'
import { useMediaQuery } from '../hooks.ts'
import { reportFailure, toast } from '../toasts.ts'
import { IconButton } from '../ui/Button.tsx'
import { useSession } from './context.ts'
import { ControlActions } from './ControlActions.tsx'
import { Downloads } from './Downloads.tsx'
import { PasteDialog } from './PasteDialog.tsx'
import type { FullScreen } from './useFullScreen.ts'
import { mayTake } from './words.ts'

export function ControlBar({ full }: { full: FullScreen }): ReactNode {
  const { snapshot, view, phone } = useSession()
  const { muted, status } = snapshot
  const size = phone ? 'lg' : 'md'
  return (
    <footer
      className={
        full.on
          ? 'absolute inset-x-3 bottom-4 z-30 mx-auto flex w-fit flex-wrap items-center justify-center gap-x-0.5 rounded-2xl bg-raised p-1.5 shadow-pop transition-opacity pointer-fine:opacity-35 pointer-fine:focus-within:opacity-100 pointer-fine:hover:opacity-100'
          : 'flex min-h-14 shrink-0 flex-wrap items-center gap-x-1 gap-y-2 border-t border-line bg-panel px-2 py-2 pb-[max(8px,env(safe-area-inset-bottom))]'
      }
    >
      {!full.on && (!phone || !mayTake(snapshot)) && <Situation />}
      <IconButton label={muted ? 'Sound on' : 'Mute'} size={size} disabled={status === 'ended'} onClick={() => view.setMuted(!muted)}>
        {muted ? <VolumeX /> : <Volume2 />}
      </IconButton>
      <PageTools />
      <Downloads />
      <IconButton label={full.on ? 'Leave full screen' : 'Full screen'} size={size} onClick={full.toggle}>
        {full.on ? <Minimize /> : <Maximize />}
      </IconButton>
      <div className={`flex gap-2 empty:hidden ${phone ? `[&>*]:min-w-0 ${full.on ? '' : 'flex-auto [&>*]:flex-1'}` : 'ml-2'}`}>
        <ControlActions />
      </div>
    </footer>
  )
}

/** One calm sentence that says what one can do now. */
function Situation(): ReactNode {
  const { snapshot, driver } = useSession()
  const { holding, mayControl, session, control, status } = snapshot
  const note = control?.last_handback?.note ?? ''
  let text = ''
  if (status === 'ended' || control === null) text = ''
  else if (driver.changing === 'taking') text = control.state === 'takeover-queued' ? 'The agent finishes its step first.' : 'Waiting for the agent to let go.'
  else if (holding) text = 'Your mouse and keyboard go to the page. The agent waits.'
  else if (session?.mode === 'shared' && snapshot.steering) text = 'You and the agent both act on the page.'
  else if (session?.mode === 'ai') text = 'The agent drives, people watch.'
  else if (!mayControl) text = 'You are watching.'
  else if (driver.kind === 'human') text = `Ask ${driver.name} for control, or keep watching.`
  else if (driver.kind === 'nobody') text = 'Nobody drives. Take control to begin.'
  else if (note !== '') text = `Last note to the agent: “${note}”`
  else text = 'You can take control at any time. The agent waits and goes on afterwards.'
  return <p className="min-w-0 flex-1 truncate px-1.5 text-muted">{text}</p>
}

/** Copy and paste have keys on a keyboard; fingers need buttons. */
function PageTools(): ReactNode {
  const { snapshot, view, phone } = useSession()
  const coarse = useMediaQuery('(pointer: coarse)')
  const [pasting, setPasting] = useState(false)
  if (!(coarse || phone) || !snapshot.steering) return null
  const copy = async (): Promise<void> => {
    const text = await view.copy()
    if (text === '') toast('Nothing is selected in the page.')
    else toast((await copyText(text)) ? 'Copied.' : 'This browser does not allow copying here.')
  }
  const paste = async (): Promise<void> => {
    try {
      const text = await navigator.clipboard.readText()
      if (text === '') toast('Your clipboard has no text.')
      else view.paste(text)
    } catch {
      // No permission, or no secure context: a field to paste into works everywhere.
      setPasting(true)
    }
  }
  return (
    <>
      <IconButton label="Keyboard" size="lg" onClick={() => view.focusKeyboard()}>
        <Keyboard />
      </IconButton>
      <IconButton label="Copy the page’s selection" size="lg" onClick={() => reportFailure(copy())}>
        <Copy />
      </IconButton>
      <IconButton label="Paste into the page" size="lg" onClick={() => void paste()}>
        <ClipboardPaste />
      </IconButton>
      {pasting && <PasteDialog onPaste={(text) => view.paste(text)} onClose={() => setPasting(false)} />}
    </>
  )
}
