/** Whether a hypothesis held, from what was measured. Pure: the same figures, the same verdict. */
import type { Experiment } from '../../../constructs/game-days/experiment';

/** The metric of an alarm, a point a minute. */
export interface Series {
  /** Name of the alert. */
  readonly alert: string;
  /** As CloudWatch spells it. */
  readonly comparison: string;
  readonly threshold: number;
  /** Milliseconds since 1970, and the value. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Change {
  /** Name of the alert. */
  readonly alert: string;
  readonly critical: boolean;
  readonly at: number;
  readonly state: string;
}

export interface Measured {
  /** Milliseconds since 1970: begun, over, and until when was looked. */
  readonly begun: number;
  readonly ended: number;
  readonly until: number;
  /** As FIS says it. */
  readonly status: string;
  readonly reason?: string;
  readonly series: readonly Series[];
  readonly changes: readonly Change[];
}

export interface Finding {
  readonly demand: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** Minutes of a metric's own resolution: CloudWatch dates a minute by its beginning. */
const MINUTE = 60_000;

export function beyond({ comparison, threshold }: Pick<Series, 'comparison' | 'threshold'>, value: number): boolean {
  const above = comparison.startsWith('GreaterThan');
  const equal = comparison.includes('OrEqualTo') && value === threshold;
  return equal || (above ? value > threshold : value < threshold);
}

/** Minutes in which any metric of the alert was beyond its limit; nothing where none was measured. */
function minutesBeyond(alert: string, { series, begun, until }: Measured): number | undefined {
  const own = series.filter((each) => each.alert === alert);
  const points = own.flatMap((each) => each.points.map(([at, value]) => [at, beyond(each, value)] as const));
  const inside = points.filter(([at]) => at + MINUTE > begun && at <= until);
  if (inside.length === 0) return undefined;
  return new Set(inside.filter(([, is]) => is).map(([at]) => Math.floor(at / MINUTE))).size;
}

const minutes = (count: number) => `${count} ${count === 1 ? 'minute' : 'minutes'}`;

/** Each demand, and how it went. What was not measured doesn't hold. */
export function findings(experiment: Experiment, measured: Measured): readonly Finding[] {
  const { status, reason, changes, begun, until } = measured;
  const rang = changes.filter(
    ({ alert, critical, state, at }) =>
      critical && state === 'ALARM' && at >= begun && at <= until && !experiment.mayRing.includes(alert),
  );
  return [
    { demand: 'the experiment ran to its end', measured: reason ?? status, holds: status === 'completed' },
    {
      demand: 'no critical alarm but those that may ring',
      measured: [...new Set(rang.map(({ alert }) => alert))].join(', ') || 'none',
      holds: rang.length === 0,
    },
    ...experiment.expects.map(({ alert, minutes: most }): Finding => {
      const got = minutesBeyond(alert, measured);
      return {
        demand: `${alert} beyond its threshold for at most ${minutes(most)}`,
        measured: got === undefined ? 'nothing was measured' : minutes(got),
        holds: got !== undefined && got <= most,
      };
    }),
  ];
}
