/** Controls whose picker is no part of the picture: told to viewers, and set as they answer. Lists are painted in the page. */
import type { Picker } from '@tandem/protocol'
import type { Point, Say } from './message.ts'

export interface Pickers {
  /** Each takes the innermost element that the event is about; when the page has not prevented it. */
  mouseDown(event: MouseEvent, element: Element): void
  click(event: MouseEvent, element: Element): void
  keyDown(event: KeyboardEvent, element: Element): void
  /** The page asked for it by `showPicker`; false: not ours. */
  show(element: unknown): boolean
  answer(key: number, values: string[] | null): void
  forget(): void
}

type Control = HTMLInputElement | HTMLSelectElement

/** Serialised with watchPage.ts: nothing outside of it may be used. */
export function pickers(say: Say, openList: (select: HTMLSelectElement) => boolean): Pickers {
  const TYPES = ['date', 'time', 'datetime-local', 'month', 'week', 'color']
  const open = new Map<number, Control>()
  let lastKey = 0
  const tell = (control: Control, at: Point | null): void => {
    if ([...open.values()].includes(control)) return
    const key = ++lastKey
    open.set(key, control)
    const { x, y, width, height } = control.getBoundingClientRect()
    const isSelect = control instanceof HTMLSelectElement
    const options = isSelect
      ? [...control.options].map((option) => ({
          value: option.value,
          label: option.label,
          disabled: option.disabled || (option.parentElement instanceof HTMLOptGroupElement && option.parentElement.disabled),
          selected: option.selected,
        }))
      : null
    say({
      type: 'picker',
      key,
      at,
      picker: {
        type: isSelect ? 'select' : (control.type as Picker['type']),
        value: control.value,
        min: isSelect ? null : control.min || null,
        max: isSelect ? null : control.max || null,
        rect: { x, y, width, height },
        options,
        multiple: isSelect && control.multiple,
      },
    })
  }
  const list = (select: HTMLSelectElement, at: Point | null): void => {
    if (!openList(select)) tell(select, at)
  }
  const needsPicker = (element: unknown): element is HTMLInputElement =>
    element instanceof HTMLInputElement && TYPES.includes(element.type) && !element.disabled && (!element.readOnly || element.type === 'color')
  // A list that the page gave the look `base-select` itself Chromium paints anyway.
  const needsList = (element: unknown): element is HTMLSelectElement =>
    element instanceof HTMLSelectElement &&
    !element.multiple &&
    element.size <= 1 &&
    !element.disabled &&
    getComputedStyle(element).appearance !== 'base-select'
  /** The calendar sign is at the end of the field; elsewhere a click only puts the caret into a part. */
  const isOnSign = (input: HTMLInputElement, x: number): boolean => {
    const rect = input.getBoundingClientRect()
    const { direction, paddingLeft, paddingRight, fontSize } = getComputedStyle(input)
    const size = Number.parseFloat(fontSize) * 1.7
    return direction === 'rtl' ? x < rect.left + Number.parseFloat(paddingLeft) + size : x > rect.right - Number.parseFloat(paddingRight) - size
  }
  const hasTouch = navigator.maxTouchPoints > 0
  return {
    mouseDown(event, element) {
      for (const key of open.keys()) say({ type: 'pickerGone', key })
      open.clear()
      if (event.button !== 0 || !needsList(element) || element.matches(':open')) return
      // Stops the list that is not in the picture, and the focus with it.
      event.preventDefault()
      element.focus()
      // The page's own listeners come first: they may still fill the list.
      setTimeout(() => list(element, { x: event.clientX, y: event.clientY }))
    },
    click(event, element) {
      if (!needsPicker(element)) return
      if (element.type !== 'color' && !hasTouch && event.detail > 0 && !isOnSign(element, event.clientX)) return
      event.preventDefault()
      element.focus()
      tell(element, event.detail > 0 ? { x: event.clientX, y: event.clientY } : null)
    },
    keyDown(event, element) {
      const opens = event.key === 'F4' || event.key === ' ' || (event.altKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp'))
      if (needsPicker(element) && element.type !== 'color' && opens) {
        event.preventDefault()
        tell(element, null)
      } else if (needsList(element) && !element.matches(':open') && (opens || event.key === 'Enter')) {
        event.preventDefault()
        list(element, null)
      }
    },
    show(element) {
      if (needsPicker(element)) tell(element, null)
      else if (needsList(element)) list(element, null)
      else return false
      return true
    },
    answer(key, values) {
      const control = open.get(key)
      open.delete(key)
      if (!control || values === null) return
      if (control instanceof HTMLSelectElement) for (const option of control.options) option.selected = values.includes(option.value)
      else control.value = values[0] ?? ''
      control.dispatchEvent(new Event('input', { bubbles: true, composed: true }))
      control.dispatchEvent(new Event('change', { bubbles: true }))
    },
    forget: () => open.clear(),
  }
}
