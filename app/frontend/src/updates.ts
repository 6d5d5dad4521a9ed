/** Registers the page's service worker and offers a newer release when there is one. It is let in when the reader says so. */
import { h } from './dom';

/** The build names it; the development server doesn't, and has no worker. */
const RELEASE = document.querySelector<HTMLMetaElement>('meta[name=release]')?.content;
const CHECK_MS = 3_600_000;
const offer = document.querySelector('#update') as HTMLElement;

/** Never answered by the worker that removes itself: that one has no release to offer. */
const releaseOf = (worker: ServiceWorker) =>
  new Promise<string>((answered) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => answered(data);
    worker.postMessage({ release: RELEASE }, [port2]);
  });

function letIn(worker: ServiceWorker): void {
  const reload = () => location.reload();
  if (worker.state !== 'installed') reload(); // let in by another tab
  navigator.serviceWorker.addEventListener('controllerchange', reload);
  worker.postMessage({ letIn: true });
}

/** Offers the worker's release, unless it is the page's own. */
async function meet(worker: ServiceWorker): Promise<void> {
  if ((await releaseOf(worker)) === RELEASE) return offer.replaceChildren();
  const reload = h('button', { type: 'button' }, ['Reload']);
  const later = h('button', { type: 'button', class: 'quiet' }, ['Later']);
  reload.addEventListener('click', () => letIn(worker));
  later.addEventListener('click', () => {
    offer.replaceChildren();
    document.querySelector<HTMLElement>('main')?.focus(); // for who has no mouse
  });
  offer.replaceChildren('A new version is ready.', h('span', { class: 'actions' }, [reload, later]));
}

/** An open page asks for news when it is looked at again, and every hour. */
export async function watchForUpdates(): Promise<void> {
  if (!RELEASE || !navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register('/service-worker.js');
  const ask = () => void registration.update().catch(() => undefined); // offline, or removed
  const follow = (worker: ServiceWorker | null) =>
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed') void meet(worker);
    });
  if (registration.waiting) void meet(registration.waiting);
  follow(registration.installing);
  registration.addEventListener('updatefound', () => follow(registration.installing));
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (navigator.serviceWorker.controller) void meet(navigator.serviceWorker.controller); // let in by another tab
  });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && ask());
  setInterval(ask, CHECK_MS);
}
