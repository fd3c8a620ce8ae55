/** Controls whose list is not in the picture (select, date, time, colour): drawn here, at the place of the control. */
import { useEffect, useRef, useState } from 'react'
import type { CSSProperties, KeyboardEvent, ReactNode } from 'react'
import { Check } from 'lucide-react'
import type { Picker } from '@tandem/client'
import { reportFailure } from '../toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Input } from '../ui/Field.tsx'
import { useSession } from './context.ts'

export function PickerLayer(): ReactNode {
  const { snapshot } = useSession()
  const picker = snapshot.pickers.at(-1)
  if (picker === undefined || !snapshot.steering) return null
  return <PlacedPicker key={picker.id} picker={picker} />
}

function PlacedPicker({ picker }: { picker: Picker }): ReactNode {
  const { snapshot, session, view, phone } = useSession()
  const { width, height } = snapshot.session?.viewport ?? session.viewport
  const { rect } = picker
  const answer = (values: string[] | null): void => {
    reportFailure(view.answerPicker(picker.id, values))
    view.focusKeyboard()
  }
  // Below the control, or above it in the lower part of the picture; in percent, so that it stays there when the picture is fitted anew.
  const below = rect.y + rect.height < height * 0.6
  const place: CSSProperties = {
    left: `${Math.min(92, Math.max(0, (rect.x / width) * 100))}%`,
    ...(below ? { top: `${((rect.y + rect.height) / height) * 100}%` } : { bottom: `${(1 - rect.y / height) * 100}%` }),
    minWidth: `${Math.min(60, (rect.width / width) * 100)}%`,
  }
  const body = picker.type === 'select' ? <OptionList picker={picker} onAnswer={answer} /> : <ValueField picker={picker} onAnswer={answer} />
  return (
    <>
      {/* Pressing elsewhere closes, as the browser's own list does. */}
      <div className="absolute inset-0" onPointerDown={() => answer(null)} />
      <div
        role="dialog"
        aria-label={picker.type === 'select' ? 'Choose an option' : `Choose a ${picker.type}`}
        data-picker={picker.type}
        style={phone ? undefined : place}
        className={`z-10 animate-rise overflow-hidden rounded-xl bg-raised text-ink shadow-pop ${phone ? 'fixed inset-x-3 bottom-[max(12px,env(safe-area-inset-bottom))]' : `absolute max-w-80 ${below ? 'mt-1' : 'mb-1'}`}`}
        onKeyDown={(event) => {
          if (event.key === 'Escape') answer(null)
        }}
      >
        {body}
      </div>
    </>
  )
}

interface PickerProps {
  picker: Picker
  onAnswer: (values: string[] | null) => void
}

function ValueField({ picker, onAnswer }: PickerProps): ReactNode {
  const [value, setValue] = useState(picker.value)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    input.current?.focus()
    try {
      // Needs a gesture of the moment; the press in the picture usually is one.
      input.current?.showPicker()
    } catch {
      // The field itself is there to press.
    }
  }, [])
  return (
    <form
      className="flex items-center gap-2 p-2"
      onSubmit={(event) => {
        event.preventDefault()
        onAnswer([value])
      }}
    >
      <Input
        ref={input}
        type={picker.type}
        aria-label="Value"
        value={value}
        min={picker.min ?? undefined}
        max={picker.max ?? undefined}
        onChange={(event) => setValue(event.target.value)}
        className={picker.type === 'color' ? 'min-w-24 !p-1' : 'min-w-40'}
      />
      <Button kind="solid" type="submit" className="h-9 pointer-coarse:h-11">
        Set
      </Button>
    </form>
  )
}

function OptionList({ picker, onAnswer }: PickerProps): ReactNode {
  const options = picker.options ?? []
  const [chosen, setChosen] = useState(() => options.filter((option) => option.selected).map((option) => option.value))
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    const items = list.current?.querySelectorAll<HTMLElement>('[role=option]:not([aria-disabled=true])')
    const selected = list.current?.querySelector<HTMLElement>('[aria-selected=true]')
    const first = selected ?? items?.[0]
    first?.focus({ preventScroll: true })
    first?.scrollIntoView({ block: 'nearest' })
  }, [])
  const press = (value: string): void => {
    if (!picker.multiple) onAnswer([value])
    else setChosen(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value])
  }
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>): void => {
    const items = [...(list.current?.querySelectorAll<HTMLElement>('[role=option]:not([aria-disabled=true])') ?? [])]
    const at = items.findIndex((item) => item === document.activeElement)
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (target !== undefined) {
      event.preventDefault()
      items[Math.min(items.length - 1, Math.max(0, target))]?.focus()
      return
    }
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey) return
    const letter = event.key.toLowerCase()
    const next = [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) => item.textContent?.trim().toLowerCase().startsWith(letter))
    if (letter !== ' ') next?.focus()
  }
  return (
    <>
      <ul ref={list} role="listbox" aria-multiselectable={picker.multiple} onKeyDown={onKeyDown} className="max-h-64 overflow-y-auto p-1">
        {options.map((option, index) => {
          const selected = chosen.includes(option.value)
          return (
            <li key={`${option.value}:${index}`} role="presentation">
              <button
                type="button"
                role="option"
                aria-selected={selected}
                aria-disabled={option.disabled}
                disabled={option.disabled}
                onClick={() => press(option.value)}
                className="flex min-h-7 w-full items-center gap-2 rounded-md px-2 text-left outline-none hover:bg-hover focus:bg-hover disabled:opacity-45 pointer-coarse:min-h-11"
              >
                <Check className={`size-3.5 shrink-0 ${selected ? '' : 'invisible'}`} />
                <span className="truncate">{option.label === '' ? ' ' : option.label}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {picker.multiple && (
        <div className="flex justify-end border-t border-line p-1.5">
          <Button kind="solid" size="sm" onClick={() => onAnswer(chosen)}>
            Choose {chosen.length}
          </Button>
        </div>
      )}
    </>
  )
}
