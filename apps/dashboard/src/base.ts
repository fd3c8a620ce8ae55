/** Under which path a reverse proxy shows this server: `/browsers`, or nothing. The server writes it into the page. */
export const basePath = document.documentElement.dataset.base ?? ''

/** A path of this app as the browser knows it. */
export const hrefOf = (path: string): string => basePath + path

/** Where this server is, for the SDK. */
export const serverUrl = location.origin + basePath

/** The path within this app. */
export function appPath(): string {
  const path = location.pathname
  if (!path.startsWith(`${basePath}/`)) return path === basePath ? '/' : path
  return path.slice(basePath.length)
}
