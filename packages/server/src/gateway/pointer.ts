/** What viewers are shown of the agent's hands: taken from its own input commands, nothing is drawn in the page. */
export interface Pointer {
  x: number
  y: number
  type: 'move' | 'down' | 'up' | 'wheel'
}

const MOUSE_TYPES = new Map<unknown, Pointer['type']>([
  ['mouseMoved', 'move'],
  ['mousePressed', 'down'],
  ['mouseReleased', 'up'],
  ['mouseWheel', 'wheel'],
])
const TOUCH_TYPES = new Map<unknown, Pointer['type']>([
  ['touchStart', 'down'],
  ['touchMove', 'move'],
  ['touchEnd', 'up'],
  ['touchCancel', 'up'],
])

/** CSS pixels of the viewport; null for a command that points nowhere. `last` stands in for a finger that was lifted. */
export function pointerOf(method: string, params: Record<string, unknown>, last: Pointer | null): Pointer | null {
  switch (method) {
    case 'Input.dispatchMouseEvent':
      return at(params, MOUSE_TYPES.get(params['type']))
    case 'Input.dispatchTouchEvent': {
      const points: unknown = params['touchPoints']
      const point: unknown = Array.isArray(points) ? points[0] : undefined
      return at(point ?? last, TOUCH_TYPES.get(params['type']))
    }
    case 'Input.dispatchDragEvent':
      return at(params, 'move')
    default:
      return null
  }
}

function at(point: unknown, type: Pointer['type'] | undefined): Pointer | null {
  if (!type || typeof point !== 'object' || point === null || !('x' in point) || !('y' in point)) return null
  const { x, y } = point
  return typeof x === 'number' && typeof y === 'number' ? { x, y, type } : null
}
