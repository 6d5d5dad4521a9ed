/** What the requests to a target group were like in a span of time, from CloudWatch's figures by the minute. */
import { GetMetricDataCommand, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { cloudWatch } from './clients';
import { type Figures, isRolling, otherColour, type UnderWay } from './seen';
import type { Service } from './service';
import type { Colour } from './state';

const MINUTE_MS = 60_000;
/** Of what there was before the rollout, that much says what is usual. */
const USUAL_MS = 5 * MINUTE_MS;

interface Span {
  readonly colour: Colour;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

const METRICS = {
  requests: ['RequestCount', 'Sum'],
  errors: ['HTTPCode_Target_5XX_Count', 'Sum'],
  p95: ['TargetResponseTime', 'p95'],
} as const;

type Name = keyof typeof METRICS;
const NAMES = Object.keys(METRICS) as Name[];

/** Sums, and the p95 of the minutes by how many requests each had. */
export function figuresOf(results: Readonly<Partial<Record<Name, MetricDataResult>>>): Figures {
  const minutes = (name: Name) => {
    const { Timestamps = [], Values = [] } = results[name] ?? {};
    return new Map(Timestamps.map((at, index) => [at.getTime(), Values[index] ?? 0]));
  };
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
  const counts = minutes('requests');
  const requests = sum(counts.values());
  const times = [...minutes('p95')].map(([at, seconds]) => seconds * (counts.get(at) ?? 0));
  return { requests, errors: sum(minutes('errors').values()), p95: requests > 0 ? sum(times) / requests : 0 };
}

async function figures({ targetGroups, loadBalancerFullName }: NonNullable<Service['balanced']>, span: Span) {
  const Dimensions = [
    { Name: 'TargetGroup', Value: targetGroups[span.colour].fullName },
    { Name: 'LoadBalancer', Value: loadBalancerFullName },
  ];
  const asked = new GetMetricDataCommand({
    StartTime: new Date(Math.floor(span.from / MINUTE_MS) * MINUTE_MS),
    EndTime: new Date(span.to),
    MetricDataQueries: NAMES.map((Id) => {
      const [MetricName, Stat] = METRICS[Id];
      return {
        Id,
        MetricStat: { Metric: { Namespace: 'AWS/ApplicationELB', MetricName, Dimensions }, Period: 60, Stat },
      };
    }),
  });
  const { MetricDataResults = [] } = await cloudWatch.send(asked);
  const part = MetricDataResults.find(({ StatusCode = 'Complete' }) => StatusCode !== 'Complete');
  if (part) throw new Error(`${part.Id}: expected all its figures, got ${part.StatusCode}`); // no errors, it would say
  return figuresOf(Object.fromEntries(MetricDataResults.map((result) => [result.Id, result])));
}

/** What is held against what: the new release since this step began, and the old one meanwhile or, where it has no requests of its own, before. */
export function spansOf(state: UnderWay, now: number): { readonly canary: Span; readonly baseline: Span } | undefined {
  const { rollout, active, weights } = state;
  const { phase, since, begun } = rollout;
  const before: Span = { colour: active, from: begun - USUAL_MS, to: begun };
  if (isRolling(rollout))
    return phase === 'boot' || phase === 'bake'
      ? { canary: { colour: active, from: since, to: now }, baseline: before }
      : undefined;
  if (phase !== 'bake') return undefined;
  const canary = { colour: otherColour(active), from: since, to: now };
  return { canary, baseline: weights[active] > 0 ? { ...canary, colour: active } : before };
}

/** @returns undefined where there is nothing to compare. */
export async function compared(balanced: Service['balanced'], state: UnderWay, now: number) {
  const spans = spansOf(state, now);
  if (!balanced || !spans) return undefined;
  const [canary, baseline] = await Promise.all([figures(balanced, spans.canary), figures(balanced, spans.baseline)]);
  return { canary, baseline };
}
