/** What a deployment does to what releases have made of groups and weights: nothing. By the real CDK CLI. */

import type { CdkRun } from '../../../lib/rehearsal/aws';
import { until } from '../../../lib/rehearsal/process';
import { stackStatus } from '../../support/account';
import { type Finding, failed, none, reasons } from '../figures';
import type { Alteration } from '../releases/assembly';
import { tried, underVisitors } from '../releases/rollout';
import { assembly, BACKEND, CONFIG, releaseWorld } from '../releases/world';
import { steps } from '../report';
import type { LoneScenario } from '../scenario';
import { demand, endOf, kept, told } from './releases';

export async function unmoved(alteration: Alteration, colour?: 'blue' | 'green'): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  for (let at = 0; colour && (await world.account.state()).active !== colour && at < 2; at++)
    await tried(world, { tag: `active-${colour}`, strategy: 'blue-green', releases: { bakeSeconds: 5 } });
  await world.atRest();
  const folder = await assembly(alteration);
  const before = world.visitors.samples.length;
  const { done, watch } = await underVisitors(world, () => world.deploy(folder));
  await world.atRest();
  const samples = world.visitors.samples.slice(before);
  const [first] = watch.looks;
  if (!first) throw new Error('expected looks, got none');
  const { active } = first.state;
  const of = ({ weights, groups, state }: typeof first) =>
    JSON.stringify([weights, groups[active].min, groups[active].max, groups.blue.max + groups.green.max, state.fleets]);
  const changed = watch.looks.filter((look) => of(look) !== of(first));
  const least = Math.min(...watch.looks.map(({ groups }) => groups[active].desired));
  const diff = await world.cdk('diff', 'diff', '--app', folder, BACKEND, '--exclusively', '--fail');
  return [
    demand(
      `deployed with ${active} active`,
      `exit code ${done.code}`,
      done.code === 0 && (colour ?? active) === active,
    ),
    none('look with other weights, limits or releases', changed.length, watch.looks.length),
    demand('never fewer servers wanted', least, least >= first.groups[active].desired),
    none('failed request', failed(samples).length, samples.length, reasons(samples)),
    demand('no difference afterwards', `exit code ${diff.code}`, diff.code === 0),
  ];
}

async function midCanary(alteration: Alteration): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  const folder = await assembly(alteration);
  let refused: CdkRun | undefined;
  let weights: readonly string[] = [];
  const done = await tried(world, {
    tag: 'mid-deploy',
    strategy: 'canary',
    releases: { bakeSeconds: 45, canaryPercent: [50, 100] },
    meanwhile: async (_, watch, { id }) => {
      await until(
        'a step',
        async () =>
          watch.looks.some(
            ({ state: { rollout } }) => rollout?.release.id === id && rollout.phase === 'bake' && !rollout.moving,
          ),
        120_000,
      );
      const from = watch.looks.length;
      refused = await world.deploy(folder);
      weights = watch.looks.slice(from).map((look) => JSON.stringify([look.weights, look.state.rollout?.step]));
    },
  });
  const status = await stackStatus(world.system.cloud, CONFIG.region, `Holdfast-${CONFIG.name}-Backend`);
  const atFirstStep = [...new Set(weights.filter((each) => each.endsWith(',0]')))];
  return [
    demand(
      'the deployment is refused, with the reason',
      refused?.output.match(/expected no rollout[^\n]*/)?.[0].slice(0, 120) ?? 'none',
      refused?.code !== 0 && /expected no rollout under way/.test(refused?.output ?? ''),
    ),
    demand('the stack is as it was', status ?? 'none', status === 'UPDATE_ROLLBACK_COMPLETE'),
    demand('weights of the step stay', atFirstStep.join(' '), atFirstStep.length === 1),
    none('failed request', failed(done.samples).length, done.samples.length, reasons(done.samples)),
    ...kept(done),
    told('the rollout afterwards: a deployment beside it may slow new servers', endOf(done)),
  ];
}

const lone = (name: string, about: string, alone: () => Promise<readonly Finding[]>): LoneScenario => ({
  name: `deploy-${name}`,
  about,
  alone,
});

export const RELEASE_DEPLOYS: readonly LoneScenario[] = [
  lone('green', 'a deployment with green active', () => unmoved('logs', 'green')),
  lone('blue', 'a deployment with blue active', () => unmoved('logs', 'blue')),
  lone('template', 'a deployment with another launch template', () => unmoved('template')),
  lone('listener', 'a deployment with an altered listener', () => unmoved('listener')),
  lone('mid-canary', 'a deployment while a canary is watched', () => midCanary('logs')),
  lone('mid-template', 'a deployment with another launch template while a canary is watched', () =>
    midCanary('template'),
  ),
  lone('mid-listener', 'a deployment with an altered listener while a canary is watched', () => midCanary('listener')),
];
