/** One run of a probe as one line of its log, which is also how its metrics reach CloudWatch. Writes nothing. */
import { emf, type Unit } from '../emf';

/** What a probe tells: name → unit of the metric; 'logged' is what stands in the line alone, for who asks why, and costs nothing. */
export type Metrics = Readonly<Record<string, Unit | 'logged'>>;
/** Names of those that CloudWatch gets. */
export type Published<M extends Metrics> = { [Name in keyof M]: M[Name] extends 'logged' ? never : Name }[keyof M] &
  string;
/** An absent one was not known in this run, and isn't told. */
export type Figures<M extends Metrics> = { readonly [Name in keyof M]?: number };

export interface Report<M extends Metrics> {
  readonly figures: Figures<M>;
  /** Why something is down or absent, for the reader of the log. No value of a secret, no data of a user. */
  readonly faults: readonly string[];
  /** What else the reader of the log wants to see. @default nothing */
  readonly notes?: readonly string[];
}

export const NAMESPACE = 'Holdfast/Probes';

/** Which environment's which probe: the dimensions of its metrics. */
export type Identity = Readonly<Record<'Environment' | 'Probe', string>>;

/** @param now milliseconds since 1970 */
export function line<M extends Metrics>(
  metrics: M,
  identity: Identity,
  { figures, faults, notes = [] }: Report<M>,
  now: number,
): string {
  const isPublished = (entry: [string, Unit | 'logged']): entry is [string, Unit] =>
    entry[1] !== 'logged' && figures[entry[0]] !== undefined;
  const published = Object.fromEntries(Object.entries(metrics).filter(isPublished));
  return emf(NAMESPACE, identity, published, { ...figures, faults, notes }, now);
}
