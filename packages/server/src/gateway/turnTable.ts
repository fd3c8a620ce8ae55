/**
 * Of every domain of CDP: what a client can set up in it that lasts, and what becomes of that while a human drives. The
 * answer to one question, whether anything of an agent's receives what a human does. docs/gateway.md is made from it.
 */

/** Domains with the same answer; a test holds that each is here once. */
const ANSWERS: readonly [domains: string, becomes: string][] = [
  ['Input', 'what is held is let go of at the grant, and what is left of a gesture does not reach the page; drags are no longer intercepted for the client'],
  ['WebAuthn', 'authenticators stay, with what they have, and answer nothing; the browser refuses passkeys meanwhile'],
  [
    'Debugger DOMDebugger EventBreakpoints',
    'breakpoints are off, so that no condition sees what a function sees; a page that stands still all the same goes on at once, and the client hears nothing of it',
  ],
  ['Overlay', 'inspect mode, which takes clicks, is off; drawings stay'],
  ['DeviceAccess FedCm DigitalCredentials BluetoothEmulation SmartCardEmulation', "off: they would answer a prompt, or let it wait, in the human's place"],
  [
    'Page',
    "file choosers are the human's, confirmations of payments and handlers are not automatic, a frozen page is woken; screencasts go on and their frames are dropped. Scripts for new documents stay, as part of the page: whoever does not trust them revokes the agent's key first",
  ],
  [
    'Emulation DeviceOrientation',
    'a mouse stays a mouse; what else a page was given to believe (size, place, time zone, sensors, idleness) stays, and tells the client nothing',
  ],
  ['Fetch', 'routes stay, as part of the page ([CTL19](control.md)); what is paused is told without bodies, cookies and authorization'],
  [
    'Network',
    'throttling, blocking and headers stay; requests are told by address alone, without bodies, cookies and authorization, and what they carried cannot be asked for afterwards; frames of sockets and streams are dropped',
  ],
  ['Runtime', 'bindings stay, and nobody hears their calls; console, exceptions and answers to evaluations are dropped'],
  ['Console Log', 'messages are dropped, and those of the turn are thrown away, so that nobody can have them told again'],
  ['Security', 'errors of certificates wait for no client; ignoring them stays'],
  ['Browser', 'permissions, mock cameras and the folder of downloads stay'],
  ['Target ServiceWorker', "targets are told, as the client's picture must stay whole; one that waits for the client goes on after 3 s"],
  ['Tracing', 'ended as soon as the fence is up, and thrown away'],
  [
    'Profiler HeapProfiler Performance PerformanceTimeline Animation CSS',
    'recordings go on: they hold names of functions, rules and times, and of objects only those that the page still has afterwards',
  ],
  [
    'Accessibility Audits DOM DOMSnapshot DOMStorage IndexedDB CacheStorage Storage BackgroundService Inspector LayerTree Media Preload WebAudio WebMCP',
    "events are dropped, except that a renderer crashed; what the page has afterwards is the agent's to read then",
  ],
  ['Autofill FindInPage', 'addresses and marks stay, and tell the client nothing'],
  ['IO', 'streams from before stay unread until the handback'],
  ['Ads CrashReportContext FileSystem HeadlessExperimental Schema', 'nothing lasts'],
  ['Cast Extensions Memory PWA SystemInfo Tethering', 'refused always, or nothing lasts'],
]

export const TURN_DOMAINS: readonly string[] = ANSWERS.flatMap(([domains]) => domains.split(' '))

export function turnTableMarkdown(): string {
  const rows = ANSWERS.map(([domains, becomes]) => `| ${domains.split(' ').join(', ')} | ${becomes} |`)
  return ['| domain | while a human drives |', '|---|---|', ...rows].join('\n') + '\n'
}
