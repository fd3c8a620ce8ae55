/** What runs in the page of tests/rooms/panel.test.ts: one AgentSessionPanel over the window, mounted when the test says whose. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { AgentSessionPanel } from '@tandem/react/rooms'
import type { AgentSessionPanelProps } from '@tandem/react/rooms'

declare global {
  var panel: { mount(props: AgentSessionPanelProps): void; unmount(): void }
}

const host = document.createElement('div')
host.style.cssText = 'position:fixed;inset:0'
document.body.append(host)
document.documentElement.style.colorScheme = 'light dark'
const root = createRoot(host)

globalThis.panel = {
  mount: (props) =>
    root.render(
      <StrictMode>
        <AgentSessionPanel {...props} />
      </StrictMode>,
    ),
  unmount: () => root.render(null),
}
// ViewerBrowser waits for it.
Object.assign(globalThis, { bench: globalThis.panel })
