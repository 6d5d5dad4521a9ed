/// <reference lib="webworker" />
/** Published in place of the service worker to remove it from every browser. Open pages go on; their next load has no worker. */
import { dropCaches } from './kept';

declare const self: ServiceWorkerGlobalScope;

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(dropCaches().then(() => self.registration.unregister())));
