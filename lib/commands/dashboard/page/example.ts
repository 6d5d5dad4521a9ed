/** Example figures for a dashboard without a deployment: plausible and the same each time, measured nowhere. */
import type { Annotation } from '../body';

export interface Scenario {
  readonly title: string;
  /** Alerts that alarm. */
  readonly alarms: readonly string[];
  /** Curves that cross their graph's threshold, or rise far where it has none: by title of the graph, beginnings of legends. */
  readonly crossing: Readonly<Record<string, readonly string[]>>;
}

export const SCENARIOS = {
  healthy: { title: 'Healthy', alarms: [], crossing: {} },
  database: {
    title: 'The database is slow',
    alarms: ['LatencyHigh', 'ErrorRateHigh', 'ErrorRateCritical', 'DatabaseCpuHigh', 'DatabaseConnectionsHigh'],
    crossing: {
      'Latency of the servers': ['p95', 'p99'],
      'Errors: share of requests': ['servers'],
      'Saturation: processors': ['database'],
      'Connections to the database': ['connections'],
    },
  },
  sessions: {
    title: 'The session store is full',
    alarms: ['SessionMemoryHigh', 'SessionMemoryCritical', 'SessionsEvicted'],
    crossing: { 'Memory of the nodes': ['node'], 'Sessions evicted': ['node'] },
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** What is usual, by legend, where the thresholds don't suggest it. In the graph's unit. */
const USUAL: Readonly<Record<string, number>> = {
  'to the servers': 2400,
  'to CloudFront': 6900,
  p50: 0.045,
  p95: 0.16,
  p99: 0.38,
  users: 3100,
  'sign-ups': 42,
  orders: 130,
  healthy: 3,
  unhealthy: 0,
  connections: 96,
};

const POINTS = { minute: 180, hour: 48, day: 30 } as const;
/** Of the last part of a graph a fault takes so much. */
const FAULT = 0.2;

/** Mulberry32, seeded by a text: numbers from 0 to 1 that are the same each time. */
function noise(text: string): () => number {
  let state = [...text].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 2654435761), 1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Seconds since 1970 of a graph's points, the last one at `now`. */
export function times(period: number, now: number): readonly number[] {
  const points = period >= 86_400 ? POINTS.day : period >= 3600 ? POINTS.hour : POINTS.minute;
  return Array.from(
    { length: points },
    (_, index) => Math.floor(now / period) * period - (points - 1 - index) * period,
  );
}

const below = ({ label }: Annotation) => label.includes(': below ');

/** What nobody would be woken by. */
function level(legend: string, lines: readonly Annotation[], max: number | undefined): number {
  const usual = USUAL[legend];
  if (usual !== undefined) return usual;
  const [line] = lines;
  if (!line) return max ? max * 0.35 : 100;
  if (!below(line)) return line.value * (0.3 + 0.3 * noise(legend)());
  return max === undefined ? line.value * 4 : line.value + (max - line.value) * 0.8;
}

/** Of one curve in its graph, a value for each of `at`. */
export function curve(
  { title = '', legend = '', lines = [] as readonly Annotation[], max = undefined as number | undefined },
  scenario: Scenario,
  at: readonly number[],
): readonly number[] {
  const random = noise(`${title}/${legend}`);
  const usual = level(legend, lines, max);
  const whole = max === 1 || /healthy|certificate/.test(legend); // things that are counted one by one
  const crosses = scenario.crossing[title]?.some((start) => legend.startsWith(start)) ?? false;
  const worst = lines.at(-1);
  const target = worst ? (below(worst) ? worst.value * 0.5 : worst.value * 1.35 || 9) : usual * 4;
  return at.map((second, index) => {
    const day = Math.sin(((second % 86_400) / 86_400) * 2 * Math.PI - 2);
    const healthy = whole ? usual : usual * (1 + 0.15 * day + 0.08 * (random() - 0.5));
    const ill = Math.max(0, (index / (at.length - 1) - (1 - FAULT)) / FAULT);
    const value = crosses ? healthy + (target - healthy) * Math.min(1, ill * 2) * (0.92 + 0.16 * random()) : healthy;
    return Number(Math.min(value, max ?? Number.POSITIVE_INFINITY).toPrecision(4));
  });
}
