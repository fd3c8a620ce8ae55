import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { Switches, SWITCHES } from './switches.ts'

const told = (commands: readonly { method: string; params: object }[]): string[] => commands.map(({ method, params }) => `${method} ${JSON.stringify(params)}`)

test('what was switched on is off in a turn and comes back as it was', () => {
  const switches = new Switches()
  switches.passed('Overlay.setInspectMode', { mode: 'searchForNode', highlightConfig: {} }, false)
  switches.passed('FedCm.enable', { disableRejectionDelay: true }, false)
  expect(told(switches.suspend())).toEqual(['Overlay.setInspectMode {"mode":"none","highlightConfig":{}}', 'FedCm.disable {}'])
  expect(told(switches.resume())).toEqual([
    'Overlay.setInspectMode {"mode":"searchForNode","highlightConfig":{}}',
    'FedCm.enable {"disableRejectionDelay":true}',
  ])
  // A takeover that was taken back never got so far.
  expect(switches.resume()).toEqual([])
})

test('what the client ended itself stays off, breakpoints as it left them', () => {
  const switches = new Switches()
  switches.passed('FedCm.enable', {}, false)
  switches.passed('FedCm.disable', {}, false)
  switches.passed('Debugger.enable', {}, false)
  switches.passed('Debugger.setBreakpointsActive', { active: false }, false)
  switches.suspend()
  expect(told(switches.resume()).at(-1)).toBe('Debugger.setBreakpointsActive {"active":false}')
  switches.passed('Debugger.disable', {}, false)
  expect(switches.suspend()).toEqual([])
})

test('what is switched on during a turn waits for the handback, or is off at once', () => {
  const switches = new Switches()
  expect(switches.passed('Page.setInterceptFileChooserDialog', { enabled: true }, true)).toEqual({ waits: true })
  expect(switches.passed('Debugger.enable', {}, true)).toEqual({ waits: false, behind: { method: 'Debugger.setBreakpointsActive', params: { active: false } } })
  expect(told(switches.resume())).toEqual(['Page.setInterceptFileChooserDialog {"enabled":true}', 'Debugger.setBreakpointsActive {"active":true}'])
})

test('each is a command of the protocol', () => {
  const require = createRequire(import.meta.url)
  const domains: { domain: string; commands: { name: string }[] }[] = ['browser_protocol', 'js_protocol'].flatMap(
    (file) => require(`devtools-protocol/json/${file}.json`).domains,
  )
  const known = new Set(domains.flatMap(({ domain, commands }) => commands.map(({ name }) => `${domain}.${name}`)))
  const named = [...SWITCHES].flatMap(([method, { off, on }]) => [method, off.method, on?.method ?? off.method])
  expect(named.filter((method) => !known.has(method))).toEqual([])
})
