/** The five lines with which an agent drives a session. */
export function playwrightCode(cdpUrl: string): string {
  return [
    "import { chromium } from 'playwright-core'",
    `const browser = await chromium.connectOverCDP('${cdpUrl}')`,
    'const page = browser.contexts()[0].pages()[0]',
    "await page.goto('https://example.com')",
    'console.log(await page.title())',
  ].join('\n')
}

export const CDP_PLACEHOLDER = 'ws://…/agt_…/cdp?token=…'
