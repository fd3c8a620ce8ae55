/**
 * Where a model would be: plain words to actions, one after the other, as `open https://example.com then scroll down`.
 * Once a person has the focus the next action throws, which ends the turn: nothing here has to know of it.
 */
import type { PageActions } from '@tandem/livekit'

type Words = (actions: PageActions, ...words: string[]) => Promise<void>

const WORDS: readonly (readonly [RegExp, Words])[] = [
  [/^open (\S+)$/i, (actions, url = '') => actions.navigate(/^\w+:/.test(url) ? url : `https://${url}`)],
  [/^click (\d+)[ ,]+(\d+)$/i, (actions, x, y) => actions.leftClick(Number(x), Number(y))],
  [/^type (.+)$/i, (actions, text = '') => actions.typeText(text)],
  [/^press (\S+)$/i, (actions, keys = '') => actions.key(keys)],
  [/^scroll (up|down)$/i, (actions, direction) => actions.scroll(100, 100, direction?.toLowerCase() === 'up' ? 'up' : 'down')],
  [/^back$/i, (actions) => actions.goBack()],
  [/^forward$/i, (actions) => actions.goForward()],
  [/^wait$/i, (actions) => actions.wait()],
]

export async function think(message: string, actions: PageActions): Promise<string> {
  const steps = message.split(/\s+then\s+/i).map((step) => step.trim())
  for (const step of steps) {
    const [act] = WORDS.flatMap(([pattern, words]) => {
      const match = pattern.exec(step)
      return match ? [() => words(actions, ...match.slice(1))] : []
    })
    if (!act) return `I do not know how to "${step}". I know: open, click, type, press, scroll, back, forward, wait.`
    await act()
  }
  return steps.length === 1 ? 'Done.' : `Done, all ${steps.length}.`
}
