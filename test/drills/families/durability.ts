/** The drill of Redis's own files (SE-6): how many acknowledged sessions each setting of the guide loses when the process is killed, and when the power is cut. */
import { cpSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Sessions } from '../../../app/backend/redis/sessions';
import { Store } from '../../../app/backend/redis/store';
import { freePort } from '../../../lib/rehearsal/ports';
import { until } from '../../../lib/rehearsal/process';
import { type Address, startRedis } from '../../../lib/rehearsal/servers';
import { redisSays } from '../../support/redis-nodes';
import { kill } from '../faults';
import type { Finding } from '../figures';
import { Part } from '../parts';
import type { LoneScenario, Scenario } from '../scenario';
import type { Site } from '../world';

interface Setting {
  readonly name: string;
  readonly args: readonly string[];
  /** Most acknowledged sessions that may be lost, in seconds of logging in: to a killed process, and to a power cut. */
  readonly losesMostS: { readonly killed: number; readonly cut: number };
  /** Whether a snapshot is taken half-way, as a save point would. */
  readonly snapshot?: boolean;
}

/** No whole number: `everysec` would just have synced. */
const WRITE_S = 3.7;
const WRITERS = 4;
const MARK_EVERY_MS = 50;
const AT_ONCE = 50;
const user = { id: '1', email: 'visitor@example.com' };

/** The guide's. With `no` the kernel writes when it likes, after half a minute or so. */
const SETTINGS: readonly Setting[] = [
  { name: 'AOF always', args: ['--appendfsync', 'always'], losesMostS: { killed: 0, cut: 0 } },
  { name: 'AOF everysec', args: ['--appendfsync', 'everysec'], losesMostS: { killed: 0, cut: 2 } }, // a write waits so long for a slow disk
  { name: 'AOF no', args: ['--appendfsync', 'no'], losesMostS: { killed: 0, cut: WRITE_S } },
  {
    name: 'RDB 900 1, 300 10, 60 10000 alone',
    args: ['--appendonly', 'no', '--save', '900', '1', '300', '10', '60', '10000'],
    losesMostS: { killed: 2.5, cut: 2.5 }, // as long as the snapshot is old
    snapshot: true,
  },
];

const store = ({ host, port }: Address) =>
  new Store({
    primary: { mode: 'single', urls: [`redis://${host}:${port}`] },
    waitForReplica: false,
    onError: () => undefined, // the promise tells
  });

const connected = (here: Store) => until('a connection', () => here.ping().then(() => true));

/** Whether Redis has synced what this connection wrote, as it says within a millisecond. */
const isSynced = async (client: Pick<Redis, 'call'>, withinMs: number) =>
  ((await client.call('WAITAOF', 1, 0, withinMs)) as number[])[0] === 1;

interface Visit {
  readonly acknowledged: readonly string[];
  /** The last session of which Redis said that it and all before it were on disk. */
  readonly synced?: string;
}

/** Logs in, one session after the other, until the server is gone. The last one isn't counted: whether it was synced nobody could ask any more. */
async function visitor(at: Address, files: boolean): Promise<Visit> {
  const here = store(at);
  const sessions = new Sessions(here);
  const acknowledged: string[] = [];
  let synced: string | undefined;
  await connected(here);
  try {
    for (;;) {
      const id = await sessions.create(user);
      if (files && (await isSynced(here.client, 1))) synced = id;
      acknowledged.push(id);
    }
  } catch {
    here.close();
    return { acknowledged, synced };
  }
}

/** How many of them nobody knows any more. */
async function lost(at: Address, acknowledged: readonly string[]): Promise<number> {
  const here = store(at);
  const sessions = new Sessions(here);
  await connected(here);
  let gone = 0;
  for (let next = 0; next < acknowledged.length; next += AT_ONCE) {
    const found = await Promise.all(acknowledged.slice(next, next + AT_ONCE).map((id) => sessions.read(id)));
    gone += found.filter((each) => each === undefined).length;
  }
  here.close();
  return gone;
}

/** Writes marks until the server is gone. Returns the last of which Redis said that it and all before it were on disk, if any. */
async function lastSynced(at: Address): Promise<string | undefined> {
  let synced = -1;
  let gone = false;
  const mark = async (number: number) => {
    const client = new Redis({ ...at, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.set('mark', nameOf(number));
      if (await isSynced(client, 0)) synced = Math.max(synced, number);
    } catch {
      gone = true;
    }
    client.disconnect();
  };
  const marks: Promise<void>[] = [];
  for (let number = 0; !gone; number++) {
    marks.push(mark(number));
    await wait(MARK_EVERY_MS);
  }
  await Promise.all(marks);
  return synced < 0 ? undefined : nameOf(synced);
}
const nameOf = (number: number) => `mark-${number}-end`;

/** The folder as the disk had it: the AOF ends behind the last of those that were synced. A snapshot is synced before it gets its name. */
function cutPower(folder: string, synced: readonly string[]): void {
  const aof = join(folder, 'appendonlydir');
  if (!existsSync(aof)) return;
  for (const file of readdirSync(aof).filter((name) => name.endsWith('.incr.aof'))) {
    const text = readFileSync(join(aof, file));
    const ends = synced.map((each) => {
      const next = text.indexOf('\r\n*', text.lastIndexOf(each)); // where the next command begins
      return next < 0 ? text.length : next + 2;
    });
    truncateSync(join(aof, file), Math.max(0, ...ends));
  }
}

async function measure({ tools, parts, folder }: Site, setting: Setting, number: number): Promise<readonly Finding[]> {
  const { name, args, losesMostS, snapshot } = setting;
  const at = { host: '127.0.0.1', port: await freePort() };
  const place = { ...at, folder: `${folder}/${number}`, logFile: `${folder}/${number}.log`, args };
  const after = { killed: place, cut: { ...place, folder: `${folder}/${number}-cut` } };
  const part = new Part(name, () => startRedis(tools, place), parts);
  await part.start();
  const writing = Promise.all(Array.from({ length: WRITERS }, () => visitor(at, !snapshot)));
  const syncing = snapshot ? undefined : lastSynced(at);
  await wait((WRITE_S * 1000) / 2);
  if (snapshot) await redisSays(at, 'BGSAVE');
  await wait((WRITE_S * 1000) / 2);
  await kill(part.running);
  const visits = await writing;
  const acknowledged = visits.flatMap((each) => each.acknowledged);
  if (acknowledged.length === 0) throw new Error(`${name}: expected sessions to be acknowledged, got none`);
  cpSync(after.killed.folder, after.cut.folder, { recursive: true });
  const synced = [...visits.map((each) => each.synced), await syncing].filter((each) => each !== undefined);
  cutPower(after.cut.folder, synced);
  const findings: Finding[] = [];
  for (const [fault, words] of [
    ['killed', 'kill -9'],
    ['cut', 'a power cut'],
  ] as const) {
    const again = new Part(name, () => startRedis(tools, after[fault]), parts);
    await again.start();
    await until(`${name}: loading`, async () => (await redisSays(at, 'PING')) === 'PONG');
    const gone = await lost(at, acknowledged);
    await kill(again.running);
    const most = losesMostS[fault];
    const inSeconds = (gone / acknowledged.length) * WRITE_S;
    findings.push({
      demand: `${name}: ${words} loses ≤ ${most} s of acknowledged sessions`,
      measured: `${gone} of ${acknowledged.length}${gone > 0 ? `, ${inSeconds.toFixed(1)} s` : ''}`,
      holds: inSeconds <= most,
    });
  }
  return findings;
}

const settings = (all: readonly Setting[]) => async (site: Site) => {
  const findings: Finding[] = [];
  for (const [number, setting] of all.entries()) findings.push(...(await measure(site, setting, number)));
  return findings;
};

export const DURABILITY: readonly Scenario[] = [
  {
    name: 'durability',
    about:
      "sessions in Redis with the guide's AOF and RDB settings: kill -9, and a power cut played by what was synced",
    alone: settings(SETTINGS),
  },
];

export const DURABILITY_CONTROLS: readonly LoneScenario[] = [
  {
    name: 'durability-control',
    about: 'everysec, of which is demanded what always gives',
    misses: 'power cut',
    alone: settings([{ name: 'AOF everysec', args: [], losesMostS: { killed: 0, cut: 0 } }]),
  },
];
