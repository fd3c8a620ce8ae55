import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { Check, Copy } from 'lucide-react'
import { copyText } from '../clipboard.ts'
import { toast } from '../toasts.ts'
import { Button, IconButton } from './Button.tsx'

const COPIED_MS = 1_600

interface CopyButtonProps {
  text: string
  /** What is copied, for the label: `Copy <what>`. */
  what: string
  /** With words beside the icon. */
  wide?: boolean
  kind?: 'outline' | 'solid'
}

export function CopyButton({ text, what, wide = false, kind = 'outline' }: CopyButtonProps): ReactNode {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), COPIED_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async (): Promise<void> => {
    if (await copyText(text)) setCopied(true)
    else toast('This browser does not allow copying here. Select the text instead.', 'error')
  }
  const icon = copied ? <Check className="text-good" /> : <Copy />
  return wide ? (
    <Button kind={kind} icon={icon} onClick={() => void copy()} aria-live="polite" className="min-w-24">
      {copied ? 'Copied' : 'Copy'}
      <span className="sr-only">{copied ? '' : what}</span>
    </Button>
  ) : (
    <IconButton label={copied ? 'Copied' : `Copy ${what}`} onClick={() => void copy()}>
      {icon}
    </IconButton>
  )
}

/** One line that is there to be copied. */
export function CopyLine({ text, what }: { text: string; what: string }): ReactNode {
  return (
    <div className="flex items-center gap-1 rounded-lg bg-sunken py-0.5 pr-0.5 pl-2.5 shadow-[inset_0_0_0_1px_var(--line)]">
      <input
        readOnly
        value={text}
        aria-label={what}
        onFocus={(event) => event.currentTarget.select()}
        className="h-8 min-w-0 flex-1 truncate bg-transparent font-mono text-xs outline-none"
      />
      <CopyButton text={text} what={what} />
    </div>
  )
}
