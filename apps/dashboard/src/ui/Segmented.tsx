import type { ReactNode } from 'react'
import { ToggleGroup } from 'radix-ui'

interface SegmentedProps<T extends string> {
  label: string
  value: T
  options: readonly { value: T; label: ReactNode; title?: string }[]
  onChange: (value: T) => void
  className?: string
}

export function Segmented<T extends string>({ label, value, options, onChange, className = '' }: SegmentedProps<T>): ReactNode {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        const chosen = options.find((option) => option.value === next)
        // A second press on the chosen one would leave nothing chosen.
        if (chosen !== undefined) onChange(chosen.value)
      }}
      className={`inline-flex rounded-lg bg-sunken p-0.5 shadow-[inset_0_0_0_1px_var(--line)] ${className}`}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          title={option.title}
          aria-label={option.title}
          className="inline-flex h-7 flex-1 items-center justify-center gap-1.5 rounded-md px-2.5 font-medium whitespace-nowrap text-muted transition-colors select-none hover:text-ink data-[state=on]:bg-raised data-[state=on]:text-ink data-[state=on]:shadow-[0_0_0_1px_var(--line-strong),0_1px_2px_rgb(0_0_0/0.06)] pointer-coarse:h-9 [&_svg]:size-4"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
