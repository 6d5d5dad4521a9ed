/** Runs the rollout machine in a model world to its end, and says what came of it. Knows no fault. */
import { lookOnce } from '../../lambda/rollout/machine';
import { otherColour } from '../../lambda/rollout/seen';
import type { LookInput, LookOutput } from '../../lambda/rollout/service';
import type { Colour, Phase, RolloutInput } from '../../lambda/rollout/state';
import { NEW, type RolloutWorld } from './rollout-world';

export const servicesOf = (world: RolloutWorld): LookInput['services'] =>
  Object.fromEntries(
    [...world.parts].map(([name, { weights }]) => {
      const target = (colour: Colour) => ({ arn: `arn:${name}-${colour}`, fullName: `targetgroup/${name}-${colour}` });
      const balanced = {
        targetGroups: { blue: target('blue'), green: target('green') },
        listenerArn: 'arn:listener',
        loadBalancerFullName: 'app/balancer',
        test: { url: 'http://balancer:9000' },
      };
      const groups = { blue: `${name}-blue`, ...(weights && { green: `${name}-green` }) };
      return [name, { groups, ...(weights && { balanced }), alarms: ['LatencyHigh'], stack: name }];
    }),
  );

const MOST_LOOKS = 2000;

/** Runs the machine to its end; a look that throws comes again, as the state machine does it. @param between is called before each look */
export async function run(
  world: RolloutWorld,
  rollout: RolloutInput,
  between: (world: RolloutWorld, looks: number) => void = () => undefined,
): Promise<LookOutput> {
  let input: LookInput = { rollout, services: servicesOf(world), looks: 0 };
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    between(world, looks);
    let output: LookOutput;
    try {
      output = await lookOnce(world, input);
    } catch (error) {
      if ((error as Error).message !== 'the machine died') throw error;
      world.pass(2);
      continue;
    }
    if (output.next === 'done' || output.next === 'failed') return output;
    const { smoke: _, ...next } = output;
    const answer = world.given.smoke ?? (() => ({ service: output.asked?.service ?? '', reason: '' }));
    input = output.next === 'smoke' ? { ...next, smoke: answer() } : next;
    world.pass(output.next === 'wait' ? output.seconds : 1);
  }
  throw new Error(`expected an end within ${MOST_LOOKS} looks, got ${JSON.stringify(world.part().state)}`);
}

/** What matters in the end. */
export function summary(world: RolloutWorld, name = 'backend') {
  const { state, weights, groups } = world.part(name);
  const resting = groups[otherColour(state.active)];
  const releases = [...new Set(groups[state.active]?.servers.map(({ release }) => release))];
  return {
    active: state.active,
    weights,
    releases,
    outcome: state.outcomes[0]?.outcome,
    resting: resting && [resting.min, resting.max, resting.servers.length],
    rollout: state.rollout?.phase,
  };
}

/** Summaries of what went back, and of what came out. */
export const BACK = { active: 'blue', weights: { blue: 100, green: 0 }, resting: [0, 0, 0], outcome: 'rolled back' };
export const OUT = { outcome: 'released', releases: [NEW.id], resting: [0, 0, 0] };

export const phaseOf = (world: RolloutWorld, name = 'backend'): Phase | undefined =>
  world.part(name).state.rollout?.phase;

/** Does something once, when the rollout is there. */
export const once = (phase: Phase, does: (world: RolloutWorld) => void, step = 0) => {
  let done = false;
  return (world: RolloutWorld) => {
    const { rollout } = world.part().state;
    if (done || rollout?.phase !== phase || rollout.step !== step || rollout.moving) return;
    done = true;
    does(world);
  };
};
