/** What the emulated RDS tells of its instances, and how they are told apart. Does nothing. */
import type { Recovered } from './copies';

/** As RDS tells instances apart. */
export interface Instance {
  readonly region: string;
  readonly name: string;
}

export type Told =
  | ({ readonly act: 'copy' | 'restore'; readonly source: Instance } & Instance)
  | ({ readonly act: 'promote' | 'remove' | 'restart' } & Instance)
  /** Of its data, under that name: now, or for good as it ends. */
  | ({ readonly act: 'snapshot' | 'keep'; readonly copy: string } & Instance)
  /** Made of such a copy. */
  | ({ readonly act: 'recover' } & Recovered & Instance)
  | ({ readonly act: 'rename'; readonly to: string } & Instance)
  | ({ readonly act: 'set'; readonly parameters: Readonly<Record<string, string | null | undefined>> } & Instance)
  /** A copy of a newer major version that follows. */
  | ({ readonly act: 'follow'; readonly source: Instance; readonly major: string } & Instance)
  /** `green` takes the name, within so many seconds; what had it is called `old` then. */
  | ({ readonly act: 'switch'; readonly green: string; readonly old: string; readonly seconds: number } & Instance)
  /** What followed so follows nobody. */
  | ({ readonly act: 'sever' } & Instance)
  | { readonly act: 'lags' };

export interface Known extends Instance {
  /** Of its data; stays through a change of name. */
  readonly folder: string;
  /** Key of what it follows by its WAL. */
  readonly source?: string;
  /** Key of what it follows by rows, being of a newer major version. */
  readonly blue?: string;
}

export const keyOf = ({ region, name }: Instance) => `${region}/${name}`;

export const called = ({ name }: Instance) => `PostgreSQL ${name}`;
