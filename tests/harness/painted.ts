/**
 * An expression that a page resolves once it takes input: Chromium drops what comes before its first paint, and a busy
 * machine paints later than two frames after the load. Only what has text is sure to be said to be painted.
 */
export const PAINTED = `new Promise((resolve) => {
  const frames = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))
  if (!document.body?.innerText.trim()) return frames()
  new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint').length > 0 && frames()).observe({ type: 'paint', buffered: true })
})`
