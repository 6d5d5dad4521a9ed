/** What each signal is in the world: a good and a bad value, and what is then published. Knows neither thresholds nor templates: rows and templates are held against it. */
import type { Unit } from '../../../constructs/alerting/signal';

/** By metric name, in the unit in which it is published. */
export type Reading = Readonly<Record<string, number>>;

export interface World {
  /** Of the values here. */
  readonly unit: Unit;
  /** On a good day. */
  readonly healthy: number;
  /** When somebody has to hear of it. */
  readonly broken: number;
  /** What is published while the signal has that value. @default its only metric, with the value in its own unit */
  readonly reads?: (value: number) => Reading;
  /** Bad figures that say nothing, since hardly anybody came. */
  readonly tooFew?: Reading;
}

const REQUESTS = 1000;

/** By the name of the signal. */
export const WORLDS: Readonly<Record<string, World>> = {
  latencyP95: {
    unit: 'milliseconds',
    healthy: 200,
    broken: 3000,
    reads: (value) => ({ RequestCount: REQUESTS, TargetResponseTime: value / 1000 }),
    tooFew: { RequestCount: 5, TargetResponseTime: 30 },
  },
  errorRate: {
    unit: 'percent',
    healthy: 0.5,
    broken: 40,
    reads: (value) => ({
      RequestCount: REQUESTS,
      HTTPCode_Target_5XX_Count: (REQUESTS * value) / 100,
      HTTPCode_ELB_5XX_Count: 0,
    }),
    tooFew: { RequestCount: 5, HTTPCode_Target_5XX_Count: 5 },
  },
  rejectedConnections: { unit: 'count', healthy: 0, broken: 50 },
  unhealthyServers: { unit: 'count', healthy: 0, broken: 1 },
  healthyServers: { unit: 'count', healthy: 2, broken: 0 },
  fleetCpu: { unit: 'percent', healthy: 50, broken: 95 },
  fleetIdleCpu: { unit: 'percent', healthy: 50, broken: 5 },
  fleetMemory: { unit: 'percent', healthy: 60, broken: 97 },
  fleetDisk: { unit: 'percent', healthy: 40, broken: 95 },
  fleetIowait: { unit: 'percent', healthy: 2, broken: 60 },
  databaseCpu: { unit: 'percent', healthy: 40, broken: 95 },
  databaseConnections: { unit: 'count', healthy: 20, broken: 5000 },
  databaseFreeStorage: { unit: 'bytes', healthy: 80e9, broken: 0.5e9 },
  replicaLag: { unit: 'seconds', healthy: 0.1, broken: 300 },
  sessionMemory: { unit: 'percent', healthy: 40, broken: 95 },
  sessionCpu: { unit: 'percent', healthy: 10, broken: 95 },
  sessionEvictions: { unit: 'count', healthy: 0, broken: 20 },
  sessionConnections: { unit: 'count', healthy: 100, broken: 20000 },
  sessionHitRate: {
    unit: 'percent',
    healthy: 97,
    broken: 30,
    reads: (value) => ({ CacheHits: (REQUESTS * value) / 100, CacheMisses: (REQUESTS * (100 - value)) / 100 }),
    tooFew: { CacheHits: 1, CacheMisses: 40 },
  },
  sessionLag: { unit: 'seconds', healthy: 0.1, broken: 30 },
  certificateDaysLeft: { unit: 'count', healthy: 60, broken: 5 },
  edgeErrorRate: {
    unit: 'percent',
    healthy: 0.1,
    broken: 30,
    reads: (value) => ({ Requests: REQUESTS, '5xxErrorRate': value }),
    tooFew: { Requests: 3, '5xxErrorRate': 100 },
  },
  siteHealth: { unit: 'count', healthy: 1, broken: 0 },
  originHealth: { unit: 'count', healthy: 1, broken: 0 },
  cdnHealth: { unit: 'count', healthy: 1, broken: 0 },
  regionHealth: { unit: 'count', healthy: 1, broken: 0 },
};
