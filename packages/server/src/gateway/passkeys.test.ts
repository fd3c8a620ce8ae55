import { expect, it } from 'vitest'
import { ClientSession } from './clientSession.ts'
import { AgentPasskeys } from './passkeys.ts'

function setup() {
  const whose: string[] = []
  const posted: unknown[] = []
  const passkeys = new AgentPasskeys((_page, of) => whose.push(of), { post: (method: string, params: unknown) => void posted.push([method, params]) })
  const session = (id: string) => new ClientSession(id, null, { targetId: 'page', type: 'page', url: '' })
  const send = (to: ClientSession, method: string, params = {}) => passkeys.sent(`WebAuthn.${method}`, params, to)
  return { passkeys, whose, posted, session, send }
}

it('refuses again after a client that enabled the domain and brought nothing: its end takes our key along', () => {
  const { passkeys, whose, session, send } = setup()
  const [one, other] = [session('1'), session('2')]
  send(one, 'enable')
  send(one, 'disable')
  expect(whose).toEqual(['ours'])
  send(other, 'enable')
  passkeys.suspend()
  passkeys.ended(other)
  expect(whose).toEqual(['ours', 'ours'])
  passkeys.resume()
  expect(whose).toEqual(['ours', 'ours'])
})

it('refuses again after any session of the page, one that knows nothing of passkeys too', () => {
  const { passkeys, whose, session } = setup()
  passkeys.ended(session('1'))
  passkeys.ended(new ClientSession('2', null, { targetId: 'worker', type: 'worker', url: '' }))
  expect(whose).toEqual(['ours'])
})

it("is the client's from its first authenticator to its last", () => {
  const { passkeys, whose, session, send } = setup()
  const one = session('1')
  send(one, 'enable')
  expect(whose).toEqual([])
  send(one, 'addVirtualAuthenticator')
  passkeys.added(one, 'key')
  expect(whose).toEqual(['agents'])
  send(one, 'removeVirtualAuthenticator', { authenticatorId: 'key' })
  expect(whose).toEqual(['agents', 'ours'])
  send(one, 'addVirtualAuthenticator')
  passkeys.added(one, undefined)
  expect(whose).toEqual(['agents', 'ours', 'agents', 'ours'])
})

it("silences authenticators in a human's turn, in which the end of one session leaves none of another to answer", () => {
  const { passkeys, whose, posted, session, send } = setup()
  const [one, other] = [session('1'), session('2')]
  for (const each of [one, other]) {
    send(each, 'enable')
    send(each, 'addVirtualAuthenticator')
    passkeys.added(each, `key ${each.id}`)
  }
  whose.length = 0
  passkeys.suspend()
  expect(posted).toEqual([
    ['WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: 'key 1', enabled: false }],
    ['WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: 'key 2', enabled: false }],
  ])
  expect(whose).toEqual(['ours', 'ours'])
  passkeys.ended(one)
  expect(whose).toEqual(['ours', 'ours', 'ours'])
  passkeys.resume()
  expect(whose).toEqual(['ours', 'ours', 'ours', 'agents'])
})
