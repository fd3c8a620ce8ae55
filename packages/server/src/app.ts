/** All wiring, by hand, in one place: store, auth, sessions, HTTP and sockets, in this order; shut-down runs it backwards. */
import { mkdir } from 'node:fs/promises'
import { launchBrowser, reapOrphans } from '@tandem/browser'
import { Audit } from './access/audit.ts'
import { auditSession } from './access/auditSessions.ts'
import { Auth } from './access/auth.ts'
import { endHoldersWithCredentials } from './access/holders.ts'
import type { Principal } from './access/principal.ts'
import { Cluster } from './cluster/cluster.ts'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'
import { systemClock } from './control/clock.ts'
import { createTargets } from './events/targets.ts'
import { Webhooks } from './events/webhooks.ts'
import { createHttpApp } from './http/app.ts'
import { Certificate } from './http/certificate.ts'
import { principalOfParty } from './http/parties.ts'
import { createReach } from './http/reach.ts'
import { addSockets } from './http/sockets.ts'
import type { Deps } from './http/types.ts'
import { createLog } from './log.ts'
import { Metrics } from './metrics.ts'
import { memoryOf } from './processMemory.ts'
import { credentialsOfRooms } from './rooms/credentials.ts'
import { RoomNodes } from './rooms/nodes.ts'
import { Sessions } from './sessions/sessions.ts'
import { forgetSessions } from './store/forgetting.ts'
import { Store } from './store/store.ts'

const DAY_MS = 86_400_000

/** What a benchmark puts something else in place of. */
export interface ServerParts {
  launch?: typeof launchBrowser
}

export interface TandemServer {
  /** `http://127.0.0.1:7900` */
  url: string
  /** Opens the dashboard and logs in. Secret. */
  loginUrl: string
  /** Secret. */
  apiKey: string
  /** Reads the certificate files again; false when there are none. */
  reloadCertificate(): boolean
  /** Takes no new sessions, tells viewers, and resolves when no session is in use, or after TANDEM_DRAIN_MS. */
  drain(): Promise<void>
  /** Resolves when everything is released, Chromium included; sessions stay in the store. Safe to call twice. */
  close(): Promise<void>
}

/**
 * Starts a server; resolves when it listens. Sessions of the last run come back behind it.
 * @throws TandemError `store/locked`, `store/failed`; ConfigError when it cannot listen there
 * @example
 * const server = await startServer(loadConfig(process.env))
 * console.log(server.loginUrl)
 */
export async function startServer(config: Config, { launch = launchBrowser }: ServerParts = {}): Promise<TandemServer> {
  const log = createLog(config.logLevel)
  const undo: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) {
      try {
        await step()
      } catch (error) {
        log.error({ err: error }, 'a part did not shut down well')
      }
    }
  }
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
    // The store first: its lock says that no other server uses this directory, so that its browsers are orphans.
    const metrics = new Metrics()
    undo.push(() => metrics.close())
    const store = await Store.open({ dataDir: config.dataDir, databaseUrl: config.databaseUrl, log, failed: (reason) => metrics.storeError(reason) })
    undo.push(() => store.close())
    await reapOrphans(config.dataDir)
    await pruneStore(store)
    const pruning = setInterval(() => void pruneStore(store).catch((error: unknown) => log.error({ err: error }, 'the store was not pruned')), DAY_MS).unref()
    undo.push(() => clearInterval(pruning))
    undo.push(forgetSessions({ store, days: config.keepDays, log }))
    const auth = await Auth.open({ store, dataDir: config.dataDir, apiKey: config.apiKey })

    // Alone on its database, a server is where everything is revoked.
    if (config.databaseUrl !== undefined)
      undo.push(auth.followRevocations((error) => log.debug({ err: error }, 'other servers were not asked what they revoked')))
    const audit = new Audit({ store, log, days: config.auditDays })
    undo.push(() => audit.close())

    const targets = createTargets({ allowPrivate: config.webhookPrivate })
    const webhooks = new Webhooks({ rows: store.webhooks, clock: systemClock, log, metrics, targets })
    undo.push(() => webhooks.close())
    const cluster = await Cluster.open({ store, dataDir: config.dataDir, log })
    undo.push(() => cluster.leave())
    const nodes = await RoomNodes.open({ config, store, serverId: cluster.id, log })
    undo.push(() => nodes.close())
    nodes.start()
    const sessions = new Sessions({
      config,
      store,
      cluster,
      clock: systemClock,
      log,
      metrics,
      outbox: webhooks,
      rooms: { nodes, credentials: credentialsOfRooms(auth, store), always: config.roomAlways },
      memory: () => memoryOf([process.pid]),
      launch,
    })
    sessions.events.on('made', (session) => {
      const principalOf = (clientId: string): Principal | null => principalOfParty(session, clientId)
      auditSession(session, audit, principalOf)
      endHoldersWithCredentials(session, auth, principalOf)
    })
    metrics.watch(() => sessions.snapshot(), memoryOf)
    metrics.watchNodes(() => nodes.snapshot())
    const certificate = config.tls === undefined ? null : new Certificate(config.tls, log)
    undo.push(() => certificate?.close())
    const deps: Deps = { config, auth, store, cluster, sessions, metrics, audit, webhooks, nodes, reach: createReach(config) }
    const app = await createHttpApp(deps, log, certificate)
    // Ends what waits (long requests, sockets) before Fastify waits for it.
    undo.push(() => app.close())
    const launchRestored = await sessions.restore()
    undo.push(addSockets(app.server, deps, log))
    let restoring: Promise<void> = Promise.resolve()
    undo.push(async () => {
      await sessions.suspend()
      await restoring
    })
    const url = await listen(app, config)
    await cluster.join(config.publicUrl ?? url)
    restoring = launchRestored().then(() => sessions.warmUp())
    webhooks.start()
    const { token } = await auth.mint({ kind: 'login', role: 'admin', sessionId: null, keyId: auth.keys.ownId })
    log.info({ url }, 'listening')
    let closing: Promise<void> | null = null
    return {
      url,
      loginUrl: `${config.publicUrl ?? url}/#token=${token}`,
      apiKey: auth.apiKey,
      reloadCertificate: () => {
        certificate?.reload()
        return certificate !== null
      },
      drain: () => {
        metrics.draining(true)
        return sessions.drain(config.drainMs)
      },
      close: () => (closing ??= close()),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What ended more than a day ago is forgotten. */
async function pruneStore(store: Store): Promise<void> {
  const dayAgo = new Date(Date.now() - DAY_MS).toISOString()
  await Promise.all([store.tokens.prune(dayAgo), store.idempotency.prune(dayAgo)])
}

async function listen(app: Awaited<ReturnType<typeof createHttpApp>>, { host, port, tls }: Config): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EADDRINUSE')
      throw new ConfigError(`TANDEM_PORT: ${port} is in use on ${host}; stop what uses it, or set TANDEM_PORT to another port (0 for any)`)
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') throw new ConfigError(`TANDEM_HOST, TANDEM_PORT: cannot listen on ${host}:${port} (${code})`)
    throw error
  }
  const address = app.server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  // A server that listens everywhere is reached by the loopback address on its own machine.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `${tls === undefined ? 'http' : 'https'}://${name}:${actual}`
}
