/** What a look at both regions shows, and what follows from it alone: whose database is the true one. Types and pure functions. */
import type { Place, Places, Since } from './places';
import { doesAnswer, isDead, needsMending } from './statuses';

export interface Database {
  /** As RDS calls it. */
  readonly status: string;
  /** Milliseconds since 1970. A replica is younger than what it was made of: by that, who was made of whom is known after a promotion too. */
  readonly created: number;
  /** What it copies. @default it writes itself */
  readonly follows?: string;
}

export interface Side {
  /** By identifier. @default the region doesn't answer */
  readonly databases?: Readonly<Record<string, Database>>;
  /** Whether transactions of its databases are read-only unless they ask for more: 'applying' until that is in force. */
  readonly readOnly: 'off' | 'applying' | 'on';
  /** The balancer's own name says that all is well. */
  readonly answers: boolean;
}

export interface Fleet {
  readonly name: string;
  /** The active one. */
  readonly group: string;
  readonly min: number;
  readonly desired: number;
  /** In service, and well in the eyes of the balancer where there is one. */
  readonly healthy: number;
  /** A rollout has it in hand, and sets its size when it ends. */
  readonly moving: boolean;
}

/** What CloudWatch knows of the way from the database that writes to the one that follows; milliseconds since 1970. */
export interface Replication {
  /** Seconds since the last transaction that the follower has repeated. Grows while the other one is silent, and while nobody writes. */
  readonly lag: readonly { readonly at: number; readonly value: number }[];
  /** Bytes that the slowest follower has yet to get. @default the writer's region is silent */
  readonly behind: readonly { readonly at: number; readonly value: number }[];
  /** When the first region's balancer was last found well from outside. @default nobody knows */
  readonly wellAt?: number;
}

export interface Seen {
  readonly now: number;
  readonly first: Side;
  readonly second: Side;
  /** Up: the second region says that it writes, and nobody is led to the first. */
  readonly fence: boolean;
  readonly fleets: readonly Fleet[];
  /** Alarms of the second region that a failover has tell, and whether they tell now. */
  readonly alarms: readonly { readonly name: string; readonly tells: boolean }[];
  readonly replication: Replication;
  /** Other executions of the machine that are under way. */
  readonly others: readonly string[];
  readonly since: Since;
}

export type SideName = 'first' | 'second';
export const otherSide = (side: SideName): SideName => (side === 'first' ? 'second' : 'first');

export const beforeName = (identifier: string) => `${identifier}-before`;

export const databaseOf = ({ databases }: Side, { primary }: Place) => databases?.[primary];

/** Whether a database is there that may take writes, or could any moment. */
export const isAlive = (database: Database | undefined) => database !== undefined && !isDead(database.status);
/** It answers: what RDS does beside, such as the first backup of a large one, may take hours. */
export const isReady = (database: Database | undefined) => doesAnswer(database?.status ?? '');
/** Whether only a person brings it back. */
export const isStuck = (database: Database | undefined) => database !== undefined && needsMending(database.status);

/**
 * Whose database has everything that was acknowledged. The first's, until the second's was promoted; and again once the first's was made of
 * the second's and promoted. A first region that is silent can't contradict the second. Undefined where there is none at all.
 */
export function truth({ first, second }: Seen, places: Places): SideName | undefined {
  const home = databaseOf(first, places.first);
  const away = databaseOf(second, places.second);
  if (!away) return home && !home.follows ? 'first' : undefined;
  if (away.follows) return 'first';
  return home && !home.follows && home.created > away.created ? 'first' : 'second';
}

/** Those that aren't made of the true database: to be put aside under another name. */
export function stale(seen: Seen, places: Places, side: SideName): readonly string[] {
  const { databases = {} } = seen[side];
  const { primary, replicas } = places[side];
  const own = databases[primary];
  const isTrue = truth(seen, places) === side;
  const staleReplicas = replicas.filter((name) => {
    const found = databases[name];
    return found && !(isTrue && own && found.created >= own.created);
  });
  return [...staleReplicas, ...(own && !isTrue && !own.follows ? [primary] : [])];
}
