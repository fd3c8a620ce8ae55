/**
 * Two hosts of the tests' own on one machine: network namespaces `server` and `viewer`, joined by two
 * links. The server has one address that is reached over either link, so that a viewer can lose the
 * link it came over and go on over the other, as a phone does that leaves its Wi-Fi. A link can be made
 * narrow, as the last mile is that queues what it cannot carry, and lossy.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const SERVER_ADDRESS = '10.90.0.1'

export interface TwoHosts {
  /** Arguments in front of a command that runs on the server's host: `[program, ...args]`. */
  onServer: readonly string[]
  /** Path of a script that runs Chromium on the viewer's host. */
  viewerChromium: string
  /** Takes a link down, as if its network were gone, and routes over the other. */
  switchTo(link: 1 | 2): void
  /** Makes both links this narrow on the way to the viewer, with a queue of a quarter of a second; null: as wide as before. */
  narrow(kbps: number | null): void
  /** Loses this share of the packets that reach the viewer, of 100; 0: none. */
  lose(percent: number): void
  /** Lets no UDP through to the viewer, as many offices do: nothing is answered, nothing refused. */
  blockUdp(blocked: boolean): void
  /** Lets nothing through from the server's host to this port of its own: its LiveKit server is out of reach for its browsers. */
  cutOwnPort(port: number, protocols: readonly ('udp' | 'tcp')[]): void
  close(): void
}

export function makeTwoHosts(chromium: string): TwoHosts {
  const server = `tdm-s-${process.pid}`
  const viewer = `tdm-v-${process.pid}`
  const dir = mkdtempSync(join(tmpdir(), 'tandem-netns-'))
  for (const host of [server, viewer]) {
    ip('netns', 'add', host)
    ip('-n', host, 'link', 'set', 'lo', 'up')
  }
  ip('-n', server, 'addr', 'add', `${SERVER_ADDRESS}/32`, 'dev', 'lo')
  for (const link of [1, 2]) {
    const [s, v] = [`s${link}`, `v${link}`]
    ip('-n', server, 'link', 'add', s, 'type', 'veth', 'peer', 'name', v, 'netns', viewer)
    ip('-n', server, 'addr', 'add', `10.90.${link}.1/24`, 'dev', s)
    ip('-n', viewer, 'addr', 'add', `10.90.${link}.2/24`, 'dev', v)
    ip('-n', server, 'link', 'set', s, 'up')
    if (link === 1) ip('-n', viewer, 'link', 'set', v, 'up')
  }
  ip('-n', viewer, 'route', 'replace', 'default', 'via', '10.90.1.1')
  const viewerChromium = join(dir, 'chromium')
  writeFileSync(viewerChromium, `#!/bin/sh\nexec ip netns exec ${viewer} ${chromium} "$@"\n`)
  chmodSync(viewerChromium, 0o755)
  return {
    onServer: ['ip', 'netns', 'exec', server],
    viewerChromium,
    switchTo(link) {
      const other = link === 1 ? 2 : 1
      ip('-n', viewer, 'link', 'set', `v${link}`, 'up')
      ip('-n', viewer, 'link', 'set', `v${other}`, 'down')
      ip('-n', viewer, 'route', 'replace', 'default', 'via', `10.90.${link}.1`)
    },
    narrow(kbps) {
      for (const device of ['s1', 's2']) {
        // The bucket has to hold one packet of the size that the stack hands to a link at once.
        const bucket = ['root', 'tbf', 'rate', `${kbps}kbit`, 'burst', '16kb', 'latency', '250ms']
        if (kbps !== null) run('tc', '-n', server, 'qdisc', 'replace', 'dev', device, ...bucket)
        else run('tc', '-n', server, 'qdisc', 'del', 'dev', device, 'root')
      }
    },
    lose(percent) {
      // Where packets come in: a packet dropped where it goes out is an error that its sender is told of.
      const rules = 'add table inet loss; delete table inet loss'
      const chain = 'add table inet loss; add chain inet loss input { type filter hook input priority 0; }'
      const drop = `add rule inet loss input iif != lo numgen random mod 100 < ${percent} drop`
      run('ip', 'netns', 'exec', viewer, 'nft', percent > 0 ? `${rules}; ${chain}; ${drop}` : rules)
    },
    blockUdp(blocked) {
      const rules = 'add table inet blocked; delete table inet blocked'
      const chain = 'add table inet blocked; add chain inet blocked input { type filter hook input priority 0; }'
      run('ip', 'netns', 'exec', viewer, 'nft', blocked ? `${rules}; ${chain}; add rule inet blocked input iif != lo meta l4proto udp drop` : rules)
    },
    cutOwnPort(port, protocols) {
      const rules = 'add table inet cut; delete table inet cut'
      const chain = 'add table inet cut; add chain inet cut input { type filter hook input priority 0; }'
      const drops = protocols.map((protocol) => `add rule inet cut input iif lo ${protocol} dport ${port} drop`)
      run('ip', 'netns', 'exec', server, 'nft', [rules, chain, ...drops].join('; '))
    },
    close() {
      for (const host of [server, viewer]) ip('netns', 'del', host)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function ip(...args: string[]): void {
  run('ip', ...args)
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}
