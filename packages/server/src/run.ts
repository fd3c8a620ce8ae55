/**
 * A server as a process: started, told to stop by signals, drained, ended. `main.ts` and `tandem serve` call it; a
 * program that embeds the server uses `startServer` and has signals of its own.
 */
import { startServer } from './app.ts'
import type { TandemServer } from './app.ts'
import { findConfigFile, loadConfig } from './config.ts'
import type { ConfigSources, Env } from './config.ts'

/** A shut-down that takes longer is cut: the next start reaps what is left. */
const SHUTDOWN_LIMIT_MS = 4_500

/**
 * Resolves when the server has ended in good order. The first SIGTERM or SIGINT lets sessions in use end
 * (TANDEM_DRAIN_MS), the second ends the process at once; SIGHUP reads the certificate again where there is one.
 * A process with an IPC channel (`npm start`) belongs to whoever holds its other end: when that is gone, nobody could
 * stop it any more, so it stops, and waits for no session.
 * @throws ConfigError; what `startServer` throws
 */
export async function runServer(
  env: Env,
  { config, flags }: { config?: string; flags?: ConfigSources['flags'] },
  started: (server: TandemServer) => void,
): Promise<void> {
  let server: TandemServer | null = null
  let requestStop = (): void => undefined
  const stopRequested = new Promise<void>((resolve) => (requestStop = resolve))
  const abandoned = new Promise<void>((resolve) => process.once('disconnect', resolve))
  let signals = 0
  const onStop = (): void => {
    signals += 1
    // The second signal means it.
    if (signals > 1) process.exit(1)
    requestStop()
  }
  const onHangUp = (): void => {
    if (!server?.reloadCertificate()) onStop()
  }
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onHangUp)
  // A promise that nobody waited for concerns one session at most: it is told, the other sessions go on.
  process.on('unhandledRejection', (reason) => process.stderr.write(`tandem: ${reason instanceof Error ? reason.stack : String(reason)}\n`))
  server = await startServer(loadConfig(env, {}, { flags, file: findConfigFile(env, config) }))
  if (signals === 0) started(server)
  await Promise.race([stopRequested, abandoned])
  await Promise.race([server.drain(), abandoned])
  setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref()
  await server.close()
}
