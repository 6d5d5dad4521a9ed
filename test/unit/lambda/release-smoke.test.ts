/** What the smoke test of a rollout asks, of a server that answers as it is told. */
import type { RequestListener } from 'node:http';
import { smoke } from '../../../lambda/release-smoke/smoke';
import { end, listen, portOf } from '../../support/nginx';

type Answers = Readonly<Record<string, readonly [status: number, type: string, body: string]>>;

const GOOD: Answers = {
  '/livez': [200, 'text/plain', 'ok'],
  '/health': [200, 'application/json; charset=utf-8', '{"status":"healthy"}'],
  '/': [200, 'text/html', '<title>Site</title>'],
};

/** What it says, and what it asked. @param answers of the first try, the second one … and of all later ones */
async function triedOf(service: string, ...answers: readonly Answers[]) {
  const asked: { url?: string; fleet?: unknown; host?: string }[] = [];
  const listener: RequestListener = ({ url = '', headers }, response) => {
    const before = asked.filter((each) => each.url === url).length;
    asked.push({ url, fleet: headers['x-holdfast-fleet'], host: headers.host });
    const [status, type, body] = answers[Math.min(before, answers.length - 1)]?.[url] ?? [404, 'text/plain', ''];
    response.writeHead(status, { 'content-type': type }).end(body);
  };
  const server = await listen(listener);
  try {
    const input = { service, url: `http://127.0.0.1:${portOf(server)}`, fleet: `${service}-green` };
    return { says: await smoke(input, { pauseMs: 1 }), asked };
  } finally {
    await end(server);
  }
}

const tried = (...answers: readonly Answers[]) => triedOf('backend', ...answers);

it('finds nothing wrong with good servers, and asks the group it is told', async () => {
  const { says, asked } = await tried(GOOD);
  expect(says).toBe('');
  expect(asked.map(({ url }) => url).sort()).toEqual(['/', '/health', '/livez']);
  expect(new Set(asked.map(({ fleet }) => fleet))).toEqual(new Set(['backend-green']));
});

it.each([
  ['/livez', { ...GOOD, '/livez': [503, 'text/plain', ''] as const }, '/livez: expected status 200, got 503'],
  [
    '/health',
    { ...GOOD, '/health': [200, 'application/json', '{"status":"degraded"}'] as const },
    '/health: expected status 200 and "healthy", got 200 and "degraded"',
  ],
  ['/', { ...GOOD, '/': [200, 'text/plain', ''] as const }, '/: expected text/html, got text/plain'],
  ['the rule', {}, '/livez: expected status 200, got 404'],
])('says what is wrong with %s, after some tries', async (_, answers, expected) => {
  const { says, asked } = await tried(answers);
  expect(says).toBe(expected);
  expect(asked).toHaveLength(12);
});

it('asks a service besides the backend for no more than it has to have', async () => {
  const answers: Answers = {
    '/livez': [200, 'text/plain', 'ok'],
    '/health': [200, 'application/json', '{"status":"up"}'],
  };
  expect((await triedOf('pages', answers)).says).toBe('');
});

it('forgives a first try: a rule of a listener needs seconds until it holds', async () => {
  expect((await tried({}, {}, GOOD)).says).toBe('');
});

it('says that nobody is there', async () => {
  const input = { service: 'backend', url: 'http://127.0.0.1:1', fleet: 'backend-green' };
  expect(await smoke(input, { pauseMs: 1 })).toMatch(/^\/livez: .*(ECONNREFUSED|bad port)/);
});
