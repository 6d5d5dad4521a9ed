/** The drill of Redis's own files (SE-6): how many acknowledged sessions each setting of the guide loses when the process is killed, and when the power is cut. */
import { cpSync, readFileSync, truncateSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
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
import { aofOf, syncedBytes } from '../syncs';
import type { Site } from '../world';

interface Setting {
  readonly name: string;
  readonly args: readonly string[];
  /** Most acknowledged sessions that may be lost, in seconds of logging in: to a killed process, and to a power cut. */
  readonly losesMostS: { readonly killed: number; readonly cut: number };
  /** Whether a snapshot is taken half-way, as a save point would. */
  readonly snapshot?: boolean;
  /** Whether it syncs before it answers, so that asking about it changes nothing. @default false */
  readonly asks?: boolean;
}

/** No whole number, or `everysec` might just have synced. */
const WRITE_S = 3.7;
const WRITERS = 4;
const AT_ONCE = 50;
const user = { id: '1', email: 'visitor@example.com' };

/** The guide's. With `no` the kernel writes when it likes, after half a minute or so. */
const SETTINGS: readonly Setting[] = [
  { name: 'AOF always', args: ['--appendfsync', 'always'], losesMostS: { killed: 0, cut: 0 }, asks: true },
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

interface Visit {
  readonly acknowledged: readonly string[];
  /** The last session of which Redis said that it and all before it were synced. */
  readonly synced?: string;
}

/** Logs in, one session after the other, until the server is gone. The last one isn't counted: nobody could ask about it any more. */
async function visitor(at: Address, asks: boolean): Promise<Visit> {
  const here = store(at);
  const sessions = new Sessions(here);
  const acknowledged: string[] = [];
  let synced: string | undefined;
  await connected(here);
  try {
    for (;;) {
      const id = await sessions.create(user);
      const [local] = asks ? ((await here.client.call('WAITAOF', 1, 0, 1)) as number[]) : [0];
      if (local === 1) synced = id;
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

/** The folder as the disk had it: the AOF ends where it was synced to. A snapshot is synced before it gets its name. */
function cutPower(folder: string, bytes: number, sessions: readonly string[]): void {
  const file = aofOf(folder);
  if (!file) return;
  const text = readFileSync(file);
  const ends = sessions.map((each) => {
    const next = text.indexOf('\r\n*', text.lastIndexOf(each)); // where the next command begins
    return next < 0 ? text.length : next + 2;
  });
  truncateSync(file, Math.max(bytes, ...ends));
}

async function measure({ tools, parts, folder }: Site, setting: Setting, number: number): Promise<readonly Finding[]> {
  const { name, args, losesMostS, snapshot, asks = false } = setting;
  const at = { host: '127.0.0.1', port: await freePort() };
  const place = { ...at, folder: `${folder}/${number}`, logFile: `${folder}/${number}.log`, args };
  const after = { killed: place, cut: { ...place, folder: `${folder}/${number}-cut` } };
  const part = new Part(name, () => startRedis(tools, place), parts);
  await part.start();
  const writing = Promise.all(Array.from({ length: WRITERS }, () => visitor(at, asks)));
  const syncing = snapshot ? 0 : syncedBytes(part.running.pid, place.folder);
  await wait((WRITE_S * 1000) / 2);
  if (snapshot) await redisSays(at, 'BGSAVE');
  await wait((WRITE_S * 1000) / 2);
  await kill(part.running);
  const visits = await writing;
  const acknowledged = visits.flatMap((each) => each.acknowledged);
  if (acknowledged.length === 0) throw new Error(`${name}: expected sessions to be acknowledged, got none`);
  cpSync(after.killed.folder, after.cut.folder, { recursive: true });
  cutPower(
    after.cut.folder,
    await syncing,
    visits.flatMap((each) => each.synced ?? []),
  );
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
