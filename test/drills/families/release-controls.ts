/** Control runs of the releases: each takes one thing away and must miss its demand, or the drill can't fail. */
import {
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { client } from '../../../lib/rehearsal/aws';
import { failed, none, reasons } from '../figures';
import { blind, tried } from '../releases/rollout';
import { assembly, CONFIG, type ReleaseWorld, releaseWorld } from '../releases/world';
import { steps } from '../report';
import type { LoneScenario } from '../scenario';
import { unmoved } from './release-deploys';
import { backFindings } from './releases';

async function drain({ account, system }: ReleaseWorld, seconds: number): Promise<void> {
  const balancing = new ElasticLoadBalancingV2Client(client(system.cloud, CONFIG.region));
  for (const TargetGroupArn of Object.values(account.targetGroups)) {
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: `${seconds}` }];
    await balancing.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
  }
}

export const RELEASE_CONTROLS: readonly LoneScenario[] = [
  {
    name: 'release-canary-errors-control',
    about: 'with a machine that compares nothing and hears no alarm',
    misses: 'rolled back',
    alone: async () => {
      const world = await releaseWorld(steps());
      const fault = { errors: 0.3 };
      const done = await tried(world, { tag: 'blind', fault, strategy: 'canary', meanwhile: blind });
      const findings = await backFindings(world, done, /errors|alarm/);
      await tried(world, { tag: 'mended', strategy: 'canary', meanwhile: blind });
      return findings;
    },
  },
  {
    name: 'release-rolling-control',
    about: 'with servers that leave without a drain while they answer',
    misses: 'failed request',
    alone: async () => {
      const world = await releaseWorld(steps());
      const fault = { slowMs: 400 };
      await tried(world, {
        tag: 'leisurely',
        fault,
        strategy: 'blue-green',
        meanwhile: blind,
        releases: { bakeSeconds: 5 },
      });
      await drain(world, 0);
      const { samples } = await tried(world, { tag: 'cut', strategy: 'rolling' });
      await drain(world, CONFIG.balancing.drainSeconds);
      return [none('failed request', failed(samples).length, samples.length, reasons(samples))];
    },
  },
  {
    name: 'deploy-control',
    about: 'with a template that has its weights written down',
    misses: 'look with other weights',
    alone: async () => {
      const world = await releaseWorld(steps());
      const findings = await unmoved('weights', 'green');
      await world.deploy(await assembly('nothing'));
      return findings;
    },
  },
];
