/** A person closes a tab: its page may ask whether to leave, as in any browser. */
import type { Dialog } from '@tandem/protocol'
import type { Tab } from './tab.ts'
import { whenever } from './waiting.ts'

/** A page that says neither yes nor no for so long hangs, and is closed without being asked. */
const ANSWER_MS = 2_000
/** Told again: while Chromium still ends a question of before, which kept the page from being left, it drops the next one without a word. */
const AGAIN_MS = 300

/** Resolves when the tab is closed or its page has asked the person; true: it has to be closed without being asked. */
export async function askToClose({ session }: Tab, dialog: () => Dialog | null): Promise<boolean> {
  const before = dialog()
  // It has asked already. Whatever else stands before a page keeps nobody from closing its tab.
  if (before) return before.type !== 'beforeunload'
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const stop = session.onDetached(resolve)
  const asked = whenever(session, 'Page.javascriptDialogOpening', ({ type }) => type === 'beforeunload').catch(() => {})
  session.post('Page.close')
  const again = setInterval(() => session.post('Page.close'), AGAIN_MS)
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), ANSWER_MS)
  const outcome = await Promise.race([closed, asked, late.promise])
  clearTimeout(timer)
  clearInterval(again)
  stop()
  return outcome === 'late'
}
