import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'

const KINDS = {
  solid: 'bg-solid text-on-solid hover:bg-solid-hover disabled:hover:bg-solid',
  human: 'bg-human-solid text-on-human hover:brightness-110',
  danger: 'bg-bad-solid text-white hover:brightness-110',
  outline: 'bg-panel text-ink shadow-[inset_0_0_0_1px_var(--line-strong)] hover:bg-hover',
  ghost: 'text-ink hover:bg-hover active:bg-active',
}
const SIZES = { sm: 'h-7 px-2.5 rounded-md', md: 'h-8 px-3 rounded-lg', lg: 'h-11 px-4 rounded-[10px] text-base' }

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: keyof typeof KINDS
  size?: keyof typeof SIZES
  icon?: ReactNode
  ref?: Ref<HTMLButtonElement>
}

export function Button({ kind = 'outline', size = 'md', icon, className = '', children, type = 'button', ...rest }: ButtonProps): ReactNode {
  return (
    <button
      type={type}
      className={`inline-flex shrink-0 items-center justify-center gap-1.5 font-[550] whitespace-nowrap select-none transition-colors duration-100 disabled:opacity-45 [&_svg]:size-4 [&_svg]:shrink-0 ${KINDS[kind]} ${SIZES[size]} ${className}`}
      {...rest}
    >
      {icon}
      {children}
    </button>
  )
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string
  /** `lg` is a finger's size. */
  size?: 'sm' | 'md' | 'lg'
  pressed?: boolean
  ref?: Ref<HTMLButtonElement>
}

const ICON_SIZES = { sm: 'size-6 rounded-md [&_svg]:size-3.5', md: 'size-8 rounded-lg [&_svg]:size-4', lg: 'size-11 rounded-[10px] [&_svg]:size-5' }

export function IconButton({ label, size = 'md', pressed, className = '', children, type = 'button', ...rest }: IconButtonProps): ReactNode {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      className={`grid shrink-0 place-items-center text-muted transition-colors duration-100 hover:bg-hover hover:text-ink active:bg-active disabled:pointer-events-none disabled:opacity-35 aria-expanded:bg-hover aria-expanded:text-ink ${pressed === true ? 'bg-hover text-ink' : ''} ${ICON_SIZES[size]} ${className}`}
      {...rest}
    >
      {children}
    </button>
  )
}
