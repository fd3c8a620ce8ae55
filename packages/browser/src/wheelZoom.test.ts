import { expect, it } from 'vitest'
import { WheelZoom } from './wheelZoom.ts'

const wheel = (deltaY: number) => ({ type: 'wheel' as const, x: 1, y: 1, deltaX: 0, deltaY })

function started() {
  const told: string[] = []
  const ready = Promise.withResolvers<void>()
  const zoom = new WheelZoom({
    listen: (on) => (told.push(`listen ${on}`), on ? ready.promise : Promise.resolve()),
    wheel: ({ deltaY }) => void told.push(`wheel ${deltaY}`),
    zoom: (steps) => void told.push(`zoom ${steps}`),
  })
  return { zoom, told, ready }
}

it('holds the first turns until the page listens, and passes them on in order', async () => {
  const { zoom, told, ready } = started()
  zoom.take(wheel(100))
  zoom.take(wheel(200))
  expect(told).toEqual(['listen true'])
  ready.resolve()
  await ready.promise
  await Promise.resolve()
  zoom.take(wheel(300))
  expect(told).toEqual(['listen true', 'wheel 100', 'wheel 200', 'wheel 300'])
  zoom.stop()
  expect(told.at(-1)).toBe('listen false')
})

it('makes one step of each notch, whatever the system counts it as, and gathers what fingers do', () => {
  const { zoom, told } = started()
  zoom.take(wheel(1))
  for (const deltaY of [-120, -53, 100]) zoom.unhandled(deltaY)
  expect(told.slice(1)).toEqual(['zoom 1', 'zoom 1', 'zoom -1'])
  for (let pinch = 0; pinch < 23; pinch++) zoom.unhandled(-3)
  expect(told.slice(4)).toEqual(['zoom 1', 'zoom 1', 'zoom 1'])
  zoom.stop()
})

it('hears nothing of a page that nobody zooms, and forgets what waited when it is stopped', async () => {
  const { zoom, told, ready } = started()
  zoom.unhandled(-120)
  zoom.take(wheel(100))
  zoom.stop()
  ready.resolve()
  await ready.promise
  await Promise.resolve()
  expect(told).toEqual(['listen true', 'listen false'])
})
