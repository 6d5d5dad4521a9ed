/** Builds the site into dist/frontend: the page, hashed assets, service-worker.js, health.txt. `.env` has the settings. */
import { defineConfig } from 'vite';
import { release } from './release-plugin.mts';

const backend = process.env.BACKEND_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  root: import.meta.dirname,
  build: { outDir: '../../dist/frontend', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': backend, '/health': backend } },
  plugins: [release()],
});
