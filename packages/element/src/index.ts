/** `<tandem-view>`: a live view for pages of any making. Nothing is registered before `defineTandemView` is called. */
export { defineTandemView } from './define.ts'
export { TandemView } from './tandemView.ts'
export type { TandemControlDetail, TandemStatusDetail, TandemViewEventMap } from './events.ts'
