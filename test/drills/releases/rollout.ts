/** One release under load, and what came of it: the steps that all drills of releases share. Judges nothing. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Strategy } from '../../../lambda/rollout/state';
import { readState, writeState } from '../../../lambda/rollout/store';
import type { Event } from '../../../lib/commands/release/progress';
import type { Environment } from '../../../lib/config/environment';
import { until } from '../../../lib/rehearsal/process';
import type { Called } from '../called';
import type { Sample } from '../figures';
import type { Fault, Made } from './archive';
import type { Look } from './watch';
import { RolloutWatch } from './watch';
import type { ReleaseWorld } from './world';

export interface Trial {
  readonly tag: string;
  /** @default none: it is a good one */
  readonly fault?: Fault;
  readonly strategy: Strategy;
  readonly releases?: Environment['releases'];
  /** Done while it goes on. */
  readonly meanwhile?: (world: ReleaseWorld, watch: RolloutWatch, made: Made) => Promise<void>;
}

/** The machine reads its plan from the state: from then on it compares nothing, and hears no alarm. */
export const blind: NonNullable<Trial['meanwhile']> = ({ account }, _, { id }) =>
  until(
    'a machine that compares nothing',
    async () => {
      const stored = await readState(account.s3, account.bucket, 'backend');
      const rollout = stored?.state.rollout;
      if (!stored || rollout?.release.id !== id) return false;
      const plan = { ...rollout.plan, fewRequests: Number.MAX_SAFE_INTEGER };
      const state = { ...stored.state, rollout: { ...rollout, plan, firing: await account.alarms() } };
      return (await writeState(account.s3, account.bucket, 'backend', state, stored.etag)) !== undefined;
    },
    60_000,
  );

export interface Tried extends Called<Event> {
  readonly made: Made;
  readonly samples: readonly Sample[];
  readonly looks: readonly Look[];
  /** Before it began. */
  readonly first: Look;
  readonly last: Look;
}

const MINUTE_MS = 60_000;

/** Visitors go on during `work`, and some seconds before and after it. */
export async function underVisitors<T>(world: ReleaseWorld, work: (watch: RolloutWatch) => Promise<T>) {
  const over = new AbortController();
  const load = world.visitors.goOn(over.signal);
  const watch = new RolloutWatch(world.account);
  try {
    await wait(3000);
    const done = await work(watch);
    await wait(3000);
    return { done, watch };
  } finally {
    over.abort();
    await load;
    await watch.end();
  }
}

let lastEnd = 0;

/** CloudWatch counts by the minute: what the drill before did in this one, well or badly, must not be this one's. */
async function minuteOver(): Promise<void> {
  const until = (Math.floor(lastEnd / MINUTE_MS) + 1) * MINUTE_MS;
  await wait(Math.max(0, until - Date.now()));
}

export async function tried(world: ReleaseWorld, trial: Trial): Promise<Tried> {
  const { tag, fault, strategy, releases, meanwhile } = trial;
  const made = await world.release(tag, fault);
  await world.atRest();
  await minuteOver();
  const before = world.visitors.samples.length;
  const { done, watch } = await underVisitors(world, async (watch) => {
    const calling = world.call(['--service', 'backend', '--strategy', strategy], { made, releases });
    const [called] = await Promise.all([calling, meanwhile?.(world, watch, made)]);
    return called;
  });
  lastEnd = Date.now();
  await world.atRest();
  const { looks } = watch;
  const [first, last] = [looks[0], looks.at(-1)];
  if (!first || !last) throw new Error('expected looks at the rollout, got none');
  return { ...done, made, looks, first, last, samples: world.visitors.samples.slice(before) };
}
