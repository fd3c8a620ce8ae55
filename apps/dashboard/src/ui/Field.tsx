import { useId } from 'react'
import type { InputHTMLAttributes, ReactNode, Ref, TextareaHTMLAttributes } from 'react'

const BOX =
  'w-full rounded-lg bg-panel px-2.5 text-ink shadow-[inset_0_0_0_1px_var(--line-strong)] outline-none transition-shadow placeholder:text-faint focus:shadow-[inset_0_0_0_1.5px_var(--focus),0_0_0_3px_color-mix(in_srgb,var(--focus)_18%,transparent)] disabled:opacity-50 aria-invalid:shadow-[inset_0_0_0_1.5px_var(--bad)]'

interface FieldProps {
  label: string
  hint?: ReactNode
  error?: string | null
  optional?: boolean
  children: (ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean | undefined }) => ReactNode
}

export function Field({ label, hint, error, optional = false, children }: FieldProps): ReactNode {
  const id = useId()
  const failed = error !== undefined && error !== null
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 flex items-baseline gap-2 font-medium">
        {label}
        {optional && <span className="text-xs font-normal text-muted">optional</span>}
      </label>
      {children({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': failed ? true : undefined })}
      <div
        id={`${id}-hint`}
        className={`text-xs ${failed ? 'text-bad' : 'text-muted'} ${failed || hint !== undefined ? 'mt-1.5' : ''}`}
        role={failed ? 'alert' : undefined}
      >
        {failed ? error : hint}
      </div>
    </div>
  )
}

export function Input({ className = '', ref, ...rest }: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }): ReactNode {
  return <input ref={ref} className={`${BOX} h-9 pointer-coarse:h-11 ${className}`} {...rest} />
}

export function TextArea({ className = '', ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>): ReactNode {
  return <textarea className={`${BOX} min-h-16 resize-none py-2 ${className}`} {...rest} />
}
