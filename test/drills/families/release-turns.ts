/** What may come between a release and its end: people, a machine that dies, an archive that was altered; and the way back afterwards. */
import { setTimeout as wait } from 'node:timers/promises';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { WebSocket } from 'ws';
import { archiveKey } from '../../../lambda/rollout/state';
import { until } from '../../../lib/rehearsal/process';
import { askAs } from '../../support/tiers';
import { type Finding, failed, none, reasons } from '../figures';
import { type Tried, tried, underVisitors } from '../releases/rollout';
import { inPhase } from '../releases/watch';
import { type ReleaseWorld, releaseWorld } from '../releases/world';
import { steps } from '../report';
import type { LoneScenario } from '../scenario';
import { backFindings, demand, goodFindings, page, running, within } from './releases';

const RELEASE = ['--service', 'backend'] as const;
const LONG = { bakeSeconds: 40, canaryPercent: [50, 100] };
const WITHIN_MS = 120_000;

async function back(): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  const released = await tried(world, {
    tag: 'to-go-back-from',
    strategy: 'blue-green',
    releases: { bakeSeconds: 5, keepMinutes: 0 },
  });
  const before = await running(world);
  const kept = await world.release('kept');
  const sent = world.visitors.samples.length;
  const { done, watch } = await underVisitors(world, async (watch) => {
    const there = await world.call([...RELEASE, '--strategy', 'blue-green'], {
      made: kept,
      releases: { bakeSeconds: 5, keepMinutes: 5 },
    });
    const begun = Date.now();
    const gone = await world.call([...RELEASE, '--rollback'], { releases: { bakeSeconds: 5, keepMinutes: 0 } });
    const first = watch.looks.find(
      ({ now, weights, state }) =>
        now >= begun && state.active === released.last.state.active && weights[state.active] === 100,
    );
    return { there, gone, seconds: first && (first.now - begun) / 1000 };
  });
  await world.atRest();
  const samples = world.visitors.samples.slice(sent);
  const servers = await running(world);
  return [
    demand(
      'released, then rolled back, exit codes 0',
      `${done.there.code}, ${done.gone.code} ${done.gone.stderr}`,
      done.there.code === 0 && done.gone.code === 0,
    ),
    within('from the command back to the weights', done.seconds, 30),
    none('failed request', failed(samples).length, samples.length, reasons(samples)),
    demand(
      'the old release runs',
      servers.join(', '),
      servers.length > 0 && JSON.stringify(servers) === JSON.stringify(before),
    ),
    demand('visitors have its page again', released.made.asset, (await page(world)).includes(released.made.asset)),
    none(
      'look with weights other than 100 in all',
      watch.looks.filter(({ weights }) => weights.blue + weights.green !== 100).length,
      watch.looks.length,
    ),
  ];
}

async function killed(phase: 'boot' | 'bake'): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  const made = await world.release(`killed-at-${phase}`);
  await world.atRest();
  const before = world.visitors.samples.length;
  const releases = { bakeSeconds: 15, canaryPercent: [50, 100] };
  const { done, watch } = await underVisitors(world, async (watch) => {
    const first = world.call([...RELEASE, '--strategy', 'canary'], { made, releases });
    await until(
      phase,
      async () =>
        watch.looks.some(({ state: { rollout } }) => rollout?.release.id === made.id && rollout.phase === phase),
      WITHIN_MS,
    );
    const stopped = await world.account.stopMachine();
    const told = await first;
    await wait(5000);
    const resumed = await world.call(['--resume']);
    return { told, stopped, resumed };
  });
  await world.atRest();
  const samples = world.visitors.samples.slice(before);
  const servers = await running(world);
  return [
    demand('its machine was stopped', done.stopped, done.stopped >= 1),
    demand(
      'the command says how to go on',
      done.told.stderr.trim().slice(0, 160),
      done.told.code === 1 && done.told.stderr.includes('--resume'),
    ),
    demand(
      'resumed, it ends released',
      `exit code ${done.resumed.code} ${done.resumed.stderr.trim().slice(0, 200)}`,
      done.resumed.code === 0,
    ),
    demand(
      'every server runs it',
      servers.join(', '),
      servers.length > 0 && servers.every((each) => made.folder.endsWith(`/${each}`)),
    ),
    none('failed request', failed(samples).length, samples.length, reasons(samples)),
    none(
      'look with weights other than 100 in all',
      watch.looks.filter(({ weights }) => weights.blue + weights.green !== 100).length,
      watch.looks.length,
    ),
  ];
}

async function twice(): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  const other = await world.release('the-other');
  let second: Awaited<ReturnType<ReleaseWorld['call']>> | undefined;
  const done = await tried(world, {
    tag: 'first',
    strategy: 'canary',
    releases: { bakeSeconds: 20, canaryPercent: [50, 100] },
    meanwhile: async (_, watch, { id }) => {
      await inPhase(watch, id, 'bake', 0);
      second = await world.call(RELEASE, { made: other });
    },
  });
  return [
    demand(
      'the second is refused, exit code 1, with what is under way',
      `${second?.code}: ${second?.stderr.trim().slice(0, 160)}`,
      second?.code === 1 && second.stderr.includes('expected no rollout under way'),
    ),
    ...(await goodFindings(world, done)),
  ];
}

async function byHand(): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  const done = await tried(world, {
    tag: 'by-hand',
    strategy: 'canary',
    releases: LONG,
    meanwhile: async ({ account }, watch, { id }) => {
      await inPhase(watch, id, 'bake', 0);
      await account.setWeights({ blue: 60, green: 40 });
    },
  });
  return backFindings(world, done, /changed by hand/);
}

async function altered(): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  const done = await tried(world, {
    tag: 'altered',
    strategy: 'canary',
    meanwhile: async ({ account: { s3, bucket: Bucket } }, _, { id, folder }) => {
      const Key = archiveKey(id);
      await until('the archive', () => s3.send(new HeadObjectCommand({ Bucket, Key })).then(() => true), WITHIN_MS);
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: `altered ${folder}` }));
    },
  });
  return backFindings(world, done, /servers: expected|alarm/);
}

/** A client that loaded the page before goes on with it, and its WebSocket comes again. */
async function oldPage(): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  const { cloud, url } = world.system;
  const { host } = new URL(url);
  const paths = [...(await page(world)).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  const answers: number[] = [];
  let [opened, closed] = [0, 0];
  let over = false;
  let socket: WebSocket | undefined;
  const connect = () => {
    socket = new WebSocket(`${cloud.endpoint.replace('http', 'ws')}/ws`, { headers: { host } });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('open', () => {
      opened += 1;
    });
    socket.on('close', () => {
      closed += 1;
      if (!over) setTimeout(connect, 500);
    });
  };
  connect();
  const asking = (async () => {
    for (; !over; await wait(500)) for (const path of paths) answers.push((await askAs(cloud, host, path)).status);
  })();
  const done: Tried = await tried(world, { tag: 'new-page', strategy: 'canary', releases: { bakeSeconds: 8 } });
  await wait(3000);
  over = true;
  await asking;
  socket?.close();
  const wrong = answers.filter((status) => status !== 200);
  const now = await page(world);
  return [
    demand(
      'the new page is another one',
      done.made.asset,
      now.includes(done.made.asset) && !paths.every((path) => now.includes(path)),
    ),
    none(`file of the old page that isn't there (${paths.length} files)`, wrong.length, answers.length),
    demand('the WebSocket came again', `opened ${opened}, closed ${closed}`, opened >= 2 && opened >= closed),
    ...(await goodFindings(world, done)),
  ];
}

const lone = (name: string, about: string, alone: () => Promise<readonly Finding[]>): LoneScenario => ({
  name: `release-${name}`,
  about,
  alone,
});

export const RELEASE_TURNS: readonly LoneScenario[] = [
  lone('back', 'back to the release that is kept', back),
  lone('killed-boot', 'its machine stopped while new servers boot, then resumed', () => killed('boot')),
  lone('killed-bake', 'its machine stopped while a step is watched, then resumed', () => killed('bake')),
  lone('twice', 'another release begun meanwhile', twice),
  lone('by-hand', 'weights changed by hand while a step is watched', byHand),
  lone('altered', 'the archive altered in the bucket before servers fetch it', altered),
  lone('old-page', 'visitors who loaded the page before, and hold a WebSocket', oldPage),
];
