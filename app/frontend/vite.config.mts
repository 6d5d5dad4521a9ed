/** Builds the site into dist/frontend: the page, hashed assets, health.txt. */
import { defineConfig } from 'vite';

const backend = process.env.BACKEND_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  root: import.meta.dirname,
  build: { outDir: '../../dist/frontend', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': backend, '/health': backend } },
});
