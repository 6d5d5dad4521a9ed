/** What alarms see of a loss: what each hurt part shows, and what visitors then get. */
import { type Hurt, LONG_MINUTES, minutesOf, type Symptom } from './hurt';
import type { Function_ } from './needs';
import { type Parts, variablesOf } from './parts';
import type { Verdict } from './verdict';

/** What the balancer counts, while anybody comes to it. */
const BALANCED = ['errorRate', 'failedRequests'];

/** Signals that go bad while a thing is away. */
const SIGNALS: Readonly<Partial<Record<Function_, readonly string[]>>> = {
  pages: ['siteAnswers', 'edgeErrorRate'],
  API: ['siteAnswers', 'edgeErrorRate', ...BALANCED],
  logins: ['siteAnswers'],
};

/** Signals of a probe's runs, by a variable of its function. */
const PROBES: readonly (readonly [variable: string, signal: string])[] = [
  ['CACHE_USER', 'sessionProbeRuns'],
  ['DATABASE_USER', 'databaseProbeRuns'],
  ['SITE', 'uptimeProbeRuns'],
];

export function symptomsOf(
  { graph, config, probes, distribution, balancers, chain, queues }: Parts,
  hurts: readonly Hurt[],
  verdicts: Readonly<Record<Function_, Verdict>>,
): readonly Symptom[] {
  const own = hurts.flatMap(({ symptoms = [] }) => symptoms);
  const silent = new Set(own.map((symptom) => symptom.silent));
  const reachedByNobody = distribution !== undefined && silent.has(distribution.key);
  const away = Object.entries(SIGNALS).flatMap(([name, signals]) => {
    const { downS } = verdicts[name as Function_];
    const seen = signals.filter((signal) => !reachedByNobody || !BALANCED.includes(signal));
    const where = (signal: string) => (BALANCED.includes(signal) ? { region: config.region } : {});
    return downS > 0 ? seen.map((signal) => ({ signal, minutes: minutesOf(downS), ...where(signal) })) : [];
  });
  const stopped = probes
    .filter(({ key }) => silent.has(key))
    .flatMap((probe) => PROBES.flatMap(([name, signal]) => (name in variablesOf(probe) ? [signal] : [])));
  const blind = probes.some((probe) =>
    graph.links(probe).some(({ to, link }) => link === 'opens with' && silent.has(to.key)),
  );
  const checks = [
    ...(reachedByNobody ? ['siteHealth'] : []),
    ...(balancers.some(({ key }) => silent.has(key)) && chain.length > 1 ? ['originHealth'] : []),
    ...(blind ? ['siteAnswers'] : []), // it can't log in, which it takes for the site's fault
    ...stopped,
  ];
  // a job waits in the queue, or in the outbox while there is no queue
  const waiting = queues.some(({ key }) => silent.has(key)) ? 'outboxAge' : 'queueAge';
  const jobs = verdicts.jobs.downS;
  const late =
    jobs > 0 ? [{ signal: waiting, minutes: minutesOf(jobs), rises: true as const, region: config.region }] : [];
  return [...own, ...away, ...late, ...checks.map((signal) => ({ signal, minutes: LONG_MINUTES }))];
}
