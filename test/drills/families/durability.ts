/** The drill of Redis's own files (SE-6): what each setting of the guide loses when the process is killed, and how long a power cut could. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../../lib/rehearsal/ports';
import { until } from '../../../lib/rehearsal/process';
import { type Address, startRedis } from '../../../lib/rehearsal/servers';
import { redisSays } from '../../support/redis-nodes';
import { kill } from '../faults';
import type { Finding } from '../figures';
import { Part } from '../parts';
import type { Scenario } from '../scenario';
import type { Site } from '../world';

interface Setting {
  readonly name: string;
  readonly args: readonly string[];
  /** Most acknowledged writes that a killed process may lose, in seconds of writing. */
  readonly losesMostS: number;
  /** Whether a snapshot is taken half-way, as a save point would. */
  readonly snapshot?: boolean;
}

const WRITE_MS = 3000;
const WRITERS = 4;
/** Longest wait for a write to be on disk; with `no` the system decides, after half a minute or so. */
const SYNCED_MS = 2500;

/** The guide's. */
const SETTINGS: readonly Setting[] = [
  { name: 'AOF always', args: ['--appendfsync', 'always'], losesMostS: 0 },
  { name: 'AOF everysec', args: ['--appendfsync', 'everysec'], losesMostS: 2 }, // a write waits so long for a slow disk
  { name: 'AOF no', args: ['--appendfsync', 'no'], losesMostS: 2 },
  {
    name: 'RDB 900 1, 300 10, 60 10000 alone',
    args: ['--appendonly', 'no', '--save', '900', '1', '300', '10', '60', '10000'],
    losesMostS: WRITE_MS / 2000 + 0.5,
    snapshot: true,
  },
];

/** Writes one number after the other until the server is gone. Returns how many were acknowledged. */
async function writer({ host, port }: Address, number: number): Promise<number> {
  const client = new Redis({ host, port, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined); // the promise tells
  for (let count = 0; ; count++) {
    try {
      await client.set(`sess:${number}:${count}`, 'x'.repeat(100));
    } catch {
      client.disconnect();
      return count;
    }
  }
}

/** Longest time from a write's acknowledgement until it was on disk. */
async function unsynced(at: Address): Promise<number> {
  const client = new Redis({ ...at, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  let longest = 0;
  try {
    for (;;) {
      await client.set('sync', performance.now());
      const begin = performance.now();
      await client.call('WAITAOF', 1, 0, SYNCED_MS);
      longest = Math.max(longest, performance.now() - begin);
    }
  } catch {
    client.disconnect();
    return longest;
  }
}

async function measure(
  { tools, parts, folder }: Site,
  { name, args, losesMostS, snapshot }: Setting,
  number: number,
): Promise<Finding> {
  const at = { host: '127.0.0.1', port: await freePort() };
  const place = { ...at, folder: `${folder}/${number}`, logFile: `${folder}/${number}.log`, args };
  const part = new Part(name, () => startRedis(tools, place), parts);
  await part.start();
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, each) => writer(at, each)));
  const syncing = snapshot ? undefined : unsynced(at);
  await wait(WRITE_MS / 2);
  if (snapshot) await redisSays(at, 'BGSAVE');
  await wait(WRITE_MS / 2);
  await kill(part.running);
  const acknowledged = await writing;
  await part.start();
  await until(`${name}: loading`, async () => (await redisSays(at, 'PING')) === 'PONG');
  const kept = Number(await redisSays(at, 'DBSIZE')) - (syncing ? 1 : 0);
  const all = acknowledged.reduce((sum, each) => sum + each, 0);
  await kill(part.running);
  const perSecond = all / (WRITE_MS / 1000);
  const lost = Math.max(0, all - kept);
  const late = await syncing;
  const synced =
    late === undefined
      ? 'a power cut loses the same'
      : late >= SYNCED_MS
        ? 'not on disk for seconds'
        : `on disk within ${late.toFixed(late < 10 ? 1 : 0)} ms`;
  return {
    demand: `${name}: kill -9 loses ≤ ${losesMostS} s of writes`,
    measured: `${lost} of ${all}; ${synced}`,
    holds: lost <= losesMostS * perSecond,
  };
}

async function alone(site: Site): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [number, setting] of SETTINGS.entries()) findings.push(await measure(site, setting, number));
  return findings;
}

export const DURABILITY: readonly Scenario[] = [
  { name: 'durability', about: "Redis with the guide's AOF and RDB settings, kill -9, started again", alone },
];
