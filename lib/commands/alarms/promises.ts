/** What a row of the catalogue promises in an environment: who hears of what, and when. From rows and configuration alone, never from a template. */
import type { Row } from '../../../constructs/alerting/alert';
import type { Unit } from '../../../constructs/alerting/signal';
import { ALERTS } from '../../alerts';
import { routerAlerts } from '../../alerts/router';
import type { Environment } from '../../config/environment';
import { standbyOf } from '../../config/recovery';
import { standbyThresholds, thresholdsOf } from '../../config/thresholds';

/** A topic by the severity it is for, mail that passes the router by, or a change of the fleet. */
export type Told = 'critical' | 'warning' | 'info' | 'mail past the router' | 'one server more' | 'one server fewer';

interface Promise_ {
  /** Of the alert. */
  readonly name: string;
  /** Where, if not in the first region. */
  readonly place?: 'second region';
  readonly told: Told;
  /** Whether it is told of the end too. */
  readonly ends: boolean;
  /** Alert whose alarm keeps it quiet. */
  readonly silencedBy?: string;
}

interface Watching extends Promise_ {
  readonly signal: string;
  readonly forMinutes: number;
  /** M of those periods. @default all of them */
  readonly datapoints?: number;
  /** What silence means. */
  readonly missing: 'missing' | 'notBreaching' | 'ignore';
}

/** A line; the other side of it alarms, it itself doesn't. */
export interface Crossing extends Watching {
  readonly kind: 'crossing';
  readonly comparison: 'above' | 'below';
  /** In `unit`. */
  readonly threshold: number;
  readonly unit: Unit;
}

export interface Leaving extends Watching {
  readonly kind: 'leaving';
  readonly outside: 'band' | 'above' | 'below';
  readonly width: number;
}

export interface Burning extends Promise_ {
  readonly kind: 'burning';
  readonly signal: string;
  /** Percent that may be bad in both windows. */
  readonly most: number;
  readonly longMinutes: number;
  readonly shortMinutes: number;
}

export interface Together extends Promise_ {
  readonly kind: 'together';
  readonly of: 'all' | 'any';
  readonly alerts: readonly string[];
}

export type Promised = Crossing | Leaving | Burning | Together;

export const rowOf = (name: string): Row | undefined => (ALERTS as Readonly<Record<string, Row>>)[name];

/** The alarms that add and remove servers, which no row describes. */
const scaling = ({ fleet }: Environment): readonly Promised[] => {
  const cpu = { kind: 'crossing', unit: 'percent', missing: 'ignore', ends: false } as const;
  return [
    {
      ...cpu,
      ...{ name: 'CpuAbove', signal: 'fleetCpu', comparison: 'above', told: 'one server more' },
      ...{ threshold: fleet.upAboveCpu, forMinutes: fleet.upAfterMinutes },
    },
    {
      ...cpu,
      ...{ name: 'CpuBelow', signal: 'fleetIdleCpu', comparison: 'below', told: 'one server fewer' },
      ...{ threshold: fleet.downBelowCpu, forMinutes: fleet.downAfterMinutes },
    },
  ];
};

function promised(name: string, row: Row, other: number | undefined): Promised {
  const { severity, silencedBy } = row;
  const told: Told = name in routerAlerts ? 'mail past the router' : severity;
  const base = { name, told, ends: true, ...(silencedBy !== undefined && { silencedBy }) };
  if (row.kind === 'composite') return { ...base, kind: 'together', of: row.of, alerts: row.alerts };
  if (row.kind === 'burnRate') {
    const { bad, burn, objective, longMinutes, shortMinutes } = row;
    return {
      ...base,
      kind: 'burning',
      signal: bad,
      most: burn * (100 - (other ?? objective)),
      longMinutes,
      shortMinutes,
    };
  }
  const { signal, forMinutes, datapoints, missingData } = row;
  const watching = {
    ...base,
    signal,
    forMinutes,
    missing: missingData,
    ...(datapoints !== undefined && { datapoints }),
  };
  if (row.kind === 'anomaly') return { ...watching, kind: 'leaving', outside: row.outside, width: other ?? row.width };
  const { comparison, unit, threshold } = row;
  return { ...watching, kind: 'crossing', comparison, unit, threshold: other ?? threshold };
}

/** Of every row, whether the environment has its signal or not; and once more for what waits in a second region, which wakes nobody. */
export function promisesOf(config: Environment): readonly Promised[] {
  const all = (others: Readonly<Record<string, number>>) => [
    ...Object.entries<Row>(ALERTS).map(([name, row]) => promised(name, row, others[name])),
    ...scaling(config),
  ];
  const waiting = standbyOf(config) ? all(standbyThresholds(config)) : [];
  return [
    ...all(thresholdsOf(config)),
    ...waiting.map((one) => ({
      ...one,
      place: 'second region' as const,
      told: one.told === 'critical' ? ('warning' as const) : one.told,
    })),
  ];
}

/** Of alarms in stacks that the first region has too. */
export const waits = (key: string) => /^(Network|Data|Backend|Workers|Rollouts)Recovery\./.test(key);

/** The promise that an alarm keeps or has a part in, by its key. */
export function promiseOf(promises: readonly Promised[], key: string): Promised | undefined {
  const id = key.slice(key.indexOf('.') + 1).replace(/[0-9A-F]{8}$/, '');
  const [, name] = /(?:Alarms|Scaling)([A-Z]\w*?)(?:Part|Long|Short)?\d*$/.exec(id) ?? [];
  return promises.find((one) => one.name === name && (one.place !== undefined) === waits(key));
}
