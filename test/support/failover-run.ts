/** Runs the failover machine in a model world to its end, and says what came of it. Knows no fault. */
import { lookOnce } from '../../lambda/failover/machine';
import type { FailoverInput, LookInput, LookOutput } from '../../lambda/failover/places';
import type { SideName } from '../../lambda/failover/seen';
import { PLACES } from './failover-places';
import type { FailoverWorld } from './failover-world';

const MOST_LOOKS = 1500;

/** Runs the machine to its end; a look that dies comes again, as the state machine does it. @param resumed a killed execution is begun anew: nothing is passed on */
export async function run(world: FailoverWorld, failover: FailoverInput, resumed = false): Promise<LookOutput> {
  const begin: LookInput = { failover, places: PLACES, looks: 0, since: {} };
  let input = begin;
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    try {
      const output = await lookOnce(world, input);
      if (output.next === 'done' || output.next === 'failed') return output;
      input = output;
      world.pass(output.seconds);
    } catch (error) {
      if ((error as Error).message !== 'the machine died') throw error;
      if (resumed) input = begin;
      world.pass(2);
    }
  }
  throw new Error(`expected an end within ${MOST_LOOKS} looks, got: ${input.said}`);
}

/** What matters in the end. */
export function summary(world: FailoverWorld) {
  const names = (side: SideName) =>
    [...world.regions[side].databases].map(([name, { follows }]) => (follows ? `${name} copies` : name)).sort();
  return {
    fence: world.fence,
    first: names('first'),
    second: names('second'),
    sizes: [...world.fleets.values()].map(({ min, desired }) => [min, desired]),
    tells: world.tells,
  };
}
