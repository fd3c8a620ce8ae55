/**
 * What a client has switched on in a page that would take what a human does, or answer in a human's place: off while a
 * human drives, and as it was at the handback. One for each session of a client. Pure: `client.ts` tells it of each
 * command, and sends what it says.
 */
import type { OwnCommand } from './commands.ts'

type Params = Record<string, unknown>

interface Switch {
  /** What is sent at the grant. */
  off: OwnCommand
  /** What is sent at the handback, where it is not the client's own command again. */
  on?: OwnCommand
}

/** A switch that one command turns both ways. */
const way = (method: string, off: Params): [string, Switch] => [method, { off: { method, params: off } }]
/** One with a command for each way. */
const domain = (name: string): [string, Switch] => [`${name}.enable`, { off: { method: `${name}.disable`, params: {} } }]

export const SWITCHES: ReadonlyMap<string, Switch> = new Map([
  // Conditions of breakpoints are scripts that see what a page's functions see, and stop nothing.
  [
    'Debugger.enable',
    {
      off: { method: 'Debugger.setBreakpointsActive', params: { active: false } },
      on: { method: 'Debugger.setBreakpointsActive', params: { active: true } },
    },
  ],
  way('Debugger.setBreakpointsActive', { active: false }),
  // It takes clicks.
  way('Overlay.setInspectMode', { mode: 'none', highlightConfig: {} }),
  way('Input.setInterceptDrags', { enabled: false }),
  // With `cancel` it answers the human's choosers.
  way('Page.setInterceptFileChooserDialog', { enabled: false }),
  // A human's mouse stays a mouse, and a page that is frozen takes nothing.
  way('Emulation.setEmitTouchEventsForMouse', { enabled: false }),
  way('Page.setWebLifecycleState', { state: 'active' }),
  // They confirm payments, handlers, sign-ins, identities and devices in a human's place, or keep them waiting.
  way('Page.setSPCTransactionMode', { mode: 'none' }),
  way('Page.setRPHRegistrationMode', { mode: 'none' }),
  way('DigitalCredentials.setVirtualWalletBehavior', { action: 'clear' }),
  way('Security.setOverrideCertificateErrors', { override: false }),
  domain('FedCm'),
  domain('DeviceAccess'),
  domain('BluetoothEmulation'),
  domain('SmartCardEmulation'),
])

export class Switches {
  /** The client's last command for each. */
  readonly #set = new Map<string, Params>()
  #suspended = false

  /** A command that passes. While a human drives it may say more to send behind it, or that it waits for the handback itself. */
  passed(method: string, params: Params, isFenced: boolean): { waits: boolean; behind?: OwnCommand } {
    if (method.endsWith('.disable')) this.#forget(method.slice(0, -'disable'.length))
    const known = SWITCHES.get(method)
    if (!known) return { waits: false }
    this.#set.set(method, params)
    if (!isFenced) return { waits: false }
    this.#suspended = true
    return known.off.method === method ? { waits: true } : { waits: false, behind: known.off }
  }

  /** A human takes the wheel. */
  suspend(): OwnCommand[] {
    this.#suspended = true
    return [...this.#set.keys()].flatMap((method) => SWITCHES.get(method)?.off ?? [])
  }

  /** The agent drives again. */
  resume(): OwnCommand[] {
    if (!this.#suspended) return []
    this.#suspended = false
    return [...this.#set].map(([method, params]) => SWITCHES.get(method)?.on ?? { method, params })
  }

  /** A domain ends with all that was set in it. */
  #forget(domain: string): void {
    for (const method of this.#set.keys()) if (method.startsWith(domain)) this.#set.delete(method)
  }
}
