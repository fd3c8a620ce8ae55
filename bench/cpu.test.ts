import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { measureCpu, processTree, residentMb } from './cpu.ts'

test('a tree holds the process, its children and theirs, and leaves out the branches that it is told to', async () => {
  const shell = spawn('sh', ['-c', 'sleep 30 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once(shell.stdout, 'data')
  const sleep = Number(String(line))
  try {
    const pids = processTree(process.pid).map(({ pid }) => pid)
    expect(pids).toEqual(expect.arrayContaining([process.pid, shell.pid, sleep]))
    expect(processTree(process.pid, [shell.pid ?? 0]).map(({ pid }) => pid)).not.toContain(sleep)
  } finally {
    process.kill(sleep)
    await once(shell, 'exit')
  }
})

test('a process that spins is seen to use a processor', () => {
  const use = measureCpu(() => processTree(process.pid).filter(({ pid }) => pid === process.pid))
  // Ticks are 10 ms: too short a look would see none or far too many, and a busy machine may take a while to give the first.
  const began = performance.now()
  let cores = 0
  while (cores === 0 || performance.now() - began < 200) cores = use().cores
  expect(cores).toBeLessThan(16)
})

test('memory of a process that is gone is an error, not a zero', () => {
  expect(residentMb(process.pid)).toBeGreaterThan(5)
  expect(() => residentMb(2 ** 22 + 1)).toThrow('gone')
})
