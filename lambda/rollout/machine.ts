/** One look of the rollout machine: what there is, what follows, what is written down, then what is done. Knows no AWS; decisions are sequence.ts's. */
import { otherColour, type Seen } from './seen';
import { type Decision, decide, type Known } from './sequence';
import type { LookInput, LookOutput, Service, SmokeInput } from './service';
import type { ServiceState } from './state';
import type { Stored } from './store';
import { type Action, actionsFor } from './wanted';

/** Turns that need no waiting are taken in one call, but not for ever: the function has an end. */
const TURNS_AT_ONCE = 10;
/** Nine events a look, and an execution may have 25,000. */
const LOOKS = 2000;

/** How the machine reaches the world. Whatever throws ends the look; the next one goes on from what is written. */
export interface World {
  /** Milliseconds since 1970. */
  now(): number;
  read(service: string): Promise<Stored | undefined>;
  /** @returns the new etag, or undefined where another one wrote since */
  write(service: string, state: ServiceState, etag: string): Promise<string | undefined>;
  look(service: Service, state: ServiceState, now: number): Promise<Seen>;
  /** @returns the id of a refresh that was started */
  act(action: Action, service: Service): Promise<string | undefined>;
  tell(what: string): Promise<void>;
}

interface Looked extends Known {
  readonly etag: string;
  readonly service: Service;
}

const smokeOf = ({ smoke, asked }: LookInput, name: string): { readonly smoke?: string } => {
  if (!smoke || asked?.service !== name) return {};
  return { smoke: 'reason' in smoke ? smoke.reason : `${smoke.Error}: ${smoke.Cause ?? ''}` };
};

async function looked(world: World, input: LookInput, name: string, now: number): Promise<Looked | string> {
  const service = input.services[name];
  if (!service) return `${name}: expected one of ${Object.keys(input.services).join(', ')}`;
  const stored = await world.read(name);
  if (!stored) return `${name}: expected to be deployed, got no state of it`;
  const seen = { ...(await world.look(service, stored.state, now)), ...smokeOf(input, name) };
  return { name, state: stored.state, seen, etag: stored.etag, service };
}

const isEqual = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** Written first: who lost a race, or was slow, does nothing. @returns false where another one wrote since */
async function carryOut(world: World, { name, state, seen, etag, service }: Looked, next: ServiceState, what?: string) {
  const current = isEqual(state, next) ? etag : await world.write(name, next, etag);
  if (!current) return false;
  try {
    for (const action of actionsFor(next, seen)) {
      const id = await world.act(action, service);
      if (!id || !next.rollout) continue;
      const refresh = next.rollout.phase === 'back' ? { back: id } : { refresh: id };
      await world.write(name, { ...next, rollout: { ...next.rollout, ...refresh } }, current);
    }
  } finally {
    if (what) await world.tell(what); // no way back waits for that; the next look acts again, and tells no more
  }
  return true;
}

const ERRORS = { 'rolled back': 'RolledBack', refused: 'Refused', stuck: 'Stuck' } as const;

function ended({ end, reason }: Decision): Pick<LookOutput, 'next' | 'error' | 'reason'> | undefined {
  if (!end) return undefined;
  return end === 'released' ? { next: 'done' } : { next: 'failed', error: ERRORS[end], reason };
}

function smokeInput({ services }: LookInput, { name, state }: Known): SmokeInput {
  const balanced = services[name]?.balanced;
  if (!balanced) throw new Error(`${name}: expected a balancer, got none`);
  return { service: name, ...balanced.test, fleet: `${name}-${otherColour(state.active)}` };
}

export async function lookOnce(world: World, input: LookInput): Promise<LookOutput> {
  const { rollout, services } = input;
  let given: LookInput = input;
  const out = (more: Partial<LookOutput>): LookOutput => ({
    rollout,
    services,
    looks: input.looks + 1,
    next: input.looks < LOOKS ? 'wait' : 'again',
    seconds: 1,
    ...more,
  });
  for (let turns = 0; turns < TURNS_AT_ONCE; turns++) {
    const now = world.now();
    const known = await Promise.all(rollout.services.map((name) => looked(world, given, name, now)));
    const wrong = known.find((each) => typeof each === 'string');
    if (wrong !== undefined) return out({ next: 'failed', error: 'Refused', reason: wrong });
    const all = known.filter((each) => typeof each !== 'string');
    const decision = decide(rollout, all, now);
    let isLost = false;
    for (const { known: each, turn } of decision.turns) {
      const from = all.find(({ name }) => name === each.name);
      if (from && !(await carryOut(world, from, turn.state, turn.what))) isLost = true;
    }
    given = { ...given, smoke: undefined }; // it was heard
    const end = ended(decision);
    if (end) return out(end);
    if (isLost) continue;
    const asking = decision.turns.find(({ turn }) => turn.smoke);
    if (asking) return out({ next: 'smoke', asked: smokeInput(given, asking.known) });
    const seconds = Math.min(...decision.turns.map(({ turn }) => turn.seconds ?? rollout.plan.pollSeconds));
    if (seconds > 0) return out({ seconds: Math.ceil(seconds) });
  }
  return out({});
}
