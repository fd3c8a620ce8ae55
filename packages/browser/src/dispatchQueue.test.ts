import { expect, test } from 'vitest'
import type { CdpSession } from './connection.ts'
import { DispatchQueue } from './dispatchQueue.ts'
import { Mouse } from './mouse.ts'
import { Touch } from './touch.ts'

const layout = { factor: 1 }

/** A page that answers nothing: two moves go out, and those after them are held back. */
function busyPage() {
  const sent: { type: string; x?: number; buttons?: number; touchPoints?: { id: number; x: number }[] }[] = []
  const session = {
    send: (_method: string, params: (typeof sent)[number]) => {
      sent.push(params)
      return new Promise(() => {})
    },
    on: () => () => {},
  } as unknown as CdpSession // Of a session the queue and the mouse use no more.
  return { sent, session, queue: new DispatchQueue(session) }
}

test('a move that was held back until the button went up still has the button', () => {
  const { sent, session, queue } = busyPage()
  const mouse = new Mouse(session, queue, layout)
  mouse.handle({ type: 'mouseDown', x: 0, y: 0, button: 0 })
  for (const x of [1, 2, 3, 4]) mouse.handle({ type: 'mouseMove', x, y: 0 })
  mouse.handle({ type: 'mouseUp', x: 4, y: 0, button: 0 })
  expect(sent.map(({ type, x, buttons }) => [type, x, buttons])).toEqual([
    ['mousePressed', 0, 1],
    ['mouseMoved', 1, 1],
    ['mouseMoved', 2, 1],
    ['mouseMoved', 4, 1],
    ['mouseReleased', 4, 0],
  ])
})

test('so it has when all is let go of, and one of before a press has none', () => {
  const { sent, session, queue } = busyPage()
  const mouse = new Mouse(session, queue, layout)
  for (const x of [1, 2, 3]) mouse.handle({ type: 'mouseMove', x, y: 0 })
  mouse.handle({ type: 'mouseDown', x: 5, y: 0, button: 2 })
  mouse.handle({ type: 'mouseMove', x: 6, y: 0 })
  mouse.releaseAll()
  expect(sent.slice(2).map(({ type, x, buttons }) => [type, x, buttons])).toEqual([
    ['mouseMoved', 5, 0],
    ['mousePressed', 5, 2],
    ['mouseMoved', 6, 2],
    ['mouseReleased', 6, 0],
  ])
})

test('a touch that was held back has the fingers of its time, whoever comes or is lifted next', () => {
  const { sent, queue } = busyPage()
  const touch = new Touch(queue, layout)
  const move = (touchId: number, x: number) => touch.handle({ type: 'touchMove', x, y: 0, touchId })
  touch.handle({ type: 'touchStart', x: 0, y: 0, touchId: 0 })
  for (const x of [1, 2, 3]) move(0, x)
  touch.handle({ type: 'touchStart', x: 10, y: 0, touchId: 1 })
  move(1, 11)
  touch.handle({ type: 'touchEnd', x: 12, y: 0, touchId: 1 })
  move(0, 4)
  touch.handle({ type: 'touchCancel' })
  expect(sent.slice(3).map(({ type, touchPoints }) => [type, ...(touchPoints ?? []).map(({ x }) => x)])).toEqual([
    ['touchMove', 3],
    ['touchStart', 3, 10],
    ['touchMove', 3, 12],
    ['touchMove', 3],
    ['touchMove', 4],
    ['touchCancel'],
  ])
})
