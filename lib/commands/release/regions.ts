/** The regions of a release: the one that is in use, to which it goes first, and the one that waits. */
import type { Environment } from '../../config/environment';
import { placesOf, secondWrites } from '../regions';
import { type Fleets, fleetsOf } from './fleets';

/** A region that waits, or why it can't be asked. */
export type Waiting = { readonly region: string } & ({ readonly fleets: Fleets } | { readonly silent: string });

export interface Regions {
  /** Whose servers visitors' writes go to. */
  readonly region: string;
  readonly fleets: Fleets;
  /** @default servers stand in one region only */
  readonly waiting?: Waiting;
}

/** Throws a ConfigError where the region in use isn't deployed, or doesn't answer. A second region that is silent isn't in use: a failover asks it. */
export async function regionsOf(config: Environment): Promise<Regions> {
  const [first, second] = placesOf(config);
  if (!second) return { region: first.region, fleets: await fleetsOf(config) };
  const [home, away, writes] = await Promise.allSettled([
    fleetsOf(config, first),
    fleetsOf(config, second),
    secondWrites(config, second),
  ]);
  if (away.status === 'fulfilled' && writes.status === 'rejected') throw writes.reason; // else nobody knows which is in use
  const isTurned = writes.status === 'fulfilled' && writes.value;
  const [used, other] = isTurned ? ([away, home] as const) : ([home, away] as const);
  if (used.status === 'rejected') throw used.reason;
  const { region } = isTurned ? first : second;
  return {
    region: (isTurned ? second : first).region,
    fleets: used.value,
    waiting:
      other.status === 'fulfilled'
        ? { region, fleets: other.value }
        : { region, silent: (other.reason as Error).message },
  };
}
