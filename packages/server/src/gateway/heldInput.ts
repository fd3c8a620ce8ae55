/**
 * What a client holds on one page by its `Input.…` commands: buttons, fingers, keys, a drag, a composition. Ends it
 * when a human takes the wheel or the client goes, and keeps what is left of a gesture that did not reach the page,
 * or was ended, from the page. Pure: `client.ts` tells it what passes and what does not, and sends what it says.
 */
import type { ErrorCode } from '@tandem/protocol'
import type { OwnCommand } from './commands.ts'

type Params = Record<string, unknown>

/** `begin` presses, `go` moves what is pressed, `end` lets go. */
interface Step {
  phase: 'begin' | 'go' | 'end'
  /** Several buttons may be moved at once. */
  what: string[]
}

/** More keys than there are: those that somebody makes up are not counted. */
const MAX_KEYS = 200
const BUTTONS = ['left', 'right', 'middle', 'back', 'forward'] as const
/** Beside the page: a press that is let go of there is no click on what was pressed, as when a person slides off it. */
const BESIDE = { x: -1, y: -1 }
const MOUSE: ReadonlySet<string> = new Set(['Input.dispatchMouseEvent', 'Input.emulateTouchFromMouseEvent'])
const PHASES: ReadonlyMap<unknown, Step['phase']> = new Map([
  ...['mousePressed', 'touchStart', 'dragEnter', 'keyDown', 'rawKeyDown'].map((type): [string, Step['phase']] => [type, 'begin']),
  ...['mouseMoved', 'touchMove', 'dragOver', 'drop', 'char'].map((type): [string, Step['phase']] => [type, 'go']),
  ...['mouseReleased', 'touchEnd', 'touchCancel', 'dragCancel', 'keyUp'].map((type): [string, Step['phase']] => [type, 'end']),
])

export class HeldInput {
  /** With the command that lets go of it. */
  readonly #held = new Map<string, OwnCommand>()
  /** What the client believes to hold, and the page does not. */
  readonly #barred = new Set<string>()
  /** Clients send the way to a click and the click itself at once: what was refused the first belongs together. */
  #moveBarred = false
  #lastKey = ''

  /** A command that goes on to the page; called for each, whatever it is. */
  passed(method: string, params: Params): void {
    this.#moveBarred = false
    const step = stepOf(method, params)
    if (!step) return
    const [what = ''] = step.what
    if (step.phase === 'begin') {
      this.#barred.delete(what)
      if (isCounted(what, this.#held.size)) this.#held.set(what, releaseOf(method, params))
    } else if (step.phase === 'end' || params['type'] === 'drop') this.#held.delete(what)
  }

  /** A command that was refused. */
  refused(method: string, params: Params, code: ErrorCode): void {
    const step = stepOf(method, params)
    if (!step) return
    const [what = ''] = step.what
    this.#moveBarred = code === 'control/observe-first' && params['type'] === 'mouseMoved' && step.what.length === 0
    if (step.phase === 'begin' && isCounted(what, this.#barred.size)) this.#barred.add(what)
    if (what.startsWith('key ')) this.#lastKey = what
    // Its end never comes to the page, nor does it have to.
    if (step.phase === 'end' || params['type'] === 'drop') this.#barred.delete(what)
  }

  /** What is to become of a command that control would let pass: a rest of what never reached the page is not to reach it either. */
  restOf(method: string, params: Params): 'pass' | 'refuse' | 'answer' {
    if (this.#barred.size === 0 && !this.#moveBarred) return 'pass'
    const step = stepOf(method, params)
    if (!step) return 'pass'
    if (step.phase === 'begin') return this.#moveBarred && MOUSE.has(method) ? 'refuse' : 'pass'
    const what = params['type'] === 'char' ? [this.#lastKey] : step.what
    if (!what.some((one) => this.#barred.has(one))) return 'pass'
    if (step.phase === 'go') return 'refuse'
    this.#moveBarred = false
    for (const one of what) this.#barred.delete(one)
    return 'answer'
  }

  /** The commands that let go of all, in the order in which they are to be sent; from now on nothing is held. */
  end(): OwnCommand[] {
    const held = [...this.#held].toReversed()
    this.#held.clear()
    for (const [what] of held) this.#barred.add(what)
    const commands = held.map(([, release]) => release)
    // A drag that Chromium made of a press ends by nothing else; without one it is nothing.
    const mayDrag = held.some(([what]) => what === 'drag' || what.endsWith('button left'))
    return mayDrag ? [dragCancel(), ...commands.filter(({ method }) => method !== 'Input.dispatchDragEvent')] : commands
  }
}

/** Null for what presses nothing, moves nothing that is pressed, and lets go of nothing. */
function stepOf(method: string, params: Params): Step | null {
  if (!method.startsWith('Input.')) return null
  const phase = PHASES.get(params['type'])
  switch (method) {
    case 'Input.dispatchMouseEvent':
    case 'Input.emulateTouchFromMouseEvent': {
      if (!phase) return null
      const kind = method === 'Input.dispatchMouseEvent' ? 'button' : 'emulated button'
      const names = phase === 'go' ? movedButtons(params) : BUTTONS.filter((name) => name === params['button'])
      return phase === 'go' || names.length > 0 ? { phase, what: names.map((name) => `${kind} ${name}`) } : null
    }
    case 'Input.dispatchTouchEvent':
      return phase ? { phase, what: ['touch'] } : null
    case 'Input.dispatchDragEvent':
      return phase ? { phase, what: ['drag'] } : null
    case 'Input.dispatchKeyEvent':
      return phase ? { phase, what: [`key ${String(params['code'] || params['key'])}`] } : null
    case 'Input.imeSetComposition':
      return { phase: params['text'] === '' ? 'end' : 'begin', what: ['composition'] }
    case 'Input.insertText':
      // It takes the place of a composition.
      return { phase: 'end', what: ['composition'] }
    default:
      return null
  }
}

/** Of buttons, fingers and the rest there are only a few. */
function isCounted(what: string, size: number): boolean {
  return size < MAX_KEYS || !what.startsWith('key ')
}

/** `buttons` has a bit for each in this order; some clients only name one. */
function movedButtons({ button, buttons }: Params): string[] {
  return BUTTONS.filter((name, bit) => name === button || (typeof buttons === 'number' && (buttons & (1 << bit)) !== 0))
}

function releaseOf(method: string, params: Params): OwnCommand {
  switch (method) {
    case 'Input.dispatchTouchEvent':
      return { method, params: { type: 'touchCancel', touchPoints: [] } }
    case 'Input.dispatchDragEvent':
      return dragCancel()
    case 'Input.dispatchKeyEvent': {
      const { key, code, windowsVirtualKeyCode, nativeVirtualKeyCode, location } = params
      return { method, params: { type: 'keyUp', key, code, windowsVirtualKeyCode, nativeVirtualKeyCode, location } }
    }
    case 'Input.imeSetComposition':
      return { method, params: { text: '', selectionStart: 0, selectionEnd: 0 } }
    default: {
      const { button } = params
      return { method, params: { type: 'mouseReleased', button, clickCount: 0, ...BESIDE } }
    }
  }
}

function dragCancel(): OwnCommand {
  return { method: 'Input.dispatchDragEvent', params: { type: 'dragCancel', ...BESIDE, data: { items: [], dragOperationsMask: 1 } } }
}
