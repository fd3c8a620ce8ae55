import type { Rungs, Transport } from '@tandem/protocol'
import { describe, expect, test } from 'vitest'
import { BACKOFF_FIRST_MS, GIVE_UP_MS, Ladder, NO_SIGNALS, ONLY_RETRY_MS, PATIENCE_MS, SETTLED_MS, SIGNALS_PATIENCE_MS } from './ladder.ts'
import type { Plan, Report, Wish } from './ladder.ts'

const ALL = { webrtc: null, room: 'no server', websocket: null, jpeg: null }
const NO_WAY = 'No way to the browser was found through this network (UDP may be blocked).'
const shows: Report = { frames: 1, stalled: null }
const nothing: Report = { frames: 0, stalled: null }
const stalled = (why: string): Report => ({ frames: 9, stalled: why })

/** A ladder with a clock of its own: what each rung would report when it runs, and the time. */
class Climb {
  readonly ladder: Ladder
  now = 0
  reports: Partial<Record<Transport, Report>> = {}

  constructor(options: { wish?: Wish; impossible?: Partial<Record<Transport, string>>; signals?: boolean } = {}) {
    this.ladder = new Ladder({ wish: options.wish ?? 'auto', impossible: options.impossible ?? {}, now: 0 })
    if (options.signals !== false) this.ladder.signals(true, 0)
  }

  /** Twice: what the first look starts, reports in the second. */
  look(): Plan {
    const reports = new Map(Object.entries(this.reports) as [Transport, Report][])
    this.ladder.decide(reports, this.now)
    return this.ladder.decide(reports, this.now)
  }

  /** Looks every 250 ms, as rungs.ts does. */
  after(ms: number): Plan {
    for (const end = this.now + ms; this.now < end;) {
      this.now = Math.min(end, this.now + 250)
      this.look()
    }
    return this.look()
  }
}

/** WebRTC found no way, and the shared encode shows. */
function onWebSocket(): Climb {
  const climb = new Climb()
  climb.reports = { webrtc: nothing, websocket: shows }
  climb.look()
  climb.after(GIVE_UP_MS + PATIENCE_MS)
  return climb
}

/** A server that has a room too. */
function withRoom(offers: Partial<Rungs> = {}): Climb {
  const climb = new Climb()
  climb.ladder.offered({ ...ALL, room: null, ...offers })
  return climb
}

describe('down', () => {
  test('[L1] the best rung is tried alone, and stays alone while it shows', () => {
    const climb = new Climb()
    expect(climb.look()).toEqual({ run: ['webrtc'], show: null, why: null })
    climb.reports = { webrtc: shows }
    expect(climb.after(60_000)).toEqual({ run: ['webrtc'], show: 'webrtc', why: null })
  })

  test('[L2] a rung without a picture within its patience gets the next one beside it, and so on', () => {
    const climb = new Climb()
    climb.look()
    expect(climb.after(PATIENCE_MS - 1).run).toEqual(['webrtc'])
    expect(climb.after(1).run).toEqual(['webrtc', 'websocket'])
    expect(climb.after(PATIENCE_MS).run).toEqual(['webrtc', 'websocket', 'jpeg'])
    expect(climb.after(PATIENCE_MS).run).toEqual(['webrtc', 'websocket', 'jpeg', 'screenshots'])
  })

  test('[L2] whichever shows first is shown; when the better one shows after all, it takes over', () => {
    const climb = new Climb()
    climb.look()
    climb.after(PATIENCE_MS)
    climb.reports = { websocket: shows }
    expect(climb.look()).toEqual({ run: ['webrtc', 'websocket'], show: 'websocket', why: NO_WAY })
    climb.reports = { websocket: shows, webrtc: shows }
    expect(climb.look().show).toBe('webrtc')
    expect(climb.after(SETTLED_MS)).toEqual({ run: ['webrtc'], show: 'webrtc', why: null })
  })

  test('[L2] a stall has had its patience: the next rung starts at once', () => {
    const climb = new Climb()
    climb.reports = { webrtc: shows }
    climb.look()
    climb.after(5_000)
    climb.reports = { webrtc: stalled('Nothing has come from the browser for some seconds.') }
    expect(climb.look()).toEqual({ run: ['webrtc', 'websocket'], show: 'webrtc', why: null })
    climb.reports = { ...climb.reports, websocket: shows }
    expect(climb.look()).toMatchObject({ show: 'websocket', why: 'Nothing has come from the browser for some seconds.' })
  })

  test('[L3] while nothing shows, the last picture stays, whoever is tried', () => {
    const climb = new Climb()
    climb.reports = { webrtc: shows }
    climb.look()
    climb.reports = { webrtc: stalled('still') }
    expect(climb.after(20_000).show).toBe('webrtc')
  })

  test('[L4] a stall that ends before the next rung shows ends that rung', () => {
    const climb = new Climb()
    climb.reports = { webrtc: shows }
    climb.look()
    climb.reports = { webrtc: stalled('still') }
    expect(climb.look().run).toEqual(['webrtc', 'websocket'])
    climb.reports = { webrtc: shows }
    expect(climb.after(SETTLED_MS + 250)).toEqual({ run: ['webrtc'], show: 'webrtc', why: null })
  })

  test('[L10] a room that is tried because the peer shows nothing does not keep the shared encode waiting', () => {
    const climb = withRoom()
    climb.look()
    expect(climb.after(PATIENCE_MS).run).toEqual(['webrtc', 'room', 'websocket'])
    climb.reports = { websocket: shows }
    expect(climb.look()).toMatchObject({ show: 'websocket' })
    climb.reports = { websocket: shows, room: shows }
    expect(climb.look().show).toBe('room')
    expect(climb.after(SETTLED_MS)).toMatchObject({ run: ['webrtc', 'room'], show: 'room', why: NO_WAY })
  })

  test('[L10] the same when the peer stalls that was shown', () => {
    const climb = withRoom()
    climb.reports = { webrtc: shows }
    climb.look()
    climb.reports = { webrtc: stalled('still') }
    expect(climb.look()).toMatchObject({ run: ['webrtc', 'room', 'websocket'], show: 'webrtc' })
  })

  test('[L10] a room that is the best there is has its patience first', () => {
    const climb = withRoom({ webrtc: 'All places are taken.' })
    expect(climb.look().run).toEqual(['room'])
    expect(climb.after(PATIENCE_MS - 1).run).toEqual(['room'])
    expect(climb.after(1).run).toEqual(['room', 'websocket'])
    climb.reports = { room: shows }
    climb.look()
    expect(climb.after(SETTLED_MS)).toEqual({ run: ['room'], show: 'room', why: 'All places are taken.' })
  })

  test('[L10] from below, only what is better than the shown rung starts with it', () => {
    const climb = withRoom({ room: 'The LiveKit server is down.' })
    climb.reports = { websocket: shows }
    climb.look()
    climb.after(PATIENCE_MS)
    climb.ladder.offered({ ...ALL, room: null })
    expect(climb.after(GIVE_UP_MS).run).toEqual(['room', 'websocket'])
  })

  test('[L7] what the server refuses or this viewer cannot play is passed over at once, with its words', () => {
    const climb = new Climb({ impossible: { websocket: 'This page has no WebCodecs.' } })
    climb.ladder.offered({ ...ALL, webrtc: 'Three viewers have a peer already.' })
    climb.reports = { jpeg: shows }
    climb.look()
    expect(climb.look()).toEqual({ run: ['jpeg'], show: 'jpeg', why: 'Three viewers have a peer already.' })
  })

  test('[L7] a shown rung that the server takes away counts as stalled', () => {
    const climb = new Climb()
    climb.reports = { webrtc: shows }
    climb.look()
    climb.ladder.offered({ ...ALL, webrtc: 'The capture page cannot run.', websocket: 'The capture page cannot run.' })
    expect(climb.look().run).toEqual(['webrtc', 'jpeg'])
  })

  test('[L7] a decoder that can never work is not tried again', () => {
    const climb = onWebSocket()
    climb.ladder.failed('websocket', 'This browser cannot decode it.', true, climb.now)
    climb.reports = { jpeg: shows }
    expect(climb.look().run).toContain('jpeg')
    climb.ladder.networkChanged()
    climb.ladder.offered(ALL)
    for (let second = 0; second < 600; second++) expect(climb.after(1_000).run).not.toContain('websocket')
  })
})

describe('up', () => {
  test('[L4] [L5] a better rung that shows nothing is given up, tried again after 10 s, then after 20, 40, 80, 120, 120', () => {
    const climb = onWebSocket()
    expect(climb.look()).toEqual({ run: ['websocket'], show: 'websocket', why: NO_WAY })
    const waits: number[] = []
    let since = GIVE_UP_MS
    for (let tries = 0; tries < 6; tries++) {
      while (!climb.after(250).run.includes('webrtc'));
      waits.push(Math.round((climb.now - since) / 1_000))
      while (climb.after(250).run.includes('webrtc'));
      since = climb.now
    }
    expect(waits).toEqual([10, 20, 40, 80, 120, 120])
  })

  test('[L5] the better rung takes over on its first frame alone', () => {
    const climb = onWebSocket()
    while (!climb.after(250).run.includes('webrtc'));
    expect(climb.look().show).toBe('websocket')
    climb.reports = { websocket: shows, webrtc: shows }
    expect(climb.look()).toMatchObject({ show: 'webrtc', why: null })
  })

  test('[L6] at once, when the network changed or the server says that it is back', () => {
    const changed = onWebSocket()
    changed.ladder.networkChanged()
    expect(changed.look().run).toEqual(['webrtc', 'websocket'])
    const offered = new Climb()
    offered.ladder.offered({ ...ALL, webrtc: 'Taken.' })
    offered.reports = { websocket: shows }
    expect(offered.after(30_000).run).toEqual(['websocket'])
    offered.ladder.offered(ALL)
    expect(offered.look().run).toEqual(['webrtc', 'websocket'])
  })

  test('[L5] from the bottom the next better one is tried too when the best shows nothing', () => {
    const climb = new Climb()
    climb.ladder.offered({ webrtc: 'No.', room: 'No.', websocket: 'No.', jpeg: 'No.' })
    climb.reports = { screenshots: shows }
    climb.look()
    climb.after(2_000)
    climb.ladder.offered(ALL)
    climb.reports = { screenshots: shows, webrtc: nothing, websocket: nothing }
    expect(climb.look().run).toEqual(['webrtc', 'screenshots'])
    expect(climb.after(PATIENCE_MS).run).toEqual(['webrtc', 'websocket', 'screenshots'])
  })

  test('[L5] a rung that failed is out for its time, unless nothing else runs', () => {
    const climb = new Climb({ impossible: { websocket: 'no', jpeg: 'no', screenshots: 'no' } })
    climb.look()
    climb.ladder.failed('webrtc', 'refused', false, climb.now)
    expect(climb.look().run).toEqual([])
    expect(climb.after(ONLY_RETRY_MS).run).toEqual(['webrtc'])
    const auto = onWebSocket()
    auto.reports = { websocket: shows }
    auto.ladder.failed('webrtc', 'refused', false, auto.now)
    expect(auto.after(BACKOFF_FIRST_MS - 250).run).toEqual(['websocket'])
  })
})

describe('the live socket', () => {
  test('[L8] is waited for before anything is tried; when it does not open, screenshots come without it', () => {
    const climb = new Climb({ signals: false })
    expect(climb.after(SIGNALS_PATIENCE_MS - 250).run).toEqual([])
    expect(climb.after(250).run).toEqual(['screenshots'])
    climb.reports = { screenshots: shows }
    expect(climb.look()).toMatchObject({ show: 'screenshots', why: NO_SIGNALS })
    climb.ladder.signals(true, climb.now)
    expect(climb.look().run).toEqual(['webrtc', 'screenshots'])
  })

  test('[L8] when it is lost a peer goes on, and nothing is tried that needs it', () => {
    const climb = new Climb()
    climb.reports = { webrtc: shows }
    climb.look()
    climb.ladder.signals(false, climb.now)
    expect(climb.after(30_000)).toMatchObject({ run: ['webrtc'], show: 'webrtc' })
    climb.reports = { webrtc: stalled('still') }
    expect(climb.after(250).run).toEqual(['webrtc', 'screenshots'])
  })

  test('[L8] a short absence of it changes nothing on the rungs that come over it', () => {
    const climb = onWebSocket()
    climb.ladder.signals(false, climb.now)
    climb.reports = { websocket: { frames: 0, stalled: null } }
    expect(climb.after(1_000)).toMatchObject({ run: ['websocket'], show: 'websocket' })
    climb.ladder.signals(true, climb.now)
    climb.reports = { websocket: shows }
    expect(climb.look()).toMatchObject({ show: 'websocket' })
  })
})

describe('chosen by hand', () => {
  test.each<[Wish, Transport]>([
    ['relay', 'webrtc'],
    ['webrtc', 'webrtc'],
    ['room', 'room'],
    ['websocket', 'websocket'],
    ['jpeg', 'jpeg'],
    ['screenshots', 'screenshots'],
  ])('[L9] %s is the only one, and is tried for ever', (wish, transport) => {
    const climb = new Climb({ wish })
    climb.ladder.offered({ ...ALL, room: null })
    expect(climb.look().run).toEqual([transport])
    expect(climb.after(30_000).run).toEqual([transport])
    climb.ladder.failed(transport, 'refused', false, climb.now)
    expect(climb.after(ONLY_RETRY_MS).run).toEqual([transport])
    climb.reports = { [transport]: shows }
    expect(climb.look()).toEqual({ run: [transport], show: transport, why: null })
  })

  test('[L9] the picture of before stays until the chosen one shows', () => {
    const climb = new Climb()
    climb.reports = { webrtc: shows }
    climb.look()
    climb.ladder.choose('jpeg')
    expect(climb.look()).toMatchObject({ run: ['webrtc', 'jpeg'], show: 'webrtc' })
    climb.reports = { webrtc: shows, jpeg: shows }
    expect(climb.look()).toEqual({ run: ['jpeg'], show: 'jpeg', why: null })
  })

  test('[L9] what ran beside the picture of before ends, and why the chosen one does not show is said', () => {
    const climb = new Climb()
    expect(climb.after(PATIENCE_MS + 250).run).toEqual(['webrtc', 'websocket'])
    climb.reports = { webrtc: shows, websocket: nothing }
    expect(climb.look().run).toEqual(['webrtc', 'websocket'])
    climb.ladder.choose('jpeg')
    expect(climb.look().run).toEqual(['webrtc', 'jpeg'])
    climb.ladder.failed('jpeg', 'The screencast cannot run.', false, climb.now)
    expect(climb.look()).toEqual({ run: ['webrtc'], show: 'webrtc', why: 'The screencast cannot run.' })
  })

  test('what can never be played is said', () => {
    expect(new Climb({ wish: 'websocket', impossible: { websocket: 'This page has no WebCodecs.' } }).ladder.impossible).toBe('This page has no WebCodecs.')
    expect(new Climb({ impossible: { websocket: 'This page has no WebCodecs.' } }).ladder.impossible).toBeNull()
  })
})
