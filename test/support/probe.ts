/** A probe run as Lambda runs it, with what it writes kept. Stands in for no server. */
import { type Probe, run, type Told } from '../../lambda/probe/handler';
import type { Metrics } from '../../lambda/probe/report';

export function measureWith<M extends Metrics>(
  name: string,
  metrics: M,
  measure: Probe<M>['measure'],
  failed: Probe<M>['failed'],
) {
  const lines: string[] = [];
  const identity = { Environment: 'test', Probe: name };
  const look = (): Promise<Told> => run({ metrics, identity, measure, failed }, (text) => lines.push(text));
  return { look, lines };
}
