/** One look of the failover machine: what there is, what follows, what is done. Knows no AWS; decisions are decide.ts's. */
import { type Decision, decide, sideOf } from './decide';
import type { FailoverInput, LookInput, LookOutput, Places, Since } from './places';
import { otherSide, type Seen } from './seen';
import type { Action } from './steps';

/** Nine events a look, and an execution may have 25,000. */
const LOOKS = 2000;
/** Between two looks; after something was done, sooner. */
const PAUSE_SECONDS = 15;
const SOON_SECONDS = 3;

/** How the machine reaches the world. Whatever throws ends the look; the next one begins with what is there. */
export interface World {
  look(input: FailoverInput, places: Places): Promise<Omit<Seen, 'since'>>;
  act(action: Action, places: Places): Promise<void>;
  tell(what: string): Promise<void>;
}

function sinceOf({ since, failover, places }: LookInput, { fence, now, ...seen }: Omit<Seen, 'since'>): Since {
  const to = sideOf(places, failover.to);
  const isReadOnly = to !== undefined && seen[otherSide(to)].readOnly === 'on';
  return {
    fence: since.fence?.up === fence ? since.fence : { up: fence, at: now },
    ...(isReadOnly && { readOnly: since.readOnly ?? now }),
    ...(seen.first.databases && !seen.first.answers && { hung: since.hung ?? now }),
  };
}

function nextOf({ end, said: reason }: Decision, looks: number): Pick<LookOutput, 'next' | 'error' | 'reason'> {
  if (!end) return { next: looks < LOOKS ? 'wait' : 'again' };
  if (end === 'done') return { next: 'done' };
  return { next: 'failed', error: end === 'refused' ? 'Refused' : 'Stuck', reason };
}

export async function lookOnce(world: World, input: LookInput): Promise<LookOutput> {
  const { failover, places, looks } = input;
  const looked = await world.look(failover, places);
  const since = sinceOf(input, looked);
  const decision = decide(failover, places, { ...looked, since });
  const { actions, said, end } = decision;
  if (end !== 'refused' && !failover.begun) await world.tell(`Failover to ${failover.to} begins, by ${failover.who}.`);
  for (const action of actions) await world.act(action, places);
  if (end && end !== 'refused') await world.tell(`Failover to ${failover.to}: ${said}.`);
  return {
    failover: { ...failover, begun: end !== 'refused' },
    places,
    looks: looks + 1,
    since,
    said,
    seconds: actions.length > 0 ? SOON_SECONDS : PAUSE_SECONDS,
    ...nextOf(decision, looks),
  };
}
