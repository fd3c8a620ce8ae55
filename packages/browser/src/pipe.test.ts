import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Connection } from './connection.ts'
import { PipeTransport } from './pipe.ts'
import { RawJson } from './rawJson.ts'
import type { RawMessage } from './rawMessage.ts'

function pipe() {
  const [write, read] = [new PassThrough(), new PassThrough()]
  const written: Buffer[] = []
  write.on('data', (chunk: Buffer) => written.push(chunk))
  const transport = new PipeTransport(write, read)
  return { transport, read, written: () => Buffer.concat(written).toString() }
}

const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

test('messages come whole, however they were cut: short ones as text, long ones as their bytes', () => {
  const { transport, read } = pipe()
  const came: (string | readonly Buffer[])[] = []
  transport.onmessage = (message) => came.push(message)
  const long = `{"id":2,"result":"${'ü'.repeat(100_000)}"}`
  const bytes = Buffer.from(`{"id":1}\0${long}\0{"id":3}\0{"id":4}\0`)
  for (let at = 0; at < bytes.length; at += 65_536) read.emit('data', bytes.subarray(at, at + 65_536))
  expect(came.map((message) => (typeof message === 'string' ? message : Buffer.concat(message).toString()))).toEqual(['{"id":1}', long, '{"id":3}', '{"id":4}'])
  expect(came.map((message) => typeof message)).toEqual(['string', 'object', 'string', 'string'])
})

test('what is sent in one turn of the loop goes out together, in order', async () => {
  const { transport, written } = pipe()
  transport.send('{"id":1}')
  transport.send([Buffer.from('{"id"'), Buffer.from(':2}')])
  expect(written()).toBe('')
  await turn()
  transport.send('{"id":3}')
  await turn()
  expect(written()).toBe('{"id":1}\0{"id":2}\0{"id":3}\0')
})

test('a large command and a large reply pass as the bytes that they are', async () => {
  const { transport, read, written } = pipe()
  const connection = new Connection(transport)
  const delivered: RawMessage[] = []
  const body = Buffer.from(`"${'x'.repeat(1_000_000)}"`)
  const id = connection.sendLarge({ deliver: (raw) => delivered.push(raw) }, 'Fetch.fulfillRequest', { requestId: 'r', body: new RawJson(body) }, 'S')
  await turn()
  expect(written()).toBe(`{"id":${id},"method":"Fetch.fulfillRequest","params":{"requestId":"r","body":${body.toString()}},"sessionId":"S"}\0`)
  const reply = Buffer.from(`{"id":${id},"result":{"data":${body.toString()}},"sessionId":"${'A'.repeat(32)}"}\0`)
  for (let at = 0; at < reply.length; at += 65_536) read.emit('data', reply.subarray(at, at + 65_536))
  const bytes = delivered[0]?.readdress(7, 'S')
  expect(Buffer.isBuffer(bytes)).toBe(true)
  expect(String(bytes)).toBe(`{"id":7,"result":{"data":${body.toString()}},"sessionId":"S"}`)
})
