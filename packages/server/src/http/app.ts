/** The HTTP app: Fastify with the door, the routes and the dashboard. Sockets are `sockets.ts`; wiring is `../app.ts`. */
import { randomUUID } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import swagger from '@fastify/swagger'
import { TandemError } from '@tandem/protocol'
import Fastify, { LogController } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { addForwarding } from '../cluster/forward.ts'
import type { Logger } from '../log.ts'
import { addAudit } from './audited.ts'
import { auditRoutes } from './auditRoutes.ts'
import { authRoutes } from './authRoutes.ts'
import { cdpRoutes } from './cdpRoutes.ts'
import type { Certificate } from './certificate.ts'
import { controlRoutes } from './controlRoutes.ts'
import { addDashboard } from './dashboard.ts'
import { addErrors } from './errors.ts'
import { eventRoutes } from './eventRoutes.ts'
import { fileRoutes } from './fileRoutes.ts'
import { addGuard } from './guard.ts'
import { keyRoutes } from './keyRoutes.ts'
import { addLetIn } from './letIn.ts'
import { nodeRoutes } from './nodeRoutes.ts'
import { opsRoutes } from './opsRoutes.ts'
import { pageRoutes } from './pageRoutes.ts'
import { trustOf, withoutBase } from './reach.ts'
import { profileRoutes } from './profileRoutes.ts'
import { roomRoutes } from './roomRoutes.ts'
import { sessionRoutes } from './sessionRoutes.ts'
import { thumbnailRoutes } from './thumbnails.ts'
import { tokenRoutes } from './tokenRoutes.ts'
import type { App, Deps } from './types.ts'
import { addUsage } from './usage.ts'
import { viewerRoutes } from './viewerRoutes.ts'
import { webhookRoutes } from './webhookRoutes.ts'

/** Bodies are small; file uploads have a limit of their own. */
const BODY_LIMIT_BYTES = 1024 * 1024 + 64 * 1024

/** `certificate`: for https; null for plain HTTP. */
export async function createHttpApp(deps: Deps, log: Logger, certificate: Certificate | null): Promise<App> {
  const app: App = Fastify({
    loggerInstance: log,
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trustOf(deps.config.trustedProxies),
    rewriteUrl: (request) => withoutBase(request.url ?? '/', deps.config.publicUrl),
    // Fastify's types have one server for all; an https server is one to it.
    ...(certificate === null ? {} : { serverFactory: (listener: RequestListener) => certificate.serve(listener) as unknown as Server }),
    genReqId: () => `req_${randomUUID()}`,
    // At shut-down nobody's idle connection holds the process.
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    // One line for a request, with its time, below; Fastify's own two are left out.
    logController: new LogController({ disableRequestLogging: true }),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.addHook('onResponse', (request, reply, done) => {
    deps.metrics.httpRequest(request.method, request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime)
    request.log.debug({ req: request.raw, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
    done()
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tandem', version: '1', description: "Live video, sound and a second pair of hands for an AI agent's browser." },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
  })
  // Many clients send the header with an empty body, on DELETE above all; the schema says whether one is needed.
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      done(new TandemError('request/malformed'))
    }
  })
  addErrors(app)
  addGuard(app, deps)
  addLetIn(app, deps)
  addAudit(app, deps)
  addUsage(app, deps)
  addForwarding(app, deps)
  app.after(() => {
    sessionRoutes(app, deps)
    controlRoutes(app, deps)
    pageRoutes(app, deps)
    roomRoutes(app, deps)
    thumbnailRoutes(app, deps)
    fileRoutes(app, deps)
    tokenRoutes(app, deps)
    viewerRoutes(app, deps)
    keyRoutes(app, deps)
    auditRoutes(app, deps)
    eventRoutes(app, deps)
    webhookRoutes(app, deps)
    profileRoutes(app, deps)
    nodeRoutes(app, deps)
    authRoutes(app, deps)
    cdpRoutes(app, deps)
    opsRoutes(app, deps)
  })
  await addDashboard(app, deps)
  return app
}
