/** What the backend's own `/metrics` answers, in PromQL: one figure for the whole fleet by the name of a signal. Judges nothing. */
import type { Unit } from '../../constructs/alerting/signal';

export interface Query {
  readonly unit: Unit;
  readonly promql: string;
}

/** The scrape's job: the label that all series of the backend carry. */
const JOB = 'backend';
/** A minute, as the alarms of CloudWatch have it; half a minute ago, since what the agent sends comes that late. */
const MINUTE = '[1m] offset 30s';
/** Shares and percentiles of fewer requests in a minute say nothing: the balancer's alarms have the same line. */
const FEW = 20;

const own = (metric: string, ...labels: readonly string[]) => `${metric}{${[`job="${JOB}"`, ...labels].join(', ')}}`;
const perMinute = (metric: string, ...labels: readonly string[]) => `sum(increase(${own(metric, ...labels)}${MINUTE}))`;

const REQUESTS = perMinute('http_request_duration_seconds_count');
const FAILED = perMinute('http_request_duration_seconds_count', 'status=~"5.."');
const latency = (quantile: number) =>
  `histogram_quantile(${quantile}, sum by (le) (rate(${own('http_request_duration_seconds_bucket')}${MINUTE}))) and on() ${REQUESTS} > ${FEW}`;
const LOOKED_UP = perMinute('cache_results_total');

/** Objectives call slower ones slow: a bound of the backend's histogram, and `alerts.slo.latencyMs` where that is not changed. */
const SLOW = '0.5';
const SLOWER = `${REQUESTS} - ${perMinute('http_request_duration_seconds_bucket', `le="${SLOW}"`)}`;

/** What CloudWatch watches too; at the balancer, where NGINX's own answers count as well. */
export const MIRRORED = {
  latencyP95: { unit: 'seconds', promql: latency(0.95) },
  errorRate: { unit: 'percent', promql: `100 * (${FAILED} or vector(0)) / ${REQUESTS} and on() ${REQUESTS} > ${FEW}` },
  requests: { unit: 'count', promql: REQUESTS },
  failedRequests: { unit: 'count', promql: `${FAILED} or vector(0)` },
  slowRequests: { unit: 'count', promql: SLOWER },
  poolWaiting: { unit: 'count', promql: `max(${own('database_pool', 'state="waiting"')})` },
} as const satisfies Readonly<Record<string, Query>>;

/** Signals that the balancer tells apart and a process doesn't. */
export const SAME: Readonly<Record<string, string>> = { answered: 'requests' };

/** What only the processes know. */
export const OWN = {
  processesDown: { unit: 'count', promql: `sum(${own('up')} == bool 0)` },
  processRestarts: { unit: 'count', promql: `max(changes(${own('process_start_time_seconds')}[10m]))` },
  eventLoopLag: { unit: 'seconds', promql: `max(${own('nodejs_eventloop_lag_p99_seconds')})` },
  uncountedRequests: { unit: 'count', promql: perMinute('rate_limit_unavailable_total') },
  cacheHitRate: {
    unit: 'percent',
    promql: `100 * (${perMinute('cache_results_total', 'result!="miss"')} or vector(0)) / ${LOOKED_UP} and on() ${LOOKED_UP} > ${FEW}`,
  },
  passwordHashesWaiting: { unit: 'count', promql: `max(${own('password_hashes_waiting')})` },
} as const satisfies Readonly<Record<string, Query>>;

/** Nobody is told of these; they are drawn. */
const DRAWN = {
  latencyP50: { unit: 'seconds', promql: latency(0.5) },
  latencyP99: { unit: 'seconds', promql: latency(0.99) },
  websockets: { unit: 'count', promql: `sum(${own('websocket_connections')})` },
  processMemory: { unit: 'bytes', promql: `max(${own('process_resident_memory_bytes')})` },
} as const satisfies Readonly<Record<string, Query>>;

export const QUERIES: Readonly<Record<string, Query>> = { ...MIRRORED, ...OWN, ...DRAWN };
