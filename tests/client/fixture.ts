/** What the client's tests stand on: a server in this process, the pages of tests, and a viewer's Chromium; and a line to the server that can fail. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Tandem } from '@tandem/client'
import type { AgentSession } from '@tandem/client'
import type { Config } from '@tandem/server'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { NO_ROOMS, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { SpareSessions } from '../harness/spareSessions.ts'
import { ViewerBrowser } from '../harness/viewer.ts'

export interface Fixture {
  server: TestServer
  sessions: SpareSessions
  tandem: Tandem
  pages: Pages
  browser: ViewerBrowser
  close(): Promise<void>
}

/** `livekit`: the LiveKit server that its rooms are on; without, there are none. */
export async function openFixture(livekit: Config['livekit'] = NO_ROOMS): Promise<Fixture> {
  const server = await startTestServer({ logLevel: 'error', livekit })
  const pages = await servePages()
  const browser = await ViewerBrowser.launch()
  return {
    server,
    sessions: new SpareSessions(server),
    tandem: new Tandem({ baseUrl: server.url, apiKey: server.apiKey }),
    pages,
    browser,
    async close() {
      await browser.close()
      await server.close()
      await pages.close()
    },
  }
}

/** The address of the viewer's socket of a session that runs. */
export function liveUrl(session: AgentSession): string {
  const url = session.live?.ws_url
  if (url === undefined) throw new Error('the session has no live socket')
  return url
}

export interface Line {
  /** The same address through this line. */
  through(url: string): string
  /** Ends all connections as a network does that is gone; new ones work. */
  cut(): void
  /** From now on (or until `false`) nothing is carried, and nothing ends. */
  hold(on: boolean): void
  close(): Promise<void>
}

/** A TCP line to the server, for failures that happen between the two ends. Video does not go over it. */
export async function openLine(serverUrl: string): Promise<Line> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let held = false
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.on('data', (chunk) => held || far.write(chunk))
    far.on('data', (chunk) => held || near.write(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP server: its address is never a pipe's name.
  const { port } = server.address() as AddressInfo
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    through: (url) => url.replace(target.host, `127.0.0.1:${port}`),
    cut,
    hold: (on) => void (held = on),
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A still page whose title says what happened on it: a button that turns green, a text field, a page of its own colours. */
export const FORM = `<!doctype html><meta charset="utf-8"><title>ready</title>
<style>html,body{margin:0;height:100%;background:rgb(20,60,200)} button{position:absolute;left:100px;top:100px;width:200px;height:100px;border:0;background:rgb(220,30,30)}
textarea{position:absolute;left:500px;top:100px;width:400px;height:100px;font-size:20px} #drag{position:absolute;left:100px;top:400px;width:100px;height:100px;background:rgb(240,200,0)}</style>
<button></button><textarea></textarea><div id="drag"></div>
<script>
const button = document.querySelector('button'), area = document.querySelector('textarea'), drag = document.querySelector('#drag')
let clicks = 0
button.onclick = () => { clicks++; button.style.background = 'rgb(30,200,60)'; document.title = 'clicks ' + clicks }
button.ondblclick = () => { document.title = 'double-click' }
button.oncontextmenu = (event) => { event.preventDefault(); document.title = 'context menu' }
area.oninput = () => { document.title = 'text [' + area.value + ']' }
drag.onpointerdown = (event) => { drag.setPointerCapture(event.pointerId); drag.onpointermove = (move) => { drag.style.left = move.clientX - 50 + 'px'; drag.style.top = move.clientY - 50 + 'px' } }
drag.onpointerup = () => { drag.onpointermove = null; document.title = 'dropped ' + drag.style.left + ' ' + drag.style.top }
addEventListener('wheel', (event) => { document.title = 'wheel ' + event.deltaY + (event.ctrlKey ? ' ctrl' : '') }, { passive: true })
addEventListener('keydown', (event) => { if (event.ctrlKey && event.key === 'k') document.title = 'shortcut' })
</script>`

export const BLUE = [20, 60, 200] as const
export const RED = [220, 30, 30] as const
export const GREEN = [30, 200, 60] as const
