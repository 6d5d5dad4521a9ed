/** Drills of sessions and tokens: planted ids, revoked tokens sent again, and one session over three processes that are killed in turn. */
import { setTimeout as wait } from 'node:timers/promises';
import { Client, type Request, visitor } from '../client';
import { kill } from '../faults';
import { type Finding, none } from '../figures';
import { cookieOf, credentials, fields, type Session, type Token } from '../kinds';
import type { Drill, Scenario } from '../scenario';

const is = (demand: string, measured: string, holds: boolean): Finding => ({ demand, measured, holds });
const count = (statuses: readonly (number | string)[], status: number) =>
  statuses.filter((each) => each === status).length;

/** The processes, each past NGINX, from addresses that no visitor has. */
async function withProcesses<T>(
  { world }: Drill,
  work: (ask: (process: number, request: Omit<Request, 'from'>) => ReturnType<Client['send']>) => Promise<T>,
): Promise<T> {
  const clients = world.backends.map(({ url }) => new Client(url));
  let address = 1 << 22;
  try {
    return await work((process, request) =>
      (clients[process % clients.length] as Client).send({ ...request, from: visitor(address++) }),
    );
  } finally {
    await Promise.all(clients.map((each) => each.close()));
  }
}

const EVERY = [0, 1, 2];
const profile = (cookie: string) => ({ path: '/api/profile', headers: { cookie } });
const tokenProfile = (bearer: string) => ({
  path: '/api/token/profile',
  headers: { authorization: `Bearer ${bearer}` },
});
const logIn = (number: number, cookie?: string) =>
  ({ method: 'POST', path: '/api/login', body: credentials(number), ...(cookie && { headers: { cookie } }) }) as const;
const changed = (text: string) => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A');

const fixation = (drill: Drill) =>
  withProcesses(drill, async (ask) => {
    const anonymous = cookieOf(await ask(0, { path: '/api/profile' }));
    const planted = cookieOf(await ask(0, logIn(0)));
    const own = cookieOf(await ask(1, logIn(1, planted)));
    const invented = cookieOf(await ask(2, logIn(1, 'sid=planted')));
    const statuses = async (cookie: string) =>
      Promise.all(EVERY.map(async (each) => (await ask(each, profile(cookie))).status));
    const [before, after, forged, bent] = [
      await statuses(planted),
      await statuses(own),
      await statuses('sid=planted'),
      await statuses(changed(own)),
    ];
    return [
      is('no session before a login', anonymous || 'no cookie', anonymous === ''),
      is(
        'a login gives another id',
        own !== planted && !invented.includes('planted') ? 'another' : 'the same',
        own !== planted && own !== '' && !invented.includes('planted'),
      ),
      is('the planted session is over on every process', before.join(', '), count(before, 401) === EVERY.length),
      is("the visitor's own works on every process", after.join(', '), count(after, 200) === EVERY.length),
      is(
        'an invented id and a changed signature are refused',
        [...forged, ...bent].join(', '),
        count([...forged, ...bent], 401) === 2 * EVERY.length,
      ),
    ];
  });

const unsigned = (bearer: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${bearer.split('.')[1]}.`;

const replay = (drill: Drill) =>
  withProcesses(drill, async (ask) => {
    const { world, visitors, say } = drill;
    const [revoked, valid] = visitors.tokens as [Token, Token];
    const statuses = async (bearer: string, times = 1) =>
      Promise.all(
        Array.from({ length: EVERY.length * times }, async (_, each) => (await ask(each, tokenProfile(bearer))).status),
      );
    const before = await statuses(revoked.bearer);
    const { status } = await ask(0, {
      method: 'POST',
      path: '/api/token/revoke',
      headers: tokenProfile(revoked.bearer).headers,
    });
    const after = await statuses(revoked.bearer, 20);
    const forged = [...(await statuses(unsigned(revoked.bearer))), ...(await statuses(changed(valid.bearer)))];
    say('Redis gone');
    await Promise.all(world.redis.map(({ part }) => kill(part.running)));
    const blind = [...(await statuses(revoked.bearer, 5)), ...(await statuses(valid.bearer, 5))];
    return [
      is(
        'a token works on every process until it is revoked',
        `${before.join(', ')}; revoked: ${status}`,
        count(before, 200) === EVERY.length && status === 204,
      ),
      is(
        'then every process refuses it at once',
        `${count(after, 401)} × 401 of ${after.length}`,
        count(after, 401) === after.length,
      ),
      is('no other signature and no other algorithm', forged.join(', '), count(forged, 401) === forged.length),
      is(
        '503 while nobody can say what was revoked',
        `${count(blind, 503)} × 503 of ${blind.length}`,
        count(blind, 503) === blind.length,
      ),
    ];
  });

/** One session, over and over, while each process in turn is killed: whoever answers knows it. */
async function stateless(drill: Drill) {
  const { world, visitors, say } = drill;
  const { cookie } = visitors.sessions[0] as Session;
  const client = new Client(world.url);
  const statuses: (number | string)[] = [];
  const processes = new Set<unknown>();
  let [over, address] = [false, 1 << 23];
  const ask = async () => {
    while (!over) {
      const answer = await client.send({ ...profile(cookie), from: visitor(address++) });
      statuses.push(answer.status);
      await wait(10);
    }
  };
  const asking = Promise.all([ask(), ask()]);
  for (const { part, url } of world.backends) {
    say(`kill -9 of ${part.name}`);
    await kill(part.running);
    await wait(1000);
    await part.start();
    const own = new Client(url);
    processes.add(fields(await own.send({ ...profile(cookie), from: visitor(address++) })).user && url);
    await own.close();
  }
  over = true;
  await asking;
  await client.close();
  return [
    none('request of one session refused or failed', statuses.length - count(statuses, 200), statuses.length),
    is(
      'each new process knows the session at once',
      `${processes.size} of ${world.backends.length}`,
      processes.size === world.backends.length && !processes.has(undefined),
    ),
  ];
}

export const SECURITY: readonly Scenario[] = [
  { name: 'fixation', about: 'session fixation: planted, invented and bent ids', run: fixation },
  { name: 'token-replay', about: 'a revoked token sent again to every process, forged tokens, no Redis', run: replay },
  { name: 'stateless', about: 'one session over three processes, each killed in turn', run: stateless },
];
