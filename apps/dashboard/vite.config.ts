import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `vite apps/dashboard` finds a server to develop against. */
const DEVELOPMENT_SERVER = process.env.TANDEM_URL ?? 'http://127.0.0.1:7900'

export default defineConfig(({ command }) => {
  // A build is a production build, also when a test runner (NODE_ENV=test) asks for it.
  if (command === 'build') process.env.NODE_ENV = 'production'
  return {
    root: import.meta.dirname,
    // Relative: the server makes the addresses absolute for the path that it is shown under. Absolute in development.
    base: command === 'build' ? './' : '/',
    plugins: [react(), tailwindcss()],
    // Workspace packages are built from their TypeScript, as everywhere in development.
    resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      target: 'es2022',
      // The page lives under a Content-Security-Policy of 'self': no data: URLs, no inline scripts.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      // Two pages: the dashboard, and the bare picture for iframes, which carries none of it.
      rolldownOptions: { input: [`${import.meta.dirname}/index.html`, `${import.meta.dirname}/embed.html`] },
      // One file: the page is served from the machine next to it, and every part is needed at once.
      chunkSizeWarningLimit: 700,
    },
    server: { proxy: { '/v1': { target: DEVELOPMENT_SERVER, ws: true } } },
  }
})
