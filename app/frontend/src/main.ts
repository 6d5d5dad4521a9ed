/** Shows the view of the current path and follows links without loading the page again. */
import { profile, Refused } from './api';
import { watchConnection } from './connection';
import { h } from './dom';
import { watchForUpdates } from './updates';
import { viewOf } from './views';

const main = document.querySelector('#main') as HTMLElement;
let failed = false;
const nav = document.querySelector('#nav') as HTMLElement;

const links = (loggedIn: boolean) =>
  [['/status', 'Health'], loggedIn ? ['/profile', 'Profile'] : ['/login', 'Log in']] as const;

async function showNav(): Promise<void> {
  const user = await profile().catch(() => undefined);
  nav.replaceChildren(
    ...links(user !== undefined).map(([href, text]) =>
      h('a', { href: href as string, ...(href === location.pathname && { 'aria-current': 'page' }) }, [text as string]),
    ),
  );
}

async function show(): Promise<void> {
  const view = viewOf(location.pathname);
  document.title = `${view.title} · Holdfast`;
  failed = false;
  try {
    main.replaceChildren(...(await view.render(go)));
  } catch (error) {
    failed = true;
    const said = error instanceof Refused ? error.message : 'Something went wrong. Try again in a moment.';
    const again = h('button', { type: 'button' }, ['Try again']);
    again.addEventListener('click', () => void show());
    main.replaceChildren(
      h('section', { class: 'card' }, [
        h('h1', {}, ['Not just now']),
        h('p', { class: 'notice', role: 'alert' }, [said]),
        again,
      ]),
    );
  }
  void showNav();
}

function go(path: string): void {
  history.pushState(null, '', path);
  void show().then(() => main.focus());
}

document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest('a');
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.origin !== location.origin) return;
  event.preventDefault();
  go(link.pathname);
});
addEventListener('popstate', () => void show());
watchConnection(() => void (failed ? show() : showNav()));
addEventListener('load', () => void watchForUpdates().catch(() => undefined)); // a site without a worker works too
void show();
