/** The views by path: each returns its elements and may ask the backend. No state outlives a view but the session's. */
import * as api from './api';
import { h } from './dom';

export type Go = (path: string) => void;
export interface View {
  readonly title: string;
  readonly render: (go: Go) => Promise<readonly Node[]> | readonly Node[];
}

const field = (name: string, label: string, props: Record<string, string>, hint = '') =>
  h('div', { class: 'field' }, [
    h('label', { for: `${name}-field` }, [label]),
    h('input', { id: `${name}-field`, name, required: '', 'aria-describedby': `${name}-note`, ...props }),
    h('small', { id: `${name}-note` }, [hint]),
  ]);

const FIELD_SAYS: Readonly<Record<string, string>> = {
  email: 'Enter a whole address, such as you@example.com.',
  password: 'Use 8 characters or more.',
};

function form(
  button: string,
  password: Record<string, string>,
  hint: string,
  send: (email: string, word: string) => Promise<void>,
) {
  const notice = h('p', { class: 'notice', role: 'alert', hidden: '' });
  const submit = h('button', { type: 'submit' }, [button]);
  const element = h('form', { novalidate: '' }, [
    field('email', 'Email', { type: 'email', autocomplete: 'email', inputmode: 'email' }),
    field('password', 'Password', { type: 'password', ...password }, hint),
    notice,
    submit,
  ]) as HTMLFormElement;
  const mark = (fields: Readonly<Record<string, string>>) => {
    for (const input of element.querySelectorAll('input')) {
      const wrong = input.name in fields;
      input.setAttribute('aria-invalid', `${wrong}`);
      const note = element.querySelector(`#${input.name}-note`);
      if (note) note.textContent = wrong ? (FIELD_SAYS[input.name] ?? '') : input.name === 'password' ? hint : '';
    }
    (element.querySelector('[aria-invalid=true]') as HTMLElement | null)?.focus();
  };
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    const data = new FormData(element);
    notice.hidden = true;
    (submit as HTMLButtonElement).disabled = true;
    try {
      mark({});
      await send(String(data.get('email')), String(data.get('password')));
    } catch (error) {
      const refused = error as api.Refused;
      notice.textContent = refused.message;
      notice.hidden = false;
      mark(refused.fields ?? {});
    } finally {
      (submit as HTMLButtonElement).disabled = false;
    }
  });
  return element;
}

const card = (title: string, lead: string, ...rest: readonly Node[]) =>
  h('section', { class: 'card' }, [h('h1', {}, [title]), h('p', { class: 'lead' }, [lead]), ...rest]);

const home: View = {
  title: 'Welcome',
  render: () => [
    h('section', { class: 'hero' }, [
      h('h1', {}, ['It holds.']),
      h('p', { class: 'lead' }, [
        'A small application on a system built to keep answering: any server may fail, and you stay logged in.',
      ]),
      h('p', { class: 'actions' }, [
        h('a', { class: 'button', href: '/register' }, ['Create an account']),
        h('a', { class: 'button quiet', href: '/status' }, ['See its health']),
      ]),
    ]),
  ],
};

const loginView: View = {
  title: 'Log in',
  render: (go) => [
    card(
      'Log in',
      'Welcome back.',
      form('Log in', { autocomplete: 'current-password' }, '', async (email, word) => {
        await api.login(email, word);
        go('/profile');
      }),
      h('p', {}, ['New here? ', h('a', { href: '/register' }, ['Create an account'])]),
    ),
  ],
};

const registerView: View = {
  title: 'Create an account',
  render: (go) => [
    card(
      'Create an account',
      'An address and a password, nothing more.',
      form(
        'Create account',
        { autocomplete: 'new-password', minlength: '8' },
        '8 characters or more.',
        async (email, word) => {
          await api.register(email, word);
          await api.login(email, word);
          go('/profile');
        },
      ),
      h('p', {}, ['Have one already? ', h('a', { href: '/login' }, ['Log in'])]),
    ),
  ],
};

const profileView: View = {
  title: 'Profile',
  render: async (go) => {
    const user = await api.profile();
    if (!user) {
      go('/login');
      return [];
    }
    const out = h('button', { type: 'button', class: 'quiet' }, ['Log out']);
    out.addEventListener('click', async () => {
      await api.logout();
      go('/');
    });
    return [
      card(
        'You are logged in',
        'Your session is shared by every server.',
        h('dl', {}, [
          h('dt', {}, ['Email']),
          h('dd', { id: 'email' }, [user.email]),
          h('dt', {}, ['Id']),
          h('dd', {}, [h('code', {}, [user.id])]),
        ]),
        out,
      ),
    ];
  },
};

const statusView: View = {
  title: 'Health',
  render: async () => {
    const { status, uptime, checks } = await api.health();
    const rows = Object.entries(checks).map(([name, state]) =>
      h('li', { 'data-state': state }, [h('span', {}, [name]), h('strong', {}, [state])]),
    );
    return [
      card(
        status === 'healthy' ? 'Everything works' : 'Something is down',
        uptime < 60 ? 'This server has just started.' : `This server has been up for ${Math.round(uptime / 60)} min.`,
        h('ul', { class: 'checks', 'aria-live': 'polite' }, rows),
      ),
    ];
  },
};

const lost: View = {
  title: 'Not found',
  render: () => [
    card(
      'Nothing here',
      'This page does not exist, or does not any more.',
      h('a', { class: 'button', href: '/' }, ['Go home']),
    ),
  ],
};

const VIEWS: Readonly<Record<string, View>> = {
  '/': home,
  '/login': loginView,
  '/register': registerView,
  '/profile': profileView,
  '/status': statusView,
};

/** The view of a path; a trailing slash changes nothing, an unknown path is the friendly one. */
export const viewOf = (path: string): View => VIEWS[path.replace(/(.)\/+$/, '$1')] ?? lost;
