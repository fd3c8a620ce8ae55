/** What a session does with what its gateway tells: who is connected, where the agent points, which tab it works in. */
import type { LiveBrowser } from '@tandem/browser'
import type { AgentClient, Gateway } from '../gateway/gateway.ts'
import type { Watchers } from './watchers.ts'

export interface GatewaySink {
  watchers: Watchers
  /** A human drives: the human chooses the tab. */
  fenced(): boolean
  clients(clients: readonly AgentClient[]): void
  activate(tabId: string): void
}

export function forwardGatewayEvents(gateway: Gateway, browser: LiveBrowser, sink: GatewaySink): void {
  gateway.events.on('clients', (clients) => sink.clients(clients))
  gateway.events.on('pointer', ({ targetId, x, y, type }) => {
    if (targetId === browser.activeTabId) sink.watchers.broadcast('agent.pointer', { ...browser.inPicture(targetId, { x, y }), type })
  })
  gateway.events.on('screen', ({ targetId, screen }) => browser.setClientScreen(targetId, screen))
  gateway.events.on('left', () => browser.clientEnded())
  // Viewers follow the agent from tab to tab.
  gateway.events.on('active', (targetId) => {
    if (!sink.fenced() && targetId !== browser.activeTabId) sink.activate(targetId)
  })
}
