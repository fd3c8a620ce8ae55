/** The answer to `GET …/cdp/json/version`, with which CDP clients find their socket, in Chromium's own field names. */
export interface DiscoveryBody {
  Browser: string
  'Protocol-Version': string
  'User-Agent': string
  'V8-Version': string
  'WebKit-Version': string
  webSocketDebuggerUrl: string
}

/** `version` as in `LiveBrowser.version` (`Chrome/156.0.1.2`); `wsUrl` with its own token, so that a client needs nothing else. */
export function discoveryBody(version: string, wsUrl: string): DiscoveryBody {
  return {
    Browser: version,
    'Protocol-Version': '1.3',
    'User-Agent': `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ${version.replace('Headless', '')} Safari/537.36`,
    'V8-Version': '',
    'WebKit-Version': '537.36',
    webSocketDebuggerUrl: wsUrl,
  }
}
