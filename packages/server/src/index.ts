/** The server as a package: what `tandem serve`, tests and embedders use. */
export { startServer } from './app.ts'
export type { TandemServer } from './app.ts'
export { CONFIG_FILE, ConfigError, findConfigFile, loadConfig } from './config.ts'
export type { Config, IceConfig } from './config.ts'
export { runServer } from './run.ts'
export { SETTINGS } from './settings.ts'
