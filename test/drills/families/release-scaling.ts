/** Releases while there are more servers than the least, or more of them come. */
import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { groupName } from '../../../constructs/release/rolled-service';
import type { Finding } from '../figures';
import { blind, tried } from '../releases/rollout';
import { inPhase } from '../releases/watch';
import { CONFIG, type ReleaseWorld, releaseWorld } from '../releases/world';
import { steps } from '../report';
import type { LoneScenario } from '../scenario';
import { demand, goodFindings } from './releases';

/** As a scaling policy does. */
async function scale({ account }: ReleaseWorld, DesiredCapacity: number): Promise<void> {
  const { active } = await account.state();
  const AutoScalingGroupName = groupName(CONFIG.name, 'backend', active);
  await account.groupsClient.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
}

/** @param then wanted from the first step on */
async function scaledOut(servers: number, then = servers): Promise<readonly Finding[]> {
  const world = await releaseWorld(steps());
  await scale(world, servers);
  await world.atRest();
  const done = await tried(world, {
    tag: `with-${servers}-${then}`,
    strategy: 'canary',
    releases: { bakeSeconds: 8 },
    meanwhile: async (_, watch, made) => {
      await blind(world, watch, made); // so many servers make each other slow on one machine
      await inPhase(watch, made.id, 'bake', 0);
      if (then !== servers) await scale(world, then);
    },
  });
  const { active } = done.last.state;
  const least = Math.min(
    ...done.looks.map(({ groups }) => groups[done.first.state.active].desired).filter((count) => count > 0),
  );
  const findings = [
    ...(await goodFindings(world, done)),
    demand(`never fewer than ${servers} wanted`, least, least >= servers),
    demand(
      `${then} servers at the end`,
      (await world.account.groups())[active].desired,
      (await world.account.groups())[active].desired === then,
    ),
  ];
  await scale(world, CONFIG.fleet.min);
  await world.atRest();
  return findings;
}

const lone = (name: string, about: string, servers: number, then?: number): LoneScenario => ({
  name: `release-${name}`,
  about,
  alone: () => scaledOut(servers, then),
});

export const RELEASE_SCALING: readonly LoneScenario[] = [
  lone('2', 'a release with 2 of 10 servers', 2),
  lone('7', 'a release with 7 of 10 servers', 7),
  lone('10', 'a release with 10 of 10 servers', 10),
  lone('growing', 'a release while the fleet grows from 4 to 7 servers', 4, 7),
];
