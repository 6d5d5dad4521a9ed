/** What the emulator tells of RDS instances, and how they are told apart here. */
import type { Recovered } from './copies';

/** As RDS tells instances apart. */
export interface Instance {
  readonly region: string;
  readonly name: string;
}

/** One with a server. */
export interface Known extends Instance {
  /** Of its data; stays through a change of name. */
  readonly folder: string;
  /** Key of what it follows. */
  readonly source?: string;
}

/** What is told. */
export type Told =
  | ({ readonly act: 'copy' | 'restore'; readonly source: Instance } & Instance)
  | ({ readonly act: 'promote' | 'remove' } & Instance)
  | ({ readonly act: 'snapshot' | 'keep'; readonly copy: string } & Instance)
  | ({ readonly act: 'recover' } & Recovered & Instance)
  | ({ readonly act: 'rename'; readonly to: string } & Instance)
  | ({ readonly act: 'set'; readonly parameters: Readonly<Record<string, string | null | undefined>> } & Instance)
  | { readonly act: 'lags' };

export const keyOf = ({ region, name }: Instance) => `${region}/${name}`;

/** As people are told of its server. */
export const named = ({ name }: Instance) => `PostgreSQL ${name}`;
