/// <reference lib="webworker" />
/**
 * The service worker of one release. Pages come from the network and hashed assets from the release's cache; when the origin is
 * down, both come from the second CDN, if there is one, else from the cache. It waits until the reader or the last tab lets it in.
 */
import { cacheName, dropCaches } from './kept';
import { kindOf } from './kind';

declare const self: ServiceWorkerGlobalScope;
/** Written in by the build. */
declare const RELEASE: string;
declare const ASSETS: readonly string[];
/** An origin, or ''. */
declare const SECOND_CDN: string;

const PAGE = '/';
/** How long a page may take before the kept one is shown. */
const WAIT_MS = 3000;

/** Takes the page and its assets together, so that the cache never mixes releases: while one is published, the two can differ. */
async function install(): Promise<void> {
  const page = await fetch(PAGE, { cache: 'reload' });
  if (!page.ok || !(await page.clone().text()).includes(RELEASE)) throw new Error(`the page isn't of ${RELEASE} yet`);
  const cache = await caches.open(cacheName(RELEASE));
  await cache.addAll(ASSETS);
  await cache.put(PAGE, page);
}

async function activate(): Promise<void> {
  await dropCaches(RELEASE);
  await self.clients.claim();
}

const late = () => new Promise<'late'>((done) => setTimeout(done, WAIT_MS, 'late'));

/** The answer, unless it is an error of the server, there is none, or it takes too long. */
const inTime = (answer: Promise<Response>) =>
  Promise.race([
    answer.then(
      (each) => (each.status < 500 ? each : undefined),
      () => undefined,
    ),
    late(),
  ]);

/** Without what browsers hide of another origin's answer: most of its headers. */
async function fromSecond(path: string): Promise<Response | undefined> {
  if (!SECOND_CDN) return undefined;
  const answer = await inTime(fetch(SECOND_CDN + path, { credentials: 'omit' }));
  return answer instanceof Response && answer.ok ? answer : undefined;
}

/** Its contents as ours, under our address. */
const asOurs = ({ body }: Response, from: Headers, ...names: readonly string[]) =>
  new Response(body, { headers: [...from].filter(([name]) => names.length === 0 || names.includes(name)) });

/** Also nothing when the browser's storage is broken: then the network has to do. */
const find = (what: RequestInfo, options: MultiCacheQueryOptions) => caches.match(what, options).catch(() => undefined);

async function page(event: FetchEvent): Promise<Response> {
  const network = fetch(event.request);
  const kept = await find(PAGE, { cacheName: cacheName(RELEASE) });
  if (!kept) return network; // the browser was short of space
  const answer = await inTime(network);
  if (answer === 'late') return kept;
  if (answer) return answer;
  const second = await fromSecond('/index.html');
  return second ? asOurs(second, kept.headers) : kept;
}

async function keep(request: Request, answer: Response): Promise<void> {
  await (await caches.open(cacheName(RELEASE))).put(request, answer);
}

async function asset(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const kept = await find(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request).catch(() => undefined);
  if (answer?.status === 200) event.waitUntil(keep(request, answer.clone()));
  if (answer && answer.status < 500) return answer;
  const second = await fromSecond(new URL(request.url).pathname);
  return second ? asOurs(second, second.headers, 'content-type') : (answer ?? Response.error());
}

/** Tells a page which release this is. A page of the same one that is the only one open has no use for the worker before. */
async function meet(release: string, port: MessagePort | undefined): Promise<void> {
  port?.postMessage(RELEASE);
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (release === RELEASE && open.length === 1) await self.skipWaiting();
}

const HANDLERS = { page, asset };

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => {
  const { release, letIn } = event.data as { release?: string; letIn?: true };
  if (release) event.waitUntil(meet(release, event.ports[0]));
  if (letIn) event.waitUntil(self.skipWaiting());
});
self.addEventListener('fetch', (event) => {
  const kind = kindOf(event.request, self.location.origin);
  if (kind) event.respondWith(HANDLERS[kind](event));
});
