/** Follows an experiment to its end, then for a while what comes of it. Ends it only where a person says so. */
import { setTimeout as wait } from 'node:timers/promises';
import { patiently } from '../patiently';
import type { ExperimentSeen, Fis } from './fis';

const OVER = ['completed', 'stopped', 'failed', 'cancelled'];

export interface Watch {
  readonly fis: Pick<Fis, 'look' | 'end'>;
  readonly id: string;
  readonly say: (text: string) => void;
  /** Whether somebody wants to end it; asked at each look. */
  readonly wantsEnd: () => Promise<boolean>;
  /** Between looks. @default 5 s */
  readonly lookMs?: number;
}

const line = ({ state, actions = {} }: ExperimentSeen) =>
  [
    state.status,
    ...Object.entries(actions).map(([name, action]) => `${name} ${action.state?.status ?? 'pending'}`),
  ].join(', ');

/** How it ended. */
export async function watched({ fis, id, say, wantsEnd, lookMs = 5000 }: Watch): Promise<ExperimentSeen> {
  let shown = '';
  let ending = false;
  for (; ; await wait(lookMs)) {
    const seen = await patiently(() => fis.look(id), say, lookMs);
    if (line(seen) !== shown) say(line(seen));
    shown = line(seen);
    if (OVER.includes(seen.state.status)) return seen;
    if (!ending && (await wantsEnd())) {
      ending = await fis.end(id).then(
        () => true,
        (error: Error) => {
          say(`not ended: ${error.message}`);
          return false;
        },
      );
    }
  }
}
