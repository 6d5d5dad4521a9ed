/** promtool and Prometheus as installed, and series that make a signal's figure what a test wants it to be. Knows no rule. */
import { spawnSync } from 'node:child_process';

/** Of an installed program's run: its exit code and all that it said. */
export function ran(
  command: 'promtool' | 'prometheus' | 'amtool' | 'prometheus-alertmanager',
  ...args: readonly string[]
) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error)
    throw new Error(
      `${command}: expected it on PATH, got none; install it (Debian, Ubuntu: apt-get install prometheus prometheus-alertmanager)`,
    );
  return { code: status, said: stdout + stderr };
}

/** Seconds between samples. */
export const STEP = 15;
/** The figure wanted at each step; undefined where nothing is scraped. */
export type Timeline = readonly (number | undefined)[];
type PerStep = Readonly<Record<string, number>>;

interface Source {
  /** Counters grow by what `of` says, gauges are it. */
  readonly kind: 'counter' | 'gauge';
  /** Series → what it is or grows by in a step, for that figure. @param many requests in a step */
  readonly of: (figure: number, many: number, step: number) => PerStep;
}

const series = (metric: string, labels = '') => `${metric}{job="backend", instance="i-1:8000"${labels}}`;
const gauge = (metric: string, labels = ''): Source => ({
  kind: 'gauge',
  of: (figure) => ({ [series(metric, labels)]: figure }),
});

/** Cumulative shares of requests by bucket that put the percentile at `figure`, as Prometheus interpolates. */
function buckets(figure: number, quantile: number, many: number): PerStep {
  const bounds = [0, 0.1, 0.2, 0.5, 1, 2, 5];
  const high = bounds.findIndex((bound) => bound >= figure);
  const [from = 0, to = 1] = bounds.slice(high - 1, high + 1);
  const place = (figure - from) / (to - from);
  const below = place < quantile ? (quantile - place) / (1 - place) : 0; // figures near a bound only
  const share = (bound: number) => (bound >= to ? 1 : bound >= from ? below : 0);
  return Object.fromEntries(
    [...bounds.slice(1), Number.POSITIVE_INFINITY].map((bound) => [
      series('http_request_duration_seconds_bucket', `, le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : bound}"`),
      many * share(bound),
    ]),
  );
}

const shared = (metric: string, label: string, [counted, rest]: readonly [string, string]): Source => ({
  kind: 'counter',
  of: (percent, many) => ({
    [series(metric, `, ${label}="${counted}"`)]: (many * percent) / 100,
    [series(metric, `, ${label}="${rest}"`)]: many * (1 - percent / 100),
  }),
});

/** Percent that took longer than half a second. */
const slow: Source = {
  kind: 'counter',
  of: (percent, many) => ({
    [series('http_request_duration_seconds_bucket', ', le="0.5"')]: many * (1 - percent / 100),
    [series('http_request_duration_seconds_count', ', status="200"')]: many,
  }),
};

const SOURCES: Readonly<Record<string, Source>> = {
  slowRequests: slow,
  latencyP95: {
    kind: 'counter',
    of: (figure, many) => ({
      ...buckets(figure, 0.95, many),
      [series('http_request_duration_seconds_count', ', status="200"')]: many,
    }),
  },
  failedRequests: shared('http_request_duration_seconds_count', 'status', ['500', '200']),
  errorRate: shared('http_request_duration_seconds_count', 'status', ['500', '200']),
  cacheHitRate: shared('cache_results_total', 'result', ['hit', 'miss']),
  uncountedRequests: {
    kind: 'counter',
    of: (figure) => ({ [series('rate_limit_unavailable_total')]: (figure * STEP) / 60 }),
  },
  processesDown: {
    kind: 'gauge',
    of: (figure) => ({ [series('up')]: 1, 'up{job="backend", instance="i-2:8000"}': figure > 0 ? 0 : 1 }),
  },
  // one restart a minute, until there were as many
  processRestarts: {
    kind: 'gauge',
    of: (figure, _, step) => ({
      [series('process_start_time_seconds')]: Math.min(figure, Math.floor((step * STEP) / 60)),
    }),
  },
  eventLoopLag: gauge('nodejs_eventloop_lag_p99_seconds'),
  poolWaiting: gauge('database_pool', ', server="primary", state="waiting"'),
  passwordHashesWaiting: gauge('password_hashes_waiting'),
};

/** As promtool takes them. @param many requests or look-ups in a step @default 20 */
export function inputSeries(signal: string, timeline: Timeline, many = 20) {
  const { kind, of } = SOURCES[signal] ?? gauge(signal);
  const names = Object.keys(of(1, many, 0));
  return names.map((name) => {
    let total = 0;
    const values = timeline.map((figure, step) => {
      if (figure === undefined) return '_';
      const value = of(figure, many, step)[name] ?? 0;
      total = kind === 'counter' ? total + value : value;
      return total;
    });
    return { series: name, values: values.join(' ') };
  });
}
