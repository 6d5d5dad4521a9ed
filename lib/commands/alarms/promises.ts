/** What a row of the catalogue promises in an environment: who hears of what, and when. From rows and configuration alone, never from a template. */
import type { Row } from '../../../constructs/alerting/alert';
import type { Unit } from '../../../constructs/alerting/signal';
import { ALERTS } from '../../alerts';
import type { Environment } from '../../config/environment';
import { maxConnections } from '../../config/instances';

/** A topic by the severity it is for, or a change of the fleet. */
export type Told = 'critical' | 'warning' | 'info' | 'one server more' | 'one server fewer';

export interface Promised {
  /** Of the alert. */
  readonly name: string;
  readonly signal: string;
  readonly comparison: 'above' | 'below';
  /** In `unit`; the other side of it alarms, it itself doesn't. */
  readonly threshold: number;
  readonly unit: Unit;
  readonly forMinutes: number;
  /** M of those periods. @default all of them */
  readonly datapoints?: number;
  /** What silence means. */
  readonly missing: 'missing' | 'notBreaching' | 'ignore';
  readonly told: Told;
  /** Whether it is told of the end too. */
  readonly ends: boolean;
  /** Alert whose alarm keeps it quiet. */
  readonly silencedBy?: string;
}

/** Thresholds that follow from the size of what is watched, as the rows' summaries say. */
const SIZED: Readonly<Record<string, (config: Environment) => number>> = {
  DatabaseConnectionsHigh: ({ database }) => Math.floor(0.8 * maxConnections(database.instanceClass)),
  DatabaseStorageLow: ({ database }) => 0.15 * database.storageGib * 1024 ** 3,
};

/** The alarms that add and remove servers, which no row describes. */
const scaling = ({ fleet }: Environment): readonly Promised[] => {
  const cpu = { unit: 'percent', missing: 'ignore', ends: false } as const;
  return [
    {
      ...cpu,
      name: 'CpuAbove',
      signal: 'fleetCpu',
      comparison: 'above',
      threshold: fleet.upAboveCpu,
      forMinutes: fleet.upAfterMinutes,
      told: 'one server more',
    },
    {
      ...cpu,
      name: 'CpuBelow',
      signal: 'fleetIdleCpu',
      comparison: 'below',
      threshold: fleet.downBelowCpu,
      forMinutes: fleet.downAfterMinutes,
      told: 'one server fewer',
    },
  ];
};

/** Of every row, whether the environment has its signal or not. */
export function promisesOf(config: Environment): readonly Promised[] {
  const rows = Object.entries<Row>(ALERTS).flatMap(([name, row]): readonly Promised[] => {
    if (row.kind !== undefined) return [];
    const { signal, comparison, unit, forMinutes, missingData, severity } = row;
    return [
      {
        ...{ name, signal, comparison, unit, forMinutes, missing: missingData, told: severity, ends: true },
        threshold: config.alerts.thresholds?.[name] ?? SIZED[name]?.(config) ?? row.threshold,
        ...(row.datapoints !== undefined && { datapoints: row.datapoints }),
        ...(row.silencedBy !== undefined && { silencedBy: row.silencedBy }),
      },
    ];
  });
  return [...rows, ...scaling(config)];
}

/** The promise that an alarm keeps, by its logical id. */
export function promiseOf(promises: readonly Promised[], key: string): Promised | undefined {
  const id = key.slice(key.indexOf('.') + 1).replace(/[0-9A-F]{8}$/, '');
  return promises.find(({ name }) => new RegExp(`(Alarms|Scaling)${name}(Part)?\\d*$`).test(id));
}
