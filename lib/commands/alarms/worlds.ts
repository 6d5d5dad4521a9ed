/** What each signal is in the world: a good and a bad value, and what is then published. Knows neither thresholds nor templates: rows and templates are held against it. */
import type { Unit } from '../../../constructs/alerting/signal';
import type { Sample } from './engine/samples';

/** By metric name, in the unit in which it is published: one value, or samples of several. */
type Reading = Readonly<Record<string, number | readonly Sample[]>>;

export interface World {
  /** Of the values here. */
  readonly unit: Unit;
  /** On a good day. */
  readonly healthy: number;
  /** When somebody has to hear of it. */
  readonly broken: number;
  /** What is published while the signal has that value. @default its only metric, with the value in its own unit */
  readonly reads?: (value: number) => Reading;
  /** The other side, where too little is bad as well. */
  readonly brokenBelow?: number;
  /** Whether nothing published means 0: nobody came. @default it means that nobody knows */
  readonly silenceIsZero?: true;
  /** Whether it counts reports, so that none is silence and never a value. */
  readonly zeroIsSilence?: true;
  /** What a forecast takes for usual, in standard deviations. */
  readonly deviation?: number;
  /** Bad figures that say nothing, since hardly anybody came. */
  readonly tooFew?: Reading;
}

const REQUESTS = 1000;

const failing = (percent: number): Reading => ({
  RequestCount: REQUESTS,
  HTTPCode_Target_5XX_Count: (REQUESTS * percent) / 100, // the balancer's own are published where there are some
});
const slow = (percent: number): Reading => ({
  TargetResponseTime: [
    { value: 0.1, samples: REQUESTS - (REQUESTS * percent) / 100 },
    { value: 3, samples: (REQUESTS * percent) / 100 },
  ],
});
const RUNS: World = {
  unit: 'count',
  healthy: 1,
  broken: 0,
  zeroIsSilence: true,
  reads: (value) => ({ Up: [{ value: 1, samples: value }] }),
};
const few: Reading = { RequestCount: 5, HTTPCode_Target_5XX_Count: 5, TargetResponseTime: [{ value: 30, samples: 5 }] };

/** By the name of the signal; of a burn rate, by that of what is bad. */
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
    reads: failing,
    tooFew: few,
  },
  failedRequests: { unit: 'percent', healthy: 0.01, broken: 40, reads: failing, tooFew: few },
  slowRequests: { unit: 'percent', healthy: 0.1, broken: 40, reads: slow, tooFew: few },
  requestRate: {
    ...{ unit: 'count', healthy: REQUESTS, broken: 10 * REQUESTS, brokenBelow: 0, deviation: 50, silenceIsZero: true },
    reads: (value) => ({ RequestCount: value }),
  },
  rejectedConnections: { unit: 'count', healthy: 0, broken: 50 },
  unhealthyServers: { unit: 'count', healthy: 0, broken: 1 },
  healthyServers: { unit: 'count', healthy: 2, broken: 0 },
  fleetCpu: { unit: 'percent', healthy: 50, broken: 95 },
  fleetIdleCpu: { unit: 'percent', healthy: 50, broken: 5 },
  fleetMemory: { unit: 'percent', healthy: 60, broken: 97 },
  fleetDisk: { unit: 'percent', healthy: 40, broken: 95 },
  fleetIowait: { unit: 'percent', healthy: 2, broken: 60 },
  serversInService: { unit: 'count', healthy: 20, broken: 0 },
  serversWanted: { unit: 'count', healthy: 1, broken: 100 },
  poolWaiting: { unit: 'count', healthy: 0, broken: 90 },
  siteCopyFailures: { unit: 'count', healthy: 0, broken: 2 },
  packetsLost: {
    ...{ unit: 'count', healthy: 0, broken: 5000 },
    reads: (value) => ({ net_drop_in: value, net_drop_out: 0, ethtool_pps_allowance_exceeded: 10_000 }),
  },
  functionErrors: { unit: 'count', healthy: 0, broken: 5 },
  functionThrottles: { unit: 'count', healthy: 0, broken: 5 },
  rotationErrors: { unit: 'count', healthy: 0, broken: 1 },
  natPortErrors: { unit: 'count', healthy: 0, broken: 50 },
  natPacketsDropped: { unit: 'count', healthy: 0, broken: 5000 },
  firewallBlocks: { unit: 'count', healthy: 10, broken: 20_000 },
  backupsFailed: { unit: 'count', healthy: 0, broken: 1 },
  backupsExpired: { unit: 'count', healthy: 0, broken: 1 },
  backupsCompleted: { unit: 'count', healthy: 1, broken: 0 },
  dumpsCompleted: { unit: 'count', healthy: 1, broken: 0 },
  databaseFreeMemory: { unit: 'bytes', healthy: 8e9, broken: 0.05e9 },
  slowStatements: { unit: 'count', healthy: 0, broken: 100 },
  databaseCpu: { unit: 'percent', healthy: 40, broken: 95 },
  databaseConnections: { unit: 'count', healthy: 20, broken: 5000 },
  databaseFreeStorage: { unit: 'bytes', healthy: 80e9, broken: 0.5e9 },
  replicaLag: { unit: 'seconds', healthy: 0.1, broken: 300 },
  standbyLag: { unit: 'seconds', healthy: 1, broken: 3000 },
  sessionMemory: { unit: 'percent', healthy: 40, broken: 95 },
  sessionCpu: { unit: 'percent', healthy: 10, broken: 95 },
  sessionEngineCpu: { unit: 'percent', healthy: 10, broken: 95 },
  sessionLatency: {
    ...{ unit: 'milliseconds', healthy: 0.3, broken: 200 },
    reads: (value) => ({ SuccessfulReadRequestLatency: 1000 * value, SuccessfulWriteRequestLatency: 500 * value }),
  },
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
  standbyHealth: { unit: 'count', healthy: 1, broken: 0 },
  fenceLowered: { unit: 'count', healthy: 1, broken: 0 },
  siteAnswers: { unit: 'count', healthy: 1, broken: 0 },
  uptimeProbeRuns: RUNS,
  shownCertificateDays: { unit: 'count', healthy: 60, broken: 3 },
  sessionAnswers: { unit: 'count', healthy: 1, broken: 0 },
  sessionProbeRuns: RUNS,
  sessionLagBytes: { unit: 'bytes', healthy: 1e3, broken: 50e6 },
  sessionReplicas: { unit: 'count', healthy: 2, broken: 0 },
  sessionSlowCommands: { unit: 'count', healthy: 0, broken: 20 },
  databaseAnswers: { unit: 'count', healthy: 1, broken: 0 },
  databaseProbeRuns: RUNS,
  databaseCacheHit: { unit: 'percent', healthy: 99.9, broken: 60 },
  databaseSize: { unit: 'bytes', healthy: 1e9, broken: 5e12 },
  databaseSlowStatements: { unit: 'count', healthy: 0, broken: 50 },
  databaseOldestTransaction: { unit: 'seconds', healthy: 2, broken: 7200 },
  databaseDeadlocks: { unit: 'count', healthy: 0, broken: 10 },
  queueAge: { unit: 'seconds', healthy: 2, broken: 200_000 },
  queueDepth: { unit: 'count', healthy: 5, broken: 20_000 },
  deadLetters: { unit: 'count', healthy: 0, broken: 3 },
  workers: {
    unit: 'count',
    healthy: 2,
    broken: 0,
    zeroIsSilence: true,
    reads: (value) => ({ Workers: [{ value: 1, samples: value }] }),
  },
  outboxAge: { unit: 'seconds', healthy: 1, broken: 1800 },
  routerRuns: {
    ...{ unit: 'count', healthy: 1, broken: 0, zeroIsSilence: true },
    reads: (value) => ({ Invocations: [{ value: 1, samples: value }] }),
  },
  routerErrors: { unit: 'count', healthy: 0, broken: 5 },
  routerDelay: { unit: 'milliseconds', healthy: 200, broken: 600_000 },
  routerDeadLetters: { unit: 'count', healthy: 0, broken: 3 },
  channelFailures: { unit: 'count', healthy: 0, broken: 4 },
};
