/** What `/embed/tandem-view.js` does when a page loads it. */
import { defineTandemView } from './index.ts'

defineTandemView()
export { defineTandemView, TandemView } from './index.ts'
