import type { ReactElement, ReactNode } from 'react'
import { DropdownMenu, Popover as RadixPopover } from 'radix-ui'

interface PopoverProps {
  trigger: ReactElement
  label: string
  children: ReactNode
  align?: 'start' | 'center' | 'end'
  side?: 'top' | 'bottom'
  open?: boolean
  onOpenChange?: (open: boolean) => void
  className?: string
}

export function Popover({ trigger, label, children, align = 'end', side = 'bottom', open, onOpenChange, className = 'w-80' }: PopoverProps): ReactNode {
  return (
    <RadixPopover.Root open={open} onOpenChange={onOpenChange}>
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content
          aria-label={label}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={10}
          onOpenAutoFocus={focusContent}
          className={`z-50 max-h-[min(640px,var(--radix-popover-content-available-height))] max-w-[calc(100vw-20px)] animate-rise overflow-y-auto rounded-xl bg-raised text-ink shadow-pop outline-none ${className}`}
        >
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  )
}

/** The popover itself, not its first field: that would show a ring nobody asked for, and on a phone open the keyboard. A field that asks for the focus keeps it. */
function focusContent(event: Event): void {
  event.preventDefault()
  const { target } = event
  if (target instanceof HTMLElement && !target.contains(document.activeElement)) target.focus()
}

interface MenuProps {
  trigger: ReactElement
  children: ReactNode
  align?: 'start' | 'end'
}

/** Not modal: a modal menu locks the page's scroll through an inline style sheet, which the page's policy forbids. */
export function Menu({ trigger, children, align = 'end' }: MenuProps): ReactNode {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={10}
          className="z-50 min-w-52 max-w-80 animate-rise rounded-xl bg-raised p-1 text-ink shadow-pop outline-none"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

interface MenuItemProps {
  icon?: ReactNode
  children: ReactNode
  hint?: ReactNode
  danger?: boolean
  disabled?: boolean
  checked?: boolean
  onSelect: () => void
}

const ITEM =
  'flex min-h-8 items-center gap-2.5 rounded-lg px-2 py-1.5 outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-45 pointer-coarse:min-h-11 [&_svg]:size-4 [&_svg]:shrink-0'

export function MenuItem({ icon, children, hint, danger = false, disabled, onSelect }: MenuItemProps): ReactNode {
  return (
    <DropdownMenu.Item disabled={disabled} onSelect={onSelect} className={`${ITEM} ${danger ? 'text-bad' : ''}`}>
      <span className={danger ? '' : 'text-muted'}>{icon}</span>
      <span className="min-w-0 flex-1">
        {children}
        {hint !== undefined && <span className="block text-xs text-muted">{hint}</span>}
      </span>
    </DropdownMenu.Item>
  )
}

export function MenuSeparator(): ReactNode {
  return <DropdownMenu.Separator className="mx-2 my-1 h-px bg-line" />
}

export function MenuLabel({ children }: { children: ReactNode }): ReactNode {
  return <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-xs font-medium text-muted">{children}</DropdownMenu.Label>
}
