/** The probe of Redis on real servers in each shape, which are frozen, ended and locked under it. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { redisMeter, type Target } from '../../lambda/redis-probe/measure';
import { ACCESS, downUnlessRefused, METRICS } from '../../lambda/redis-probe/reading';
import { freePorts } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { type Address, startRedis } from '../../lib/rehearsal/servers';
import type { Tools } from '../../lib/rehearsal/tools';
import { foundTools, until } from '../support/backend';
import { measureWith } from '../support/probe';
import { formCluster, redisSays, startRedisReplica } from '../support/redis-nodes';

const STATE = '.holdfast/integration-probe-redis';
const PASSWORD = 'a-signed-token-of-15-minutes';
/** As ElastiCache makes the user of the probe, but for the password. */
const USER = ['--user', 'probe', 'on', `>${PASSWORD}`, ...ACCESS.split(' ')];

let found: Tools;
let parts: Running[];
const addresses = async (count: number) =>
  (await freePorts(count)).map((port): Address => ({ host: '127.0.0.1', port }));
const place = (at: Address) => ({
  ...at,
  folder: resolve(STATE, `${at.port}`),
  logFile: `${STATE}/${at.port}.log`,
});
const args = [...USER, '--slowlog-log-slower-than', '10000'];
const started = async (part: Promise<Running>) => {
  parts.push(await part);
  return parts.at(-1) as Running;
};
const target = (at: Address, password = PASSWORD): Target => ({
  ...at,
  user: 'probe',
  password: () => password,
  tls: false,
});

/** A probe as Lambda runs it, and all that it wrote. */
const probe = (at: Address, password?: string) =>
  measureWith('redis', METRICS, redisMeter(target(at, password)), downUnlessRefused);

async function end(part: Running): Promise<void> {
  try {
    process.kill(part.pid, 'SIGCONT');
  } catch {
    // the test ended it
  }
  await part.stop();
}

/** A command of some 50 ms: a script has no clock to wait by. */
const SLOW = ['EVAL', 'local x = 0 for i = 1, 20000000 do x = x + 1 end', '0'];

beforeAll(async () => {
  found = await foundTools();
});

beforeEach(() => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  parts = [];
});

afterEach(async () => {
  for (const part of parts.reverse()) {
    await end(part);
  }
});

describe('one server', () => {
  let at: Address;
  let server: Running;
  beforeEach(async () => {
    [at] = (await addresses(1)) as [Address];
    server = await started(startRedis(found, { ...place(at), args }));
  });

  it('is told in one line that CloudWatch takes metrics from', async () => {
    const { look, lines } = probe(at);
    await look();
    const [told] = lines.map((text) => JSON.parse(text));
    const [{ Namespace, Dimensions, Metrics }] = told._aws.CloudWatchMetrics;
    expect(lines).toHaveLength(1);
    expect([Namespace, Dimensions, told.Environment, told.Probe]).toEqual([
      'Holdfast/Probes',
      [['Environment', 'Probe']],
      'test',
      'redis',
    ]);
    for (const { Name } of Metrics) expect(told[Name]).toEqual(expect.any(Number));
  });

  it('is up, without a lag, since it has no replica', async () => {
    const told = await probe(at).look();
    expect(told).toMatchObject({ Up: 1, NodesSilent: 0, Replicas: 0, SlowCommands: 0, faults: [] });
    expect(told.LagBytes).toBeUndefined();
    expect(told.Duration).toBeLessThan(1000);
  });

  it('has each slow command counted once, and no word of it told but its name', async () => {
    const { look, lines } = probe(at);
    await look();
    await redisSays(at, ...SLOW, 'sess:stolen');
    expect(await look()).toMatchObject({ SlowCommands: 1, notes: [expect.stringMatching(/^slow: EVAL, \d+ ms$/)] });
    expect(await look()).toMatchObject({ SlowCommands: 0 });
    expect(lines.join()).not.toContain('sess:');
  });

  it('has slow commands of the last minute counted by a probe that remembers nothing', async () => {
    await redisSays(at, ...SLOW);
    expect(await probe(at).look()).toMatchObject({ SlowCommands: 1 });
  });

  it('has its hit rate told of what was read since the last run', async () => {
    const { look } = probe(at);
    const client = new Redis(at);
    await client.set('there', '1');
    await Promise.all(Array.from({ length: 300 }, () => client.get('nowhere')));
    await look();
    await Promise.all(Array.from({ length: 90 }, () => client.get('there')));
    await Promise.all(Array.from({ length: 30 }, () => client.get('nowhere')));
    expect(await look()).toMatchObject({ HitRate: 75 });
    client.disconnect();
  });

  it('has evictions and memory told where memory has a limit', async () => {
    const { look } = probe(at);
    await look();
    await redisSays(at, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await redisSays(at, 'CONFIG', 'SET', 'maxmemory', '4mb');
    for (let each = 0; each < 20; each++) await redisSays(at, 'SET', `key${each}`, 'x'.repeat(500_000));
    const told = await look();
    expect(told.Evicted).toBeGreaterThan(0);
    expect(told.Memory).toBeGreaterThan(50);
  });

  it('shows no key to the user of the probe', async () => {
    const client = new Redis({ ...at, username: 'probe', password: PASSWORD, retryStrategy: () => null });
    client.on('error', () => undefined);
    for (const command of [['GET', 'sess:1'], ['KEYS', '*'], ['CONFIG', 'GET', '*'], ['MONITOR'], ['CLIENT', 'LIST']])
      await expect(client.call(...(command as [string, ...string[]]))).rejects.toThrow('NOPERM');
    client.disconnect();
  });

  it('is down, in time, when it hangs', async () => {
    process.kill(server.pid, 'SIGSTOP');
    const from = Date.now();
    const told = await probe(at).look();
    expect(Date.now() - from).toBeLessThan(3000);
    expect(told).toMatchObject({ Up: 0, faults: [expect.stringMatching(/time/)] });
  });

  it('is down when nobody listens', async () => {
    await server.stop();
    expect(await probe(at).look()).toMatchObject({ Up: 0, faults: [expect.stringContaining('ECONNREFUSED')] });
  });

  it('is neither up nor down when it refuses the probe, whose password is told nowhere', async () => {
    const { look, lines } = probe(at, 'a-wrong-one');
    const told = await look();
    expect(told.Up).toBeUndefined();
    expect(told.faults).toEqual([expect.stringContaining('WRONGPASS')]);
    expect(lines.join()).not.toContain('a-wrong-one');
  });
});

describe('a primary with replicas', () => {
  let primary: Address;
  let replica: Address;
  let copy: Running;
  beforeEach(async () => {
    [primary, replica] = (await addresses(2)) as [Address, Address];
    await started(startRedis(found, { ...place(primary), args }));
    copy = await started(startRedisReplica(found, { ...place(replica), args }, primary));
  });

  it('has the lag in bytes told of a replica that stopped reading', async () => {
    const { look } = probe(primary);
    await until(async () => (await look()).LagBytes === 0);
    process.kill(copy.pid, 'SIGSTOP');
    for (let each = 0; each < 5; each++) await redisSays(primary, 'SET', `key${each}`, 'x'.repeat(500_000));
    const told = await look();
    expect(told).toMatchObject({ Up: 1, NodesSilent: 1, Replicas: 1 });
    expect(told.LagBytes).toBeGreaterThan(2_000_000);
    expect(told.faults).toEqual([expect.stringContaining(`${replica.port}: `)]);
  });

  it('has slow commands of the replica counted too', async () => {
    const { look } = probe(primary);
    await look();
    await redisSays(replica, ...SLOW.with(0, 'EVAL_RO'));
    expect(await look()).toMatchObject({ SlowCommands: 1 });
  });

  it('has one replica fewer when one is gone', async () => {
    await copy.stop();
    const { look } = probe(primary);
    await until(async () => (await look()).Replicas === 0);
  });

  it('is down when its name leads to a replica', async () => {
    expect(await probe(replica).look()).toMatchObject({
      Up: 0,
      faults: ['the primary endpoint leads to a replica'],
    });
  });
});

describe('a cluster', () => {
  let nodes: readonly Address[];
  let servers: Running[];
  beforeAll(async () => {
    const [port = 0, bus = 0] = await freePorts(2);
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000', '--cluster-port', `${bus}`];
    nodes = Array.from({ length: 6 }, (_, index) => ({ host: `127.0.4.${index + 1}`, port }));
    const begin = (at: Address) => ({
      ...at,
      folder: resolve(`${STATE}-cluster`, at.host),
      logFile: `${STATE}-cluster/${at.host}.log`,
      args: [...args, ...cluster, '--cluster-announce-ip', at.host],
    });
    rmSync(`${STATE}-cluster`, { recursive: true, force: true });
    mkdirSync(`${STATE}-cluster`, { recursive: true });
    servers = await Promise.all(nodes.map((at) => startRedis(found, begin(at))));
    await formCluster(nodes, bus);
  });
  afterAll(() => Promise.all(servers.map(end)));

  it('has every shard asked, by whatever node the name leads to', async () => {
    const told = await Promise.all([nodes[0], nodes[5]].map((at) => probe(at as Address).look()));
    for (const each of told)
      expect(each).toMatchObject({ Up: 1, NodesSilent: 0, Replicas: 1, LagBytes: expect.any(Number), faults: [] });
  });

  it('has slow commands of all nodes counted', async () => {
    const { look } = probe(nodes[0] as Address);
    await look();
    for (const at of nodes.slice(0, 3)) await redisSays(at, ...SLOW);
    expect(await look()).toMatchObject({ SlowCommands: 3 });
  });

  it('is down when one primary hangs, and up when a replica does', async () => {
    const { look } = probe(nodes[0] as Address);
    process.kill(servers[5]?.pid ?? 0, 'SIGSTOP');
    expect(await look()).toMatchObject({ Up: 1, NodesSilent: 1 });
    process.kill(servers[2]?.pid ?? 0, 'SIGSTOP');
    expect(await look()).toMatchObject({ Up: 0, NodesSilent: 2 });
  });
});
