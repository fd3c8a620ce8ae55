/**
 * zod asks whether it may compile code by trying, which the page's Content-Security-Policy reports as a violation.
 * It may not, and need not ask. Imported before anything that imports zod.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })
