import type { ReactNode, SelectHTMLAttributes } from 'react'
import { ChevronDown } from 'lucide-react'

interface SelectProps<T extends string> extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'onChange'> {
  value: T
  options: readonly { value: T; label: string; disabled?: boolean }[]
  onChange: (value: T) => void
}

/** The browser's own list: right on phones, with keyboards and for screen readers. */
export function Select<T extends string>({ value, options, onChange, className = '', ...rest }: SelectProps<T>): ReactNode {
  return (
    <span className={`relative inline-flex ${className}`}>
      <select
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value)
          if (chosen !== undefined) onChange(chosen.value)
        }}
        className="h-9 w-full appearance-none rounded-lg bg-panel pr-8 pl-2.5 text-ink shadow-[inset_0_0_0_1px_var(--line-strong)] outline-none focus-visible:shadow-[inset_0_0_0_1.5px_var(--focus),0_0_0_3px_color-mix(in_srgb,var(--focus)_18%,transparent)] disabled:opacity-50 pointer-coarse:h-11"
        {...rest}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown className="pointer-events-none absolute top-1/2 right-2.5 size-3.5 -translate-y-1/2 text-muted" aria-hidden="true" />
    </span>
  )
}
