/** A relay and its viewers, each in a process of its own: started, told what to do, and ended. */
import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CrowdOrder, CrowdReport } from './crowd.ts'

const FLAGS = ['--conditions=source', '--disable-warning=ExperimentalWarning']
const pathOf = (name: string): string => new URL(`./${name}.ts`, import.meta.url).pathname

export interface Relay extends AsyncDisposable {
  pid: number
  /** Where viewers join the one session. */
  url: string
}

export async function startRelay(chromium: string, nodeFlags: readonly string[] = []): Promise<Relay> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tandem-relay-'))
  const child = spawn(process.execPath, [...nodeFlags, ...FLAGS, pathOf('server'), dataDir, chromium], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = once(createInterface({ input: child.stdout }), 'line')
  const ended = once(child, 'exit').then((): never => {
    throw new Error('The relay ended before it could be measured.')
  })
  // Waited for only until the line is there.
  ended.catch(() => undefined)
  const [url] = await Promise.race([line, ended])
  return { pid: child.pid ?? 0, url: String(url), [Symbol.asyncDispose]: () => end(child, dataDir) }
}

async function end(child: ChildProcess, dataDir: string): Promise<void> {
  const gone = once(child, 'exit')
  if (child.exitCode === null && child.kill('SIGTERM')) await gone
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
}

export interface Crowd extends Disposable {
  pid: number
  tell(order: CrowdOrder): Promise<CrowdReport>
}

/** `sampled`: says how late each packet comes, which costs it time. */
export function startCrowd(url: string, sampled = false): Crowd {
  const child = fork(pathOf('crowd'), sampled ? [url, 'sampled'] : [url], { execArgv: FLAGS, serialization: 'advanced' })
  return {
    pid: child.pid ?? 0,
    async tell(order) {
      child.send(order)
      const [answer]: (CrowdReport | { error: string })[] = await once(child, 'message')
      if (!answer || 'error' in answer) throw new Error(answer?.error ?? 'The viewers did not answer.')
      return answer
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}
