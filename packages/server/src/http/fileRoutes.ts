/** Files in both directions: uploads for the page's file choosers, downloads that the browser made. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { downloadSchema, TandemError, uploadSchema } from '@tandem/protocol'
import { z } from 'zod'
import type { Principal } from '../access/principal.ts'
import type { Session } from '../sessions/session.ts'
import type { App, Deps } from './types.ts'
import { UploadTurns } from './uploadTurns.ts'
import { principalOf } from './urls.ts'

const MAX_FILE_BYTES = 64 * 1024 * 1024
/** Of all uploads of a session together: they stay on the disk until it closes. */
const MAX_UPLOADS_BYTES = 2 * 1024 * 1024 * 1024
/** Base64 is a third longer, and the JSON around it has a name. */
const MAX_BODY_BYTES = Math.ceil((MAX_FILE_BYTES * 4) / 3) + 64 * 1024

const idSchema = z.object({ id: z.string() })

export function fileRoutes(app: App, { sessions }: Deps): void {
  const turns = new UploadTurns()

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/files',
    config: { need: 'control' },
    bodyLimit: MAX_BODY_BYTES,
    preParsing: async (request, reply, body) => {
      const end = await turns.take(request.params.id)
      // Who has gone meanwhile holds up nobody.
      if (reply.raw.destroyed) end()
      else reply.raw.once('close', end)
      return body
    },
    schema: {
      summary: 'Give the session a file',
      description: 'For a file chooser of the page; at most 64 MiB, and 2 GiB for all of a session.',
      tags: ['files'],
      params: idSchema,
      body: z.strictObject({
        name: z.string().min(1).max(255),
        mime: z.string().max(255).default('application/octet-stream'),
        path: z.string().max(1_024).optional().describe('Of a file in a folder that the page asks for: where it lies in it, as `photos/2026/a.png`.'),
        data_b64: z.string(),
      }),
      response: { 201: uploadSchema },
    },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      const { name, mime, path, data_b64 } = request.body
      const data = Buffer.from(data_b64, 'base64')
      if (data.byteLength > MAX_FILE_BYTES) throw new TandemError('file/too-large', undefined, { limit_bytes: MAX_FILE_BYTES })
      const release = reserve(session, data.byteLength)
      try {
        const upload = await session.browser.saveUpload({ name, mime, data, ...(path === undefined ? {} : { path }) })
        session.uploads.set(upload.id, upload)
        request.auditNote = { upload_id: upload.id, size: upload.size }
        return await reply.code(201).send(upload)
      } finally {
        release()
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/downloads',
    config: { need: 'view' },
    schema: {
      summary: 'What the browser downloaded',
      description: 'An agent sees what was downloaded while it drove.',
      tags: ['files'],
      params: idSchema,
      response: { 200: z.object({ data: z.array(downloadSchema) }) },
    },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      const who = principalOf(request)
      return { data: session.browser.downloads().filter(({ id }) => mayRead(session, who, id)) }
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/downloads/:downloadId',
    config: { need: 'view' },
    schema: {
      summary: 'A downloaded file',
      tags: ['files'],
      params: z.object({ id: z.string(), downloadId: z.string() }),
      produces: ['application/octet-stream'],
    },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      const { browser } = session
      const { downloadId } = request.params
      // What a person fetched, a statement from a bank perhaps, is for people.
      if (!mayRead(session, principalOf(request), downloadId)) throw new TandemError('file/not-found')
      const path = browser.downloadPath(downloadId)
      const name = browser.downloads().find((download) => download.id === downloadId)?.name ?? 'download'
      request.auditNote = { name }
      const { size } = await stat(path).catch((cause: unknown) => {
        throw new TandemError('file/not-found', 'The file is no longer on the disk of the server.', {}, { cause })
      })
      // Never shown in the dashboard's origin: a downloaded page could read the login.
      reply.headers({
        'content-type': 'application/octet-stream',
        'content-length': size,
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
        'cache-control': 'no-store',
      })
      return reply.send(createReadStream(path))
    },
  })
}

function mayRead(session: Session, { role }: Principal, downloadId: string): boolean {
  return role !== 'agent' || session.downloads.get(downloadId) !== 'human'
}

/** Bytes that are being written, beside those that are there: of many uploads at once not all may fit. */
const arriving = new WeakMap<Session, number>()

/** Returns the undo. @throws TandemError `file/too-large` */
function reserve(session: Session, bytes: number): () => void {
  const kept = [...session.uploads.values()].reduce((sum, { size }) => sum + size, 0)
  const before = arriving.get(session) ?? 0
  if (kept + before + bytes > MAX_UPLOADS_BYTES) {
    throw new TandemError('file/too-large', 'The uploads of this session are as large as they may be together. Close the session, or upload less.', {
      limit_bytes: MAX_UPLOADS_BYTES,
      used_bytes: kept + before,
    })
  }
  arriving.set(session, before + bytes)
  return () => arriving.set(session, (arriving.get(session) ?? bytes) - bytes)
}
