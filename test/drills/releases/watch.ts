/** Writes down during a rollout what the balancer and the groups were told, and holds what visitors got against it. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Colour, Phase, Rollout, ServiceState } from '../../../lambda/rollout/state';
import { until } from '../../../lib/rehearsal/process';
import type { Sample } from '../figures';
import type { Account, Group, Weights } from './account';

const EVERY_MS = 800;
/** A look is so much older or younger than what visitors felt. */
const SLACK_MS = 1500;

export interface Look {
  /** Milliseconds of performance.now(), and since 1970. */
  readonly at: number;
  readonly now: number;
  readonly weights: Weights;
  readonly groups: Readonly<Record<Colour, Group>>;
  readonly state: ServiceState;
}

export class RolloutWatch {
  readonly looks: Look[] = [];
  readonly #over = new AbortController();
  readonly #looking: Promise<void>;

  constructor(private readonly account: Account) {
    this.#looking = this.#look();
    this.#looking.catch(() => undefined); // told by `end`
  }

  async end(): Promise<readonly Look[]> {
    this.#over.abort();
    await this.#looking;
    return this.looks;
  }

  async #look(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const [weights, groups, state] = await Promise.all([
        this.account.weights(),
        this.account.groups(),
        this.account.state(),
      ]);
      this.looks.push({ at: performance.now(), now: Date.now(), weights, groups, state });
      await wait(EVERY_MS);
    }
  }
}

/** Share of the requests that new servers could get at a look: of the weights, or of the servers in one group. */
function shareOf({ weights, groups }: Look, active: Colour, old: readonly string[]): number {
  const other = active === 'blue' ? 'green' : 'blue';
  const { inService } = groups[active];
  const fresh = inService.filter((id) => !old.includes(id)).length;
  return Math.max(weights[other] / 100, fresh / Math.max(inService.length, 1));
}

/**
 * How many of the requests new servers may have got at most, 3 sigma included: each by the largest share around the time when it was due.
 * @param old servers before the rollout
 */
export function mostOnNew(samples: readonly Sample[], looks: readonly Look[], active: Colour, old: readonly string[]) {
  let [expected, variance] = [0, 0];
  for (const { due, ms } of samples) {
    const near = looks.filter(({ at }) => at > due - SLACK_MS && at < due + ms + SLACK_MS);
    const share = Math.max(0, ...near.map((look) => shareOf(look, active, old)));
    expected += share;
    variance += share * (1 - share);
  }
  return Math.ceil(expected + 3 * Math.sqrt(variance));
}

/** Of the rollout with that release, the looks that saw it. */
export const seenOf = (looks: readonly Look[], release: string) =>
  looks.flatMap((look) =>
    look.state.rollout?.release.id === release ? [{ ...look, rollout: look.state.rollout as Rollout }] : [],
  );

/** Seconds from the decision to go back until the weights were seen back. @default it did not go back */
export function secondsBack(looks: readonly Look[], release: string, active: Colour): number | undefined {
  const outcome = looks.at(-1)?.state.outcomes.find((each) => each.release.id === release);
  const seen = seenOf(looks, release).find(({ rollout }) => rollout.phase === 'back')?.rollout.since;
  // the way back may be shorter than the time between two looks
  const decided = seen ?? (outcome?.outcome === 'rolled back' ? outcome.ended : undefined);
  if (decided === undefined) return undefined;
  const back = looks.find(({ now, weights }) => now >= decided && weights[active] === 100);
  return back ? Math.max(0, (back.now - decided) / 1000) : Number.NaN;
}

/** Seconds that a step took beyond its bake, where the next one needed no further server; by the machine's own clock. */
export function overheads(looks: readonly Look[], release: string): readonly number[] {
  const begun = new Map<number, Rollout>();
  for (const { rollout } of seenOf(looks, release)) if (rollout.phase === 'bake') begun.set(rollout.step, rollout);
  return [...begun].flatMap(([step, { since, plan, size }]) => {
    const next = begun.get(step + 1);
    const servers = (index: number) => Math.max(1, Math.ceil((size * (plan.steps[index] ?? 100)) / 100));
    return next && servers(step) === servers(step + 1) ? [(next.since - since) / 1000 - plan.bakeSeconds] : [];
  });
}

const STEP_MS = 120_000;

/** Resolves when a rollout of that release was seen there, all of it done. @param step @default any */
export const inPhase = (watch: RolloutWatch, release: string, phase: Phase, step?: number) =>
  until(
    `${phase} of ${release}`,
    async () =>
      seenOf(watch.looks, release).some(
        ({ rollout }) => rollout.phase === phase && !rollout.moving && (step ?? rollout.step) === rollout.step,
      ),
    STEP_MS,
  );
