/**
 * A modal dialog over the browser's own `<dialog>`: focus stays inside, Escape closes, the rest of the
 * page is inert, and no inline style is needed (the page lives under a strict Content-Security-Policy).
 */
import { useEffect, useId, useRef } from 'react'
import type { CSSProperties, ReactNode } from 'react'
import { X } from 'lucide-react'
import { IconButton } from './Button.tsx'

interface DialogProps {
  title: string
  description?: ReactNode
  onClose: () => void
  children: ReactNode
  footer?: ReactNode
  width?: number
  role?: 'dialog' | 'alertdialog'
  /** A press beside it closes it too; not where something would be lost. */
  light?: boolean
  /** Called on submit; the whole dialog is then a form. */
  onSubmit?: () => void
}

export function Dialog({ title, description, onClose, children, footer, width = 480, role = 'dialog', light = true, onSubmit }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const element = dialog.current
    if (element !== null && !element.open) {
      element.showModal()
      firstStop(element)?.focus()
    }
    return () => element?.close()
  }, [])
  const style: CSSProperties & Record<'--sheet-width', string> = { '--sheet-width': `${width}px` }
  const Frame = onSubmit === undefined ? 'div' : 'form'
  return (
    <dialog
      ref={dialog}
      className="sheet"
      role={role}
      aria-labelledby={titleId}
      style={style}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => {
        if (light && event.target === event.currentTarget) onClose()
      }}
    >
      <Frame
        className="flex min-h-0 flex-1 flex-col"
        onSubmit={(event: { preventDefault: () => void }) => {
          event.preventDefault()
          onSubmit?.()
        }}
      >
        <header className="flex items-start gap-3 px-5 pt-4 pb-1">
          <div className="min-w-0 flex-1">
            <h2 id={titleId} tabIndex={-1} className="text-[15px] outline-none leading-6 font-semibold tracking-[-0.01em]">
              {title}
            </h2>
            {description !== undefined && <p className="mt-0.5 text-muted">{description}</p>}
          </div>
          <IconButton label="Close" onClick={onClose} className="-mr-2">
            <X />
          </IconButton>
        </header>
        <div data-body="" className="min-h-0 flex-1 overflow-y-auto px-5 pt-3 pb-5">
          {children}
        </div>
        {footer !== undefined && <footer className="flex items-center justify-end gap-2 border-t border-line bg-panel px-5 py-3">{footer}</footer>}
      </Frame>
    </dialog>
  )
}

/**
 * Where the focus begins: in the field that the dialog begins with, else at its title. The browser would take the close
 * button; and `autoFocus` comes before the dialog is open, when nothing in it takes the focus. A phone's keyboard would cover half of it.
 */
function firstStop(dialog: HTMLDialogElement): HTMLElement | null {
  const first = dialog.querySelector<HTMLElement>('[data-body] :is(input, textarea, select, button, summary, a[href])')
  const types = first?.matches('textarea, input:not([type=radio], [type=checkbox], [readonly])') === true
  return types && !matchMedia('(pointer: coarse)').matches ? first : dialog.querySelector('h2')
}
