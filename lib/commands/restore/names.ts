/** Names of an environment's database, its replicas and what a restore makes beside them. Knows what the configuration says, not what stands. */
import type { Environment } from '../../config/environment';
import { standbyOf } from '../../config/recovery';
import { beforeOf, type Place, type Swap } from './swap';

export interface Database extends Swap {
  /** Replica in the second region, one of `replicas`; without one there is nothing. */
  readonly standby?: Place;
  /** Of the names of all its instances, in each region. */
  readonly prefix: string;
  /** Whose templates say what they are like. */
  readonly stacks: readonly Place[];
}

/** All that a swap touches, under each name that it may have meanwhile. */
export const instancesOf = ({ primary, incoming, replicas }: Swap): readonly Place[] => [
  incoming,
  ...[primary, ...replicas].flatMap((place) => [place, beforeOf(place)]),
];

/** As the stacks name them: constructs/database/postgres.ts. The restored one is the one that comes in. */
export function databaseOf(config: Environment): Database {
  const { name, region, database } = config;
  const [standby, own] = [standbyOf(config), `holdfast-${name}-data`];
  const replicas = Array.from({ length: database.replicas }, (_, index) => ({
    region,
    id: `${own}-replica${index + 1}`,
  }));
  const far = standby && { region: standby.region, id: `${own}recovery-primary` };
  return {
    primary: { region, id: `${own}-primary` },
    incoming: { region, id: `${own}-primary-restored` },
    replicas: far ? [...replicas, far] : replicas,
    standby: far,
    prefix: own,
    stacks: [{ region, id: `Holdfast-${name}-Data` }].concat(
      standby ? { region: standby.region, id: `Holdfast-${name}-DataRecovery` } : [],
    ),
  };
}
