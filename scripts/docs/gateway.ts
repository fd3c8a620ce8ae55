/** docs/gateway.md: what an agent may call, from the table of packages/server. */
import { methodTableMarkdown } from '../../packages/server/src/gateway/methods.ts'
import { turnTableMarkdown } from '../../packages/server/src/gateway/turnTable.ts'
import { generatedFrom } from './markdown.ts'

export function gatewayPage(): string {
  return `# What an agent may call

${generatedFrom('packages/server/src/gateway/methods.ts')}

An agent drives a session through \`WS /v1/agent-sessions/:id/cdp\` (\`cdp.ws_url\` of the session carries its own token) with any CDP
client: \`chromium.connectOverCDP\`, \`puppeteer.connect\`, several at once. Each command meets this table. While a human drives, an
evaluation that is refused answers as if the page had thrown \`control/human-driving\`, everything else with a CDP error whose message
begins with its [code](errors.md) and whose \`data\` is JSON text (\`code\`, \`retry\` and more); nothing is kept back to run later. After the handback the first command that changes the page
fails once with \`control/observe-first\` when the agent has not looked before it. The [rules of control](control.md) say when a human drives.

- **always**: passes, whoever drives.
- **connecting**: passes until a client has looked or acted in a target, fenced afterwards; a viewport for a page in which a human works is answered and not set,
  nor is the focus: while a human drives it is in the tab that is shown, else every tab in which an agent works keeps it.
- **set-up**: the same, in targets that are new: they stand still until the client lets them run.
- **fenced**: passes while the agent drives. A *look* reads the page, an *act* may change it.
- **refused**: never passes. A method that is not in the table is fenced and counts as one that changes the page. Gestures that Chromium
  makes by itself are refused because nothing ends one at a takeover: use \`Input.dispatchMouseEvent\` and \`dispatchTouchEvent\`. Sessions are flat:
  \`Target.attachToTarget\` and \`setAutoAttach\` without \`flatten: true\` are refused too.
- Passkeys that pages ask for are refused (\`NotAllowedError\`) until a client adds a virtual authenticator of its own (\`WebAuthn.addVirtualAuthenticator\`), and again
  when it removes its last one, sends \`WebAuthn.disable\` or leaves.
- **screens**: the size, pixel ratio and touch that a client sets (\`puppeteer.connect\` sets 800x600 by itself) are the page's for everybody: the session's
  \`viewport\` tells them, and people's pointers go by them. When it clears them or leaves, the newest that another client has set come back, else
  the session's own (\`own_viewport\`). What a person zooms is as it was at the handback.
- **traces**: \`Tracing.start\` is for the session of a page (\`browser.startTracing(page)\`, Lighthouse), with the categories that such tools use and
  without pictures and memory; all others are left out. A takeover ends the trace and drops what it has: who waits for it gets an empty
  \`tracingComplete\`, and the next \`Tracing.end\` is refused. Chromium runs one trace at a time: another client is told so.
- **Downloads** are each client's own: \`Browser.setDownloadBehavior\` of one changes nothing for another, events go to the sessions that asked for them, and a copy of each
  file to the path and under the name that its client asked for. One that all deny is not made; the session keeps the others for its viewers. Of a download that began
  while a human drove no agent is told anything.
- **event**: what still reaches the client while a human drives, as it is or without bodies, cookies and authorization. All other events are dropped then.

${methodTableMarkdown()}
## What an agent has set up, while a human drives

Nothing of it receives what a human does, nor answers in a human's place ([CTL45](control.md)); at the handback it is as it was.

${turnTableMarkdown()}`
}
