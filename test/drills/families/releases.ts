/** Releases rolled out by the real command and machine to real servers under load: good ones, and such as fail in every way that a rollout has to notice. */
import type { Strategy } from '../../../lambda/rollout/state';
import { askAs } from '../../support/tiers';
import { type Finding, failed, none, quantile, reasons } from '../figures';
import type { Fault } from '../releases/archive';
import { type Tried, tried } from '../releases/rollout';
import { mostOnNew, overheads, secondsBack } from '../releases/watch';
import { type ReleaseWorld, releaseWorld } from '../releases/world';
import { steps } from '../report';
import type { LoneScenario } from '../scenario';

const FIRST_STEP_SECONDS = 60;
const BACK_SECONDS = 30;
const OVERHEAD_SECONDS = 5;

export const demand = (text: string, measured: string | number, holds: boolean): Finding => ({
  demand: text,
  measured: `${measured}`,
  holds,
});
export const told = (text: string, measured: string | number): Finding => demand(`${text} (told only)`, measured, true);

const seconds = (value: number | undefined) => (value === undefined ? 'never' : `${value.toFixed(1)} s`);
export const within = (text: string, value: number | undefined, limit: number): Finding =>
  demand(`${text} ≤ ${limit} s`, seconds(value), value !== undefined && value <= limit);

/** What all rollouts must keep. */
export function kept({ looks, first }: Tried): readonly Finding[] {
  const wrong = looks.filter(({ weights }) => weights.blue + weights.green !== 100);
  const wanted = first.groups[first.state.active].desired;
  const few = looks.filter(({ groups }) => groups.blue.desired + groups.green.desired < wanted);
  return [
    none('look with weights other than 100 in all', wrong.length, looks.length),
    none('look with fewer servers wanted than before', few.length, looks.length),
  ];
}

/** Ports of the servers, asked past the balancer: what each says it runs. */
export async function running({ account }: ReleaseWorld): Promise<readonly string[]> {
  const { active } = await account.state();
  const ports = await account.healthy(active);
  return Promise.all(
    ports.map(async (port) => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/products/1`);
      return answer.headers.get('x-release') ?? 'the first one';
    }),
  );
}

export const tagOf = ({ made }: Tried) => made.folder.slice(made.folder.lastIndexOf('/') + 1);

export async function page({ system }: ReleaseWorld): Promise<string> {
  return (await askAs(system.cloud, new URL(system.url).host, '/')).text;
}

export const endOf = ({ events, stderr, code }: Tried) => {
  const end = events.findLast(({ event }) => event === 'end');
  return `${end?.outcome ?? stderr.trim().slice(-200)}${end?.reason ? `: ${end.reason}` : ''}, exit code ${code}`;
};

export async function goodFindings(world: ReleaseWorld, done: Tried): Promise<readonly Finding[]> {
  const bad = failed(done.samples);
  const tag = tagOf(done);
  const servers = await running(world);
  const { state, groups } = done.last;
  const stepsSeen = done.events.find(
    ({ event, percent = 0, phase }) => event === 'step' && (percent > 0 || phase === 'boot'),
  );
  return [
    demand('released, exit code 0', endOf(done), done.code === 0),
    none('failed request', bad.length, done.samples.length, reasons(done.samples)),
    demand(
      'every server runs the new release',
      servers.join(', '),
      servers.length > 0 && servers.every((each) => each === tag),
    ),
    demand('the site is the release’s', done.made.asset, (await page(world)).includes(done.made.asset)),
    ...kept(done),
    within('from the command to the first step', stepsSeen && (stepsSeen.at - done.begun) / 1000, FIRST_STEP_SECONDS),
    ...overheads(done.looks, done.made.id).map((value, at) =>
      within(`step ${at + 1} beyond its bake`, value, OVERHEAD_SECONDS),
    ),
    told('duration', seconds(done.seconds)),
    told('servers wanted by the active group', groups[state.active].desired),
    told('p95', `${Math.round(quantile(done.samples, 0.95))} ms`),
  ];
}

export async function backFindings(world: ReleaseWorld, done: Tried, reason: RegExp): Promise<readonly Finding[]> {
  const { first, looks, samples, made } = done;
  const { active } = first.state;
  const old = first.groups[active].all;
  const state = await world.account.state();
  const groups = await world.account.groups();
  const limits = (group: { min: number; max: number; desired: number }) =>
    `${group.min}–${group.max}, ${group.desired} wanted`;
  const most = mostOnNew(samples, looks, active, old);
  const bad = failed(samples);
  const servers = await running(world);
  const isRolling = done.events.some(({ text }) => text.includes('rolling'));
  const resting = groups[active === 'blue' ? 'green' : 'blue'];
  return [
    demand(
      `rolled back, exit code 1, because of ${reason.source}`,
      endOf(done),
      done.code === 1 && reason.test(endOf(done)),
    ),
    demand(
      'failed ≤ what new servers could get',
      `${bad.length} ≤ ${most} of ${samples.length}${bad.length > 0 ? `: ${reasons(samples)}` : ''}`,
      bad.length <= most,
    ),
    ...(isRolling
      ? []
      : [within('from the decision to the weights', secondsBack(looks, made.id, active), BACK_SECONDS)]),
    demand(
      'weights are back',
      JSON.stringify(await world.account.weights()),
      (await world.account.weights())[active] === 100 && state.active === active,
    ),
    demand('limits are as before', limits(groups[active]), limits(groups[active]) === limits(first.groups[active])),
    demand(
      'no server of the new release is left',
      `${resting.all.length} resting; ${servers.join(', ')}`,
      resting.all.length === 0 && !servers.includes(tagOf(done)),
    ),
    ...(isRolling
      ? []
      : [
          demand(
            'the old servers are all there',
            `${old.filter((id) => groups[active].all.includes(id)).length} of ${old.length}`,
            old.every((id) => groups[active].all.includes(id)),
          ),
        ]),
    demand('visitors have the old page', 'page', !(await page(world)).includes(made.asset)),
    ...kept(done),
    told('duration', seconds(done.seconds)),
  ];
}

interface Kind {
  readonly name: string;
  readonly about: string;
  readonly fault: Fault;
  /** @default it is a good one */
  readonly reason?: RegExp;
}

const KINDS: readonly Kind[] = [
  { name: 'good', about: 'a good release', fault: {} },
  {
    name: 'errors',
    about: 'a release that answers 30 % of /api with 500',
    fault: { errors: 0.3 },
    reason: /errors|alarm/,
  },
  { name: 'slow', about: 'a release that takes 800 ms longer', fault: { slowMs: 800 }, reason: /latency|alarm/ },
  {
    name: 'crash',
    about: 'a release whose process ends at once',
    fault: { endsAfterMs: 0 },
    reason: /servers: expected|alarm/,
  },
  {
    name: 'dies',
    about: 'a release whose process ends after 3 s',
    fault: { endsAfterMs: 3000 },
    reason: /servers: expected|smoke|alarm|errors/,
  },
];
const STRATEGIES: readonly Strategy[] = ['canary', 'blue-green', 'rolling'];

/** A bad one, then a good one, as quickly as figures allow. */
const SHORT: LoneScenario = {
  name: 'release-short',
  about: 'a canary that answers 30 % of /api with 500, then a good one',
  short: true,
  alone: async () => {
    const world = await releaseWorld(steps());
    const trial = { strategy: 'canary', releases: { canaryPercent: [50, 100], bakeSeconds: 8 } } as const;
    const bad = await tried(world, { ...trial, tag: 'short-errors', fault: { errors: 0.3 } });
    const findings = await backFindings(world, bad, /errors|alarm/);
    return [...findings, ...(await goodFindings(world, await tried(world, { ...trial, tag: 'short-good' })))];
  },
};

const MATRIX: readonly LoneScenario[] = STRATEGIES.flatMap((strategy) =>
  KINDS.map(
    ({ name, about, fault, reason }): LoneScenario => ({
      name: `release-${strategy}-${name}`,
      about: `${about}, by ${strategy}, under load`,
      alone: async () => {
        const world = await releaseWorld(steps());
        const done = await tried(world, { tag: `${strategy}-${name}`, fault, strategy });
        if (!reason) return goodFindings(world, done);
        return backFindings(world, done, reason);
      },
    }),
  ),
);

export const RELEASES: readonly LoneScenario[] = [...MATRIX, SHORT];
