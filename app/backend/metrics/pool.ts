/** How many queries wait for a connection, as CloudWatch's embedded metric format: the worst of each minute, in a line of the log. */
import type { Database } from '../data/database';
import { emf } from './emf';

const SAMPLE_MS = 1000;
const EVERY_MS = 60_000;
/** Where the alarm looks for it. */
export const POOL_METRIC = { namespace: 'Holdfast/Backend', metricName: 'PoolWaiting' };

/** Returns what ends it. */
export function watchPool(database: Pick<Database, 'loads'>, environment: string, write: (line: object) => void) {
  let worst = 0;
  const sample = setInterval(() => {
    worst = Math.max(worst, ...database.loads.map(({ waiting }) => waiting));
  }, SAMPLE_MS).unref();
  const flush = setInterval(() => {
    write(emf(POOL_METRIC.namespace, environment, { [POOL_METRIC.metricName]: [worst, 'Count'] }));
    worst = 0;
  }, EVERY_MS).unref();
  return () => {
    clearInterval(sample);
    clearInterval(flush);
  };
}
