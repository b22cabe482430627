import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const api = process.env['TRELLIS_API'] ?? 'http://127.0.0.1:3000'

/** Builds the page to dist/builder, which server/app.ts serves. In development it runs beside the API and asks it. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/builder',
    emptyOutDir: true,
    // Everything is a file of our own origin: the page's policy allows neither inline scripts nor data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: {
    port: 5173,
    proxy: { '^/(api|health|ready|preview)': { target: api, changeOrigin: false } },
  },
})
