/** Watches a rollout to its end, from the states that its machine writes. Moves nothing, so it may be interrupted and begun again. */
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../../config/config-error';
import { patiently } from '../patiently';
import type { Fleets } from './fleets';
import { type End, type Event, endOf, stepOf } from './progress';

const LOOK_MS = 1000;
/** Alarms, and whether the machine runs at all, are asked for at each look of so many. */
const RARELY = 10;
/** The machine has written its first state by then. */
const BEGUN_MS = 60_000;

export interface Watch {
  readonly fleets: Fleets;
  /** Name of the environment, for advice. */
  readonly environment: string;
  readonly id: string;
  readonly services: readonly string[];
  readonly say: (event: Event) => void;
  /** Between looks. @default 1 s */
  readonly lookMs?: number;
}

/** Alarms are for people to see: what can't be read shows none. */
const alarmsOf = (fleets: Fleets) => fleets.alarms().catch(() => []);

/** Throws a ConfigError when nothing moves the rollout any more, and says how to go on. */
export async function watch({ fleets, environment, id, services, say, lookMs = LOOK_MS }: Watch): Promise<End> {
  const shown = new Map<string, string>();
  let alarms: readonly string[] = [];
  const silent = (text: string) => say({ event: 'warning', text });
  const begun = Date.now();
  for (let look = 0; ; look++, await wait(lookMs)) {
    const rare = look % RARELY === 0;
    const idle = rare && look > 0 && !(await patiently(() => fleets.runs(id), silent, lookMs)); // one that was just begun isn't listed yet
    const stored = await patiently(() => fleets.states(), silent, lookMs); // after that question: what the machine wrote last is in it
    const states = new Map([...stored].map(([service, { state }]) => [service, state]));
    if (rare) alarms = await alarmsOf(fleets);
    for (const [service, state] of states) {
      const { rollout } = state;
      if (rollout?.id !== id) continue;
      const { phase, step, reason } = rollout;
      const key = JSON.stringify([phase, step, reason, state.weights, alarms]);
      if (shown.get(service) !== key) say(stepOf(service, state, rollout, alarms, Date.now()));
      shown.set(service, key);
    }
    const end = endOf(id, services, states);
    if (end) return end;
    const started = shown.size > 0 || Date.now() - begun > BEGUN_MS;
    if (idle) await refuseIdle({ fleets, environment, id, started });
  }
}

async function refuseIdle({
  fleets,
  environment,
  id,
  started,
}: Pick<Watch, 'fleets' | 'environment' | 'id'> & { readonly started: boolean }): Promise<void> {
  const own = await fleets.execution(id);
  if (!started && (own === undefined || own.status === 'RUNNING')) return; // not listed yet
  const cause = own?.cause ? `: ${own.cause}` : '';
  throw new ConfigError(
    started
      ? `${id}: expected its machine to run, got ${own?.status ?? 'none'}${cause}; nothing moves now, go on with: npm run release -- --env ${environment} --resume`
      : `${id}: expected the rollout to begin, got ${own?.status ?? 'nothing'}${cause}`,
  );
}
