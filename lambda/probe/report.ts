/** One run of a probe as one line of CloudWatch's embedded metric format: metrics without a request to CloudWatch. Writes nothing. */

/** CloudWatch's names of units. */
type Unit = 'Percent' | 'Bytes' | 'Count' | 'Milliseconds' | 'Seconds';
/** What a probe publishes: name → unit. About 0.30 USD a month each. */
export type Metrics = Readonly<Record<string, Unit>>;
/** An absent one was not known in this run, and isn't published. */
export type Figures<M extends Metrics> = { readonly [Name in keyof M]?: number };

export interface Report<M extends Metrics> {
  readonly figures: Figures<M>;
  /** Why something is down or absent, for the reader of the log. No value of a secret, no data of a user. */
  readonly faults: readonly string[];
  /** What else the reader of the log wants to see. @default nothing */
  readonly notes?: readonly string[];
}

export const NAMESPACE = 'Holdfast/Probes';
export const DIMENSIONS = ['Environment', 'Probe'] as const;

/** Which environment's which probe. */
export type Identity = Readonly<Record<(typeof DIMENSIONS)[number], string>>;

/** @param now milliseconds since 1970 */
export function line<M extends Metrics>(
  metrics: M,
  identity: Identity,
  { figures, faults, notes = [] }: Report<M>,
  now: number,
): string {
  const known = Object.entries(metrics).filter(([name]) => figures[name] !== undefined);
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [DIMENSIONS],
          Metrics: known.map(([Name, unit]) => ({ Name, Unit: unit })),
        },
      ],
    },
    ...identity,
    ...Object.fromEntries(known.map(([name]) => [name, figures[name]])),
    faults,
    notes,
  });
}
