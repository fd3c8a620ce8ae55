import { describe, expect, test } from 'vitest'
import { HeldInput } from './heldInput.ts'

type Sent = readonly [method: string, params: Record<string, unknown>]

const mouse = (type: string, button = 'left', more: object = {}): Sent => ['Input.dispatchMouseEvent', { type, x: 5, y: 6, button, ...more }]
const key = (type: string, code: string): Sent => ['Input.dispatchKeyEvent', { type, key: code, code, text: 'x', modifiers: 8 }]
const touch = (type: string): Sent => ['Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: 1, y: 1 }] }]
const move = mouse('mouseMoved', 'none')
const drag = mouse('mouseMoved', 'left', { buttons: 1 })
const ended = (input: HeldInput) => input.end().map(({ method, params }) => `${method.slice('Input.'.length)} ${String(params['type'] ?? params['text'])}`)

describe('what a client holds', () => {
  test('is ended, the newest first', () => {
    const input = new HeldInput()
    for (const command of [key('rawKeyDown', 'ShiftLeft'), touch('touchStart'), mouse('mousePressed', 'right'), move]) input.passed(...command)
    input.passed('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    expect(ended(input)).toEqual(['imeSetComposition ', 'dispatchMouseEvent mouseReleased', 'dispatchTouchEvent touchCancel', 'dispatchKeyEvent keyUp'])
    expect(input.end()).toEqual([])
  })

  test('is not what it let go of by itself', () => {
    const input = new HeldInput()
    for (const command of [mouse('mousePressed'), mouse('mouseReleased'), key('keyDown', 'KeyA'), key('keyUp', 'KeyA'), touch('touchStart'), touch('touchEnd')])
      input.passed(...command)
    input.passed('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    input.passed('Input.insertText', { text: '二' })
    expect(input.end()).toEqual([])
  })

  test('of a left button may be a drag, which is cancelled before: letting go would drop', () => {
    const input = new HeldInput()
    for (const command of [mouse('mousePressed'), drag]) input.passed(...command)
    expect(ended(input)).toEqual(['dispatchDragEvent dragCancel', 'dispatchMouseEvent mouseReleased'])
    input.passed('Input.dispatchDragEvent', { type: 'dragEnter', x: 1, y: 1, data: { items: [] } })
    expect(ended(input)).toEqual(['dispatchDragEvent dragCancel'])
    input.passed('Input.dispatchDragEvent', { type: 'drop', x: 1, y: 1, data: { items: [] } })
    expect(input.end()).toEqual([])
  })

  test('is a button or a finger behind any number of keys, too, and no button that there is not', () => {
    const input = new HeldInput()
    for (let made = 0; made < 300; made++) for (const press of [key('keyDown', `Key${made}`), mouse('mousePressed', `b${made}`)]) input.passed(...press)
    for (const command of [mouse('mousePressed'), touch('touchStart')]) input.passed(...command)
    expect(ended(input).slice(0, 4)).toEqual([
      'dispatchDragEvent dragCancel',
      'dispatchTouchEvent touchCancel',
      'dispatchMouseEvent mouseReleased',
      'dispatchKeyEvent keyUp',
    ])
    expect(input.end()).toEqual([])
  })

  test('is let go of beside the page, where it is no click, and with no text of a key', () => {
    const input = new HeldInput()
    input.passed(...mouse('mousePressed', 'middle'))
    input.passed(...key('keyDown', 'KeyA'))
    expect(input.end().map(({ params }) => params)).toEqual([
      { type: 'keyUp', key: 'KeyA', code: 'KeyA' },
      { type: 'mouseReleased', button: 'middle', clickCount: 0, x: -1, y: -1 },
    ])
  })
})

describe('the rest of a gesture', () => {
  const rest = (input: HeldInput, ...commands: Sent[]) => commands.map((command) => input.restOf(...command))

  test('whose press was refused does not reach the page: moves are refused, the release is answered, and then it is over', () => {
    const input = new HeldInput()
    for (const press of [mouse('mousePressed'), key('rawKeyDown', 'Enter'), touch('touchStart')]) input.refused(...press, 'control/human-driving')
    expect(rest(input, drag, mouse('mouseReleased'), drag, mouse('mouseReleased'))).toEqual(['refuse', 'answer', 'pass', 'pass'])
    expect(rest(input, key('char', ''), key('keyUp', 'Enter'), key('keyUp', 'Enter'))).toEqual(['refuse', 'answer', 'pass'])
    expect(rest(input, touch('touchMove'), touch('touchEnd'), touch('touchMove'))).toEqual(['refuse', 'answer', 'pass'])
  })

  test('that was ended does not reach the page either', () => {
    const input = new HeldInput()
    input.passed(...mouse('mousePressed'))
    input.end()
    expect(rest(input, move, drag, mouse('mouseReleased', 'right'), mouse('mouseReleased'))).toEqual(['pass', 'refuse', 'pass', 'answer'])
  })

  test('is over with a release that was refused, or with another press', () => {
    const input = new HeldInput()
    input.refused(...mouse('mousePressed'), 'control/human-driving')
    input.refused(...mouse('mouseReleased'), 'control/human-driving')
    expect(rest(input, drag)).toEqual(['pass'])
    input.refused(...mouse('mousePressed'), 'control/observe-first')
    input.passed(...mouse('mousePressed'))
    expect(rest(input, drag, mouse('mouseReleased'))).toEqual(['pass', 'pass'])
  })

  test('is a press that was sent behind the move that was refused, and no later one', () => {
    const input = new HeldInput()
    input.refused(...move, 'control/observe-first')
    expect(rest(input, mouse('mousePressed'))).toEqual(['refuse'])
    input.refused(...mouse('mousePressed'), 'control/observe-first')
    expect(rest(input, mouse('mouseReleased'), mouse('mousePressed'))).toEqual(['answer', 'pass'])
    input.refused(...move, 'control/observe-first')
    input.passed('Page.captureScreenshot', {})
    expect(rest(input, mouse('mousePressed'))).toEqual(['pass'])
  })
})
