import { BrowserAgent, Interrupted, type PageActions } from '@tandem/livekit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { servePages, type Pages } from '../harness/pages.ts'
import { AGENT_IDENTITY, LiveKitRig, type Viewer } from './rig.ts'

const FORM = `<!doctype html><title>form</title><style>body{margin:0}input{position:absolute;left:100px;top:40px;width:300px;height:40px}#pad{position:absolute;left:0;top:200px;width:600px;height:150px}#tall{height:4000px}</style>
<input id=field><div id=pad></div><div id=tall></div><script>globalThis.seen = []
for (const type of ['click','dblclick','contextmenu','auxclick','mousedown','mouseup']) addEventListener(type, (event) => seen.push([type, event.button, event.detail, event.shiftKey, event.clientX]), true)
addEventListener('contextmenu', (event) => event.preventDefault())</script>`

describe('an agent that is told by chat', () => {
  let rig: LiveKitRig
  let pages: Pages
  let ada: Viewer
  let agent: BrowserAgent
  let think: (message: string, actions: PageActions) => Promise<string | void> = async () => {}
  const errors: unknown[] = []
  beforeAll(async () => {
    pages = await servePages({ '/form': FORM })
    rig = await LiveKitRig.start()
    ada = await rig.viewer('ada')
    agent = new BrowserAgent({
      url: `${pages.url}/form`,
      width: 640,
      height: 360,
      framerate: 10,
      think: (message, actions) => think(message, actions),
      onError: (error) => errors.push(error),
    })
    await agent.start(await rig.join(AGENT_IDENTITY))
    await ada.frame()
  }, 120_000)
  afterAll(async () => {
    await agent?.aclose()
    await rig?.close()
    await pages?.close()
  })

  const evaluate = async (expression: string): Promise<unknown> => {
    const { browser } = agent.page
    const target = await browser.connection.attach(browser.activeTabId ?? '')
    return (await target.send('Runtime.evaluate', { expression, returnByValue: true })).result.value
  }
  const chat = (text: string): Promise<void> => ada.send(JSON.stringify({ text }), 'browser-agent-chat')
  const of = (topic: string): unknown[] => ada.packets.filter((packet) => packet.topic === topic).map(({ text }) => JSON.parse(text) as unknown)

  it('thinks, acts where everybody sees it, and answers', async () => {
    think = async (message, actions) => {
      await actions.leftClick(200, 60)
      await actions.typeText(`${message}: Ä é 5%\u{1f600}`)
      return 'done'
    }
    await chat('write')
    await expect.poll(() => of('browser-agent-chat')).toEqual([{ text: 'done', sender: 'agent' }])
    expect(await evaluate('field.value')).toBe('write: Ä é 5%\u{1f600}')
    await expect.poll(() => of('browser-agent-status').at(-1)).toEqual({ status: 'idle' })
    expect(of('browser-agent-status')).toEqual([{ status: 'thinking' }, { status: 'acting' }, { status: 'acting' }, { status: 'idle' }])
    expect(of('browser-agent-cursor')).toEqual([{ x: 200, y: 60, action: 'left_click', visible: true, width: 640, height: 360 }, { visible: false }])
    // Byte for byte as the dialect's first speaker.
    expect(ada.packets.find(({ topic }) => topic === 'browser-agent-status')?.text).toBe('{"status": "thinking"}')
  })

  it('has every action of the dialect', async () => {
    const { actions } = agent
    await evaluate('seen.length = 0; field.value = ""; field.focus()')
    await actions.typeText('abc')
    await actions.key('ctrl+a')
    await actions.key('Backspace')
    await actions.typeText('x')
    await actions.holdKey('shift+b', 0.05)
    await expect.poll(() => evaluate('field.value')).toBe('xB')
    await actions.doubleClick(50, 250)
    await actions.tripleClick(300, 250)
    await actions.rightClick(60, 250)
    await actions.middleClick(70, 250)
    await actions.leftClick(80, 250, 'shift')
    await actions.leftClickDrag(100, 250, 150, 260)
    const seen = (type: string, x: number) => evaluate(`seen.filter(([type,,,, x]) => type === '${type}' && x === ${x}).at(-1)`)
    await expect.poll(() => seen('dblclick', 50)).toEqual(['dblclick', 0, 2, false, 50])
    await expect.poll(() => seen('click', 300)).toEqual(['click', 0, 3, false, 300])
    await expect.poll(() => seen('contextmenu', 60)).toBeDefined()
    await expect.poll(() => seen('auxclick', 70)).toEqual(['auxclick', 1, 1, false, 70])
    await expect.poll(() => seen('click', 80)).toEqual(['click', 0, 1, true, 80])
    await expect.poll(() => seen('mouseup', 150)).toEqual(['mouseup', 0, 1, false, 150])
    await actions.scroll(300, 250, 'down', 2)
    await expect.poll(() => evaluate('scrollY')).toBe(240)
    await actions.scroll(300, 250, 'up', 1)
    await expect.poll(() => evaluate('scrollY')).toBe(120)
    expect(() => actions.key('ctrl+nothing')).toThrow(/There is no key "nothing"/)
    expect(actions.lastFrame?.width).toBe(640)
  })

  it('gives way to a person in the middle of its work, and goes on when asked again', async () => {
    await evaluate('field.value = ""; field.focus(); scrollTo(0, 0)')
    ada.packets.length = 0
    const acted = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<void>()
    think = async (_message, actions) => {
      await actions.typeText('one')
      acted.resolve()
      await taken.promise
      await actions.typeText('two')
      return 'never said'
    }
    // In the middle of a word, too: what is not typed yet is not typed any more.
    const long = agent.actions.typeText('a'.repeat(2_000))
    await expect.poll(() => evaluate('field.value.length')).toBeGreaterThan(3)
    await ada.rpc('browser/request-focus')
    await expect(long).rejects.toThrow(Interrupted)
    await ada.rpc('browser/release-focus')
    await evaluate('field.value = ""')
    await chat('count')
    await acted.promise
    expect(await ada.rpc('browser/request-focus')).toBe('{"granted": true}')
    taken.resolve()
    await expect.poll(() => of('browser-agent-chat')).toEqual([{ text: '(paused — you have control)', sender: 'agent' }])
    expect(await evaluate('field.value')).toBe('one')
    // Somebody else's chat takes nothing from who steers.
    await agent.session.publish('browser-agent-status', { status: 'idle' })
    const ben = await rig.viewer('ben')
    await expect.poll(() => agent.session.focusIdentity).toBe('ada')
    await ben.send(JSON.stringify({ text: 'me first' }), 'browser-agent-chat')
    await expect.poll(() => of('browser-agent-chat').at(-1)).toEqual({ text: '(paused — ada has control)', sender: 'agent' })
    think = async (_message, actions) => {
      await actions.typeText('two')
      return 'counted'
    }
    await chat('go on')
    await expect.poll(() => of('browser-agent-chat').at(-1)).toEqual({ text: 'counted', sender: 'agent' })
    await expect.poll(() => evaluate('field.value')).toBe('onetwo')
    expect(agent.session.focusIdentity).toBe('__agent__')
    await ben.leave()
  })

  it('goes on after an error of its own, and tells its owner', async () => {
    think = async () => {
      throw new Error('no idea')
    }
    await agent.sendMessage('think')
    expect(errors).toMatchObject([{ message: 'no idea' }])
    await ada.send('nonsense', 'browser-agent-chat')
    think = async () => 'well'
    await agent.sendMessage('again')
    await expect.poll(() => of('browser-agent-chat').at(-1)).toEqual({ text: 'well', sender: 'agent' })
  })
})
