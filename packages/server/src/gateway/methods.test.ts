import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { EVALUATES, EVENTS, METHODS, methodTableMarkdown, ruleOf } from './methods.ts'
import { TURN_DOMAINS } from './turnTable.ts'

interface Domain {
  domain: string
  commands?: { name: string }[]
  events?: { name: string }[]
}

const require = createRequire(import.meta.url)
const domains: Domain[] = ['browser_protocol', 'js_protocol'].flatMap((file) => require(`devtools-protocol/json/${file}.json`).domains)
const known = (list: 'commands' | 'events'): Set<string> =>
  new Set(domains.flatMap((domain) => (domain[list] ?? []).map(({ name }) => `${domain.domain}.${name}`)))

describe('the table of methods', () => {
  test('names only what the protocol has', () => {
    const methods = known('commands')
    expect([...METHODS.keys()].filter((name) => !methods.has(name))).toEqual([])
    const events = known('events')
    expect([...EVENTS.keys()].filter((name) => !events.has(name))).toEqual([])
  })

  test('[CTL16] names each method once, and fences what it does not name', () => {
    const names = [...methodTableMarkdown().matchAll(/^\| (always|connecting|set-up|fenced|refused)[^|]*\| (\w+) \| (.*) \|$/gm)].flatMap(
      ([, , domain, list]) => (list ?? '').split(' ').map((name) => `${domain}.${name}`),
    )
    expect(names.length).toBe(new Set(names).size)
    expect(names.length).toBe(METHODS.size)
    expect(ruleOf('Page.unheardOf')).toEqual({ pass: 'fenced', kind: 'act' })
  })

  test('[CTL16] lets nothing pass always that reads or changes a page', () => {
    const suspicious = [...METHODS].filter(
      ([name, { pass }]) =>
        pass === 'always' &&
        /\.(dispatch|insert|capture|evaluate|call|get(?!Version|FrameTree|Targets|TargetInfo|BrowserContexts|IsolateId|Domains)|navigate|reload|print|remove(?!Binding|Script)|query)/.test(
          name,
        ),
    )
    expect(suspicious.map(([name]) => name)).toEqual([])
    for (const name of EVALUATES) expect(ruleOf(name)).toEqual({ pass: 'fenced', kind: 'look' })
  })
})

test('[CTL45] each domain of the protocol has its answer to what a human does', () => {
  expect(TURN_DOMAINS.toSorted()).toEqual(domains.map(({ domain }) => domain).toSorted())
})
