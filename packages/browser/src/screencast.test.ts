import { EventEmitter } from 'node:events'
import { DEVICES } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { Screencast } from './screencast.ts'
import type { Tab } from './tab.ts'

test('a frame that another has overtaken is acknowledged and not shown: the newest stays', () => {
  const cdp = new EventEmitter()
  const acknowledged: unknown[] = []
  const session = {
    on: (name: string, listener: (event: unknown) => void) => (cdp.on(name, listener), () => cdp.off(name, listener)),
    send: () => Promise.resolve({}),
    post: (_method: string, params: { sessionId: number }) => acknowledged.push(params.sessionId),
  }
  const screencast = new Screencast({ ...DEVICES.desktop })
  const shown: string[] = []
  screencast.events.on('frame', ({ data }) => shown.push(data))
  // All that a cast needs of a tab.
  screencast.show({ session } as unknown as Tab, { ...DEVICES.desktop })
  screencast.setFeed(true)
  const heard = (sessionId: number, data: string, timestamp: number): void =>
    void cdp.emit('Page.screencastFrame', { sessionId, data, metadata: { timestamp } })
  heard(1, 'first', 10.0)
  heard(2, 'third', 10.05)
  heard(3, 'second', 10.02)
  // The same once more, as it comes of a page at rest.
  heard(4, 'third', 10.05)
  expect(shown).toEqual(['first', 'third', 'third'])
  expect(acknowledged).toEqual([1, 2, 3, 4])
  // The machine's clock was set back.
  heard(5, 'later', 3.0)
  heard(6, 'last', 3.05)
  expect(shown.slice(3)).toEqual(['later', 'last'])
})
