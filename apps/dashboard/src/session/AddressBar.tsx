/** Back, forward, reload or stop, and the address; read-only while somebody else drives, and it says so. */
import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { ArrowLeft, ArrowRight, LockOpen, Lock, RotateCw, X } from 'lucide-react'
import { addressParts, toAddress } from '../format.ts'
import { messageOf } from '../api.ts'
import { reportFailure } from '../toasts.ts'
import { IconButton } from '../ui/Button.tsx'
import { useSession } from './context.ts'
import { TabCount } from './TabStrip.tsx'
import { whyNotSteering } from './words.ts'

export function AddressBar(): ReactNode {
  const { snapshot, view, driver, phone } = useSession()
  const { tabs, activeTabId, steering, session } = snapshot
  const tab = tabs.find((entry) => entry.id === activeTabId)
  const hint = whyNotSteering(snapshot, driver)
  const url = tab?.url ?? session?.page_state?.url ?? ''
  const loading = tab?.loading ?? false
  const size = phone ? 'lg' : 'md'
  const fit = phone ? '!size-10' : ''
  const tell = (what: string): string => (hint === null ? what : `${what}: ${hint.toLowerCase()}`)
  return (
    <div className="relative flex h-11 shrink-0 items-center gap-0.5 border-b border-line bg-panel px-2 pointer-coarse:h-[52px]">
      <IconButton
        label={tell('Back')}
        size={size}
        className={fit}
        disabled={!steering || tab?.canGoBack !== true}
        onClick={() => reportFailure(view.history('back'))}
      >
        <ArrowLeft />
      </IconButton>
      <IconButton
        label={tell('Forward')}
        size={size}
        className={fit}
        disabled={!steering || tab?.canGoForward !== true}
        onClick={() => reportFailure(view.history('forward'))}
      >
        <ArrowRight />
      </IconButton>
      {!phone && <ReloadButton loading={loading} label={tell} />}
      <Address key={activeTabId} url={url} hint={hint} />
      {phone && <ReloadButton loading={loading} label={tell} />}
      {phone && <TabCount />}
      {loading && (
        <div className="absolute inset-x-0 -bottom-px z-10 h-0.5 overflow-hidden" role="progressbar" aria-label="Loading">
          <div className="h-full w-1/3 animate-progress rounded-full bg-agent" />
        </div>
      )}
    </div>
  )
}

function ReloadButton({ loading, label }: { loading: boolean; label: (what: string) => string }): ReactNode {
  const { snapshot, view, phone } = useSession()
  return (
    <IconButton
      label={label(loading ? 'Stop' : 'Reload')}
      size={phone ? 'lg' : 'md'}
      className={phone ? '!size-10' : ''}
      disabled={!snapshot.steering}
      onClick={() => reportFailure(view.history(loading ? 'stop' : 'reload'))}
    >
      {loading ? <X /> : <RotateCw className="!size-[15px]" />}
    </IconButton>
  )
}

function Address({ url, hint }: { url: string; hint: string | null }): ReactNode {
  const { view } = useSession()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState<string | null>(null)
  const [focused, setFocused] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const shown = url === 'about:blank' ? '' : url
  const { before, host, after } = addressParts(shown)

  const go = async (): Promise<void> => {
    const text = typed ?? shown
    if (text.trim() === '') return
    setError(null)
    try {
      await view.navigate(toAddress(text))
      setTyped(null)
      input.current?.blur()
      view.focusKeyboard()
    } catch (reason) {
      setError(messageOf(reason))
    }
  }

  return (
    <form
      className="relative mx-1 min-w-0 flex-1"
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <span className="pointer-events-none absolute inset-y-0 left-2.5 grid place-items-center text-muted [&_svg]:size-3">
        {shown.startsWith('https:') ? <Lock aria-label="Encrypted" /> : <LockOpen aria-label="Not encrypted" className={shown === '' ? 'invisible' : ''} />}
      </span>
      <input
        ref={input}
        aria-label="Address"
        aria-invalid={error !== null}
        inputMode="url"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        readOnly={hint !== null}
        title={hint ?? shown}
        placeholder={hint === null ? 'Where to?' : 'Empty page'}
        value={focused ? (typed ?? shown) : shown}
        onChange={(event) => {
          setTyped(event.target.value)
          setError(null)
        }}
        onFocus={(event) => {
          setFocused(true)
          event.currentTarget.select()
        }}
        onMouseDown={(event) => {
          // The first press selects the whole address; the browser's own handling would then put the caret where it was.
          if (document.activeElement === event.currentTarget) return
          event.preventDefault()
          event.currentTarget.focus()
        }}
        onBlur={() => {
          setFocused(false)
          setTyped(null)
          setError(null)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
        className={`h-8 w-full rounded-lg bg-sunken pr-3 pl-7 outline-none pointer-coarse:h-10 ${focused ? 'shadow-[inset_0_0_0_1.5px_var(--focus)]' : 'text-transparent shadow-[inset_0_0_0_1px_var(--line)]'} ${shown === '' ? '!text-ink' : ''} ${hint === null ? '' : 'cursor-default'}`}
      />
      {!focused && shown !== '' && (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute inset-0 flex items-center overflow-hidden pr-3 pl-7 whitespace-nowrap pointer-coarse:text-base"
        >
          <span className="truncate text-muted">
            {before}
            <span className="text-ink">{host}</span>
            {after}
          </span>
        </div>
      )}
      {error !== null && focused && (
        <div role="alert" className="absolute inset-x-0 top-full z-40 mt-1.5 animate-rise rounded-lg bg-raised px-3 py-2 text-bad shadow-pop">
          {error}
        </div>
      )}
    </form>
  )
}
