/** The backend's Redis layer in its three shapes, on real servers that are killed, frozen and demoted. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Place } from '../../app/backend/redis/clients';
import { Sessions } from '../../app/backend/redis/sessions';
import { Store } from '../../app/backend/redis/store';
import { freePorts } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { type Address, startRedis } from '../../lib/rehearsal/servers';
import type { Tools } from '../../lib/rehearsal/tools';
import { foundTools, until } from '../support/backend';
import { formCluster, redisSays, startRedisReplica, startSentinel } from '../support/redis-nodes';

const STATE = '.holdfast/integration-store';
const user = { id: '1', email: 'a@example.com' };

let found: Tools;
let parts: Running[];
let store: Store;

const addresses = async (count: number): Promise<Address[]> =>
  (await freePorts(count)).map((port) => ({ host: '127.0.0.1', port }));
const place = (at: Address) => ({
  ...at,
  folder: resolve(STATE, `${at.host}-${at.port}`),
  logFile: `${STATE}/${at.host}-${at.port}.log`,
});
const url = ({ host, port }: Address) => `redis://${host}:${port}`;
const single = (at: Address): Place => ({ mode: 'single', urls: [url(at)] });
const open = (primary: Place, reader?: Place) => {
  store = new Store({ primary, reader, waitForReplica: reader !== undefined, onError: () => undefined });
  return new Sessions(store);
};
const started = async (part: Promise<Running>) => {
  parts.push(await part);
  return parts.at(-1) as Running;
};

function thaw({ pid }: Running): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // it was ended by the test
  }
}

async function pair(): Promise<{ primary: Address; replica: Address; first: Running }> {
  const [primary, replica] = (await addresses(2)) as [Address, Address];
  const first = await started(startRedis(found, place(primary)));
  await started(startRedisReplica(found, place(replica), primary));
  return { primary, replica, first };
}

const ready = () => until(async () => store.ping().then(() => true));

beforeAll(async () => {
  found = await foundTools();
});

beforeEach(() => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  parts = [];
});

afterEach(async () => {
  store?.close();
  for (const part of parts) {
    thaw(part);
    await part.stop();
  }
});

describe('one endpoint with a replica', () => {
  it('has a session on the replica as soon as the login is answered', async () => {
    const { primary, replica } = await pair();
    const sessions = open(single(primary), single(replica));
    await ready();
    const ids = await Promise.all(Array.from({ length: 50 }, () => sessions.create(user)));
    for (const id of ids) expect(await redisSays(replica, 'EXISTS', `sess:${id}`)).toBe(1);
  });

  it('prolongs a session that is read', async () => {
    const { primary } = await pair();
    const sessions = open(single(primary));
    await ready();
    const id = await sessions.create(user);
    await redisSays(primary, 'EXPIRE', `sess:${id}`, 10);
    expect(await sessions.read(id)).toEqual(user);
    expect(await redisSays(primary, 'TTL', `sess:${id}`)).toBeGreaterThan(86_000);
  });

  it('reads from the replica while the primary is frozen, and from the primary when it thaws', async () => {
    const { primary, replica, first } = await pair();
    const sessions = open(single(primary), single(replica));
    await ready();
    const id = await sessions.create(user);
    process.kill(first.pid, 'SIGSTOP');
    expect(await sessions.read(id)).toEqual(user);
    await expect(sessions.create(user)).rejects.toMatchObject({ statusCode: 503 });
    process.kill(first.pid, 'SIGCONT');
    await until(async () => sessions.create(user).then(() => true));
  });

  it('says unavailable and not unknown when nobody can answer', async () => {
    const { primary, first } = await pair();
    const sessions = open(single(primary));
    await ready();
    const id = await sessions.create(user);
    await first.stop();
    await expect(sessions.read(id)).rejects.toMatchObject({ statusCode: 503 });
  });

  it('says unavailable and not unknown when only a replica answers, and lacks the session', async () => {
    const { primary, replica, first } = await pair();
    const sessions = open(single(primary), single(replica));
    await ready();
    process.kill(first.pid, 'SIGSTOP');
    await expect(sessions.read('the replica was behind')).rejects.toMatchObject({ statusCode: 503 });
    process.kill(first.pid, 'SIGCONT');
    await until(async () => (await sessions.read('the replica was behind')) === undefined);
  });

  it('acknowledges no login that only an outgoing primary knows', async () => {
    const { primary, replica } = await pair();
    const sessions = open(single(primary), single(replica));
    await ready();
    await sessions.create(user);
    await redisSays(replica, 'REPLICAOF', 'NO', 'ONE');
    await expect(sessions.create(user)).rejects.toMatchObject({ statusCode: 503 });
  });

  it('leaves a primary that was demoted, and reads on meanwhile', async () => {
    const { primary, replica } = await pair();
    const sessions = open(single(primary), single(replica));
    await ready();
    const id = await sessions.create(user);
    await redisSays(replica, 'REPLICAOF', 'NO', 'ONE');
    await redisSays(primary, 'REPLICAOF', replica.host, replica.port);
    expect(await sessions.read(id)).toEqual(user);
    await expect(sessions.create(user)).rejects.toMatchObject({ statusCode: 503 });
  });
});

it('follows Sentinel to the new primary with every session', async () => {
  const { primary, first } = await pair();
  const sentinels = await addresses(3);
  const watch = { name: 'sessions', primary, quorum: 2, downAfterMs: 500 };
  for (const at of sentinels) await started(startSentinel(found, place(at), watch));
  await until(async () =>
    `${await redisSays(sentinels[0] as Address, 'INFO', 'sentinel')}`.includes('slaves=1,sentinels=3'),
  );
  const from: Place = { mode: 'sentinel', urls: sentinels.map(url), sentinelMaster: 'sessions' };
  const sessions = open(from, from);
  await ready();
  const ids = await Promise.all(Array.from({ length: 20 }, () => sessions.create(user)));
  process.kill(first.pid, 'SIGSTOP');
  expect(await sessions.read(ids[0] ?? '')).toEqual(user);
  await until(async () => sessions.create(user).then(() => true));
  for (const id of ids) expect(await sessions.read(id)).toEqual(user);
});

it('works on a cluster and outlives the loss of a primary in it', async () => {
  const [port = 0, bus = 0] = await freePorts(2);
  const nodes = Array.from({ length: 6 }, (_, index) => ({ host: `127.0.2.${index + 1}`, port }));
  const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-port', `${bus}`];
  const servers: Running[] = [];
  for (const at of nodes)
    servers.push(
      await started(startRedis(found, { ...place(at), args: [...cluster, '--cluster-announce-ip', at.host] })),
    );
  await formCluster(nodes, bus);
  const from: Place = { mode: 'cluster', urls: nodes.slice(0, 2).map(url) };
  const sessions = open(from, from);
  await ready();
  const ids = await Promise.all(Array.from({ length: 30 }, () => sessions.create(user)));
  await servers[2]?.stop();
  for (const id of ids) await until(async () => (await sessions.read(id)) !== undefined);
  for (const _ of ids) await until(async () => sessions.create(user).then(() => true));
});
