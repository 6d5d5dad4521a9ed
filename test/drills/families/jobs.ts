/** Drills of the jobs: workers killed at random, the queue away for a minute. Counted by their effect: rows in PostgreSQL, mails at a stand-in for SES. */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../../lib/rehearsal/process';
import { freeze, kill, thaw } from '../faults';
import { atMost, type Finding, none } from '../figures';
import { type JobWorld, startJobWorld } from '../job-world';
import type { LoneScenario, Scenario } from '../scenario';
import type { Site } from '../world';

interface Killing {
  readonly jobs: number;
  /** What is weaker in a control run. */
  readonly tries?: number;
  readonly weaken?: (world: JobWorld) => Promise<unknown>;
}

const AT_ONCE = 10;
const KILL_EVERY_MS = 3000;
/** As SQS may do by itself. */
const SENT_TWICE = 0.05;
const DONE_WITHIN_MS = 400_000;

/** Of the mails' rows: how many jobs have one, and how many rows are too many. */
async function effects({ says }: JobWorld) {
  const [row] = await says('select count(distinct job)::int as jobs, count(*)::int as mails from mails');
  const { jobs, mails } = row as { jobs: number; mails: number };
  return { jobs, extra: mails - jobs };
}

async function workersKilled(site: Site, { jobs: count, tries, weaken }: Killing): Promise<readonly Finding[]> {
  const world = await startJobWorld(site, { workers: 3, tries, worker: { JOBS_AT_ONCE: `${AT_ONCE}` } });
  const user = await world.user();
  await weaken?.(world);
  const ids = Array.from({ length: count }, () => randomUUID());
  const twice = ids.filter(() => Math.random() < SENT_TWICE);
  const job = (id: string) => ({ id, kind: 'send-email', data: { template: 'welcome', user }, requestId: 'drill' });
  const begin = performance.now();
  const sending = world.queue.sendAll([...ids, ...twice].map(job));
  let kills = 0;
  let over = false;
  const killing = (async () => {
    while (!over) {
      await wait(KILL_EVERY_MS * (0.5 + Math.random()));
      const worker = world.workers[Math.floor(Math.random() * world.workers.length)];
      if (over || !worker) break;
      await kill(worker.running);
      kills += 1;
      await worker.start();
    }
  })();
  await sending;
  const idle = async () => {
    const { waiting, underWay } = await world.queue.counts();
    return waiting + underWay === 0;
  };
  await until('the end of all jobs', idle, DONE_WITHIN_MS).finally(async () => {
    over = true;
    await killing;
  });
  const seconds = (performance.now() - begin) / 1000;
  const { jobs, extra } = await effects(world);
  const { dead } = await world.queue.counts();
  const accepted = world.mails();
  const again = [...accepted.values()].filter((times) => times > 1).length;
  await world.end();
  return [
    none('job lost', count - jobs, count),
    none('job done twice', extra, count, `${twice.length} were sent twice, workers killed ${kills} times`),
    none('dead letter', dead, count),
    none('job without its mail', ids.filter((id) => !accepted.has(id)).length, count),
    {
      demand: 'mails handed over twice ≤ under way when killed',
      measured: `${again}, at most ${kills * AT_ONCE}`,
      holds: again <= kills * AT_ONCE,
    },
    { demand: 'jobs a second (told only)', measured: `${Math.round(count / seconds)}`, holds: true },
  ];
}

/** Sign-ups go on, five a second, while the queue doesn't answer. */
async function queueDown(site: Site): Promise<readonly Finding[]> {
  const world = await startJobWorld(site, { workers: 1, backend: true });
  const statuses: number[] = [];
  let longest = 0;
  const signUp = async () => {
    const begin = performance.now();
    statuses.push(await world.signUp().catch(() => 0));
    longest = Math.max(longest, performance.now() - begin);
  };
  freeze(world.emulator);
  const asked: Promise<void>[] = [];
  for (const end = performance.now() + 60_000; performance.now() < end; await wait(200)) asked.push(signUp());
  await Promise.all(asked);
  thaw(world.emulator);
  const back = performance.now();
  const all = async () => (await effects(world)).jobs === statuses.length;
  await until('all mails', all, 120_000).catch(() => undefined);
  const took = performance.now() - back;
  const { jobs, extra } = await effects(world);
  await world.end();
  return [
    none('failed sign-up', statuses.filter((status) => status !== 201).length, statuses.length),
    atMost('longest sign-up', longest, 1500),
    none('mail lost', statuses.length - jobs, statuses.length),
    none('mail twice', extra, statuses.length),
    atMost('all sent after the return', took, 60_000),
  ];
}

const killed = (name: string, about: string, killing: Killing, more: Partial<LoneScenario> = {}): LoneScenario => ({
  name,
  about,
  alone: (site) => workersKilled(site, killing),
  ...more,
});

export const JOBS: readonly Scenario[] = [
  killed('workers-killed', '10,000 jobs, three workers, one of them killed (kill -9) every 3 s', { jobs: 10_000 }),
  {
    name: 'queue-down',
    about: 'the queue frozen (SIGSTOP) for a minute, while people sign up',
    alone: queueDown,
  },
];

/** The same against something weaker: each must miss its demand. */
export const JOB_CONTROLS: readonly Scenario[] = [
  killed(
    'workers-killed-control',
    'with a record of done jobs that is not unique',
    { jobs: 2000, weaken: ({ says }) => says('alter table jobs_done drop constraint jobs_done_pkey') },
    { misses: 'job done twice' },
  ),
  killed('workers-killed-control', 'with one try for each message', { jobs: 2000, tries: 1 }, { misses: 'job lost' }),
];
