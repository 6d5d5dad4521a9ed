/** Says when the site can't be reached, and when it can again. Believes its own requests, not what the browser thinks of the network. */
const PROBE_MS = 3000;
const SAID = 'You are offline. Pages still open; everything else has to wait.';

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

/** To be called where something failed that a lost connection would explain. */
export const doubt = () => void dispatchEvent(new Event('doubt'));

/** Asks for the smallest file of the site when in doubt, again and again until it comes; then tells that the site is back. */
export function watchConnection(onReturn: () => void): void {
  const banner = document.querySelector('#offline') as HTMLElement;
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    while (!(await isReachable())) {
      banner.textContent = SAID;
      await pause();
    }
    asking = false;
    if (banner.textContent === '') return;
    banner.textContent = '';
    onReturn();
  };
  for (const event of ['doubt', 'offline', 'online']) addEventListener(event, () => void ask());
  if (navigator.serviceWorker?.controller) doubt(); // the page may be a kept one
}
