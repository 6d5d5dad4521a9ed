/** Says when the site can't be reached, and when it can again. Believes its own requests, not what the browser thinks of the network. */
const PROBE_MS = 3000;
const SAID = 'You are offline. Pages still open; everything else has to wait.';

const banner = document.querySelector('#offline') as HTMLElement;
let probing = false;

async function isReachable(): Promise<boolean> {
  try {
    return (await fetch('/health.txt', { cache: 'no-store', signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
}

/** A while, or until the browser sees a network again. */
const pause = () =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, PROBE_MS);
    addEventListener('online', () => done(clearTimeout(timer)), { once: true });
  });

/** Asks for the smallest file of the site, again and again until it comes; `onReturn` when it was away. */
async function probe(onReturn: () => void): Promise<void> {
  if (probing) return;
  probing = true;
  while (!(await isReachable())) {
    banner.textContent = SAID;
    await pause();
  }
  probing = false;
  if (banner.textContent === '') return;
  banner.textContent = '';
  onReturn();
}

/** Where something failed that a lost connection would explain. */
export const doubt = () => void dispatchEvent(new Event('doubt'));

export function watchConnection(onReturn: () => void): void {
  for (const event of ['doubt', 'offline', 'online']) addEventListener(event, () => void probe(onReturn));
  if (navigator.serviceWorker?.controller) doubt(); // the page may be a kept one
}
