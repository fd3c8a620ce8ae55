import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventEmitter } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { AgentDownloads, type DownloadSource } from './agentDownloads.ts'
import { ClientSession } from './clientSession.ts'

async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-downloads-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'kept'), 'bytes')
  const events: DownloadSource['events'] = new EventEmitter()
  const source: DownloadSource = {
    events,
    follow: () => Promise.resolve(),
    contextId: (named) => named ?? 'default',
    contextOf: () => null,
    path: () => join(folder, 'kept'),
    cancel: () => {},
  }
  const control = { fenced: false }
  const downloads = new AgentDownloads({ source, control, privateDir: undefined, log: () => {} })
  const told: [method: string, params: object][] = []
  const client = { tell: (_session: string, method: string, params: object) => void told.push([method, params]) }
  const session = new ClientSession('root', null, null)
  const want = (browserContextId: string, eventsEnabled = true) => {
    const params = { behavior: 'allow', downloadPath: join(folder, 'wanted', browserContextId), browserContextId, eventsEnabled }
    return downloads.handle(client, { id: 1, method: 'Browser.setDownloadBehavior', params, sessionId: undefined }, session)
  }
  const begin = (guid: string, contextId: string, suggestedFilename = `${guid}.txt`) =>
    events.emit('began', { guid, contextId, suggestedFilename, frameId: 'f', url: 'http://x.test/' })
  const end = async (guid: string) => {
    const delivered = downloads.whenDelivered(guid)
    events.emit('moved', { guid, state: 'completed', totalBytes: 5, receivedBytes: 5 })
    await delivered
  }
  return { folder, downloads, control, told, want, begin, end }
}

it('keeps what one client asked for several contexts at once', async () => {
  const { folder, want, begin, end } = await setup()
  await Promise.all([want('a'), want('b')])
  for (const context of ['a', 'b']) {
    begin(context, context)
    await end(context)
    expect(await readFile(join(folder, 'wanted', context, `${context}.txt`), 'utf8')).toBe('bytes')
  }
})

it('writes into the folder alone, whatever name a site suggests', async () => {
  const { folder, told, want, begin, end } = await setup()
  await want('a')
  for (const [guid, name] of [
    ['1', '..'],
    ['2', '../../up.txt'],
    ['3', ''],
  ] as const) {
    begin(guid, 'a', name)
    await end(guid)
  }
  expect(await readdir(join(folder, 'wanted', 'a'))).toEqual(['1', '3', 'up.txt'])
  expect(told.filter(([, params]) => 'state' in params && params.state === 'canceled')).toEqual([])
})

it("knows a download of the human, and tells nothing of it when it ends in the agent's turn", async () => {
  const { downloads, control, told, want, begin, end } = await setup()
  await want('a')
  control.fenced = true
  begin('1', 'a')
  control.fenced = false
  await end('1')
  begin('2', 'a')
  expect(['1', '2'].map((id) => downloads.isOfHuman(id))).toEqual([true, false])
  expect(told.map(([method]) => method)).toEqual(['Browser.downloadWillBegin'])
})
