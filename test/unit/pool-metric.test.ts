import { POOL_METRIC, watchPool } from '../../app/backend/metrics/pool';

/** A minute of a pool whose queue has these lengths, one a second. */
function minute(...lengths: readonly number[]) {
  jest.useFakeTimers();
  const lines: Record<string, unknown>[] = [];
  const left = [...lengths];
  const database = {
    get loads() {
      return [
        { server: 'primary', used: 1, idle: 0, waiting: 0 },
        { server: 'replica-1', used: 1, idle: 0, waiting: left.shift() ?? 0 },
      ];
    },
  };
  const end = watchPool(database, 'prod', (line) => lines.push(line as Record<string, unknown>));
  jest.advanceTimersByTime(120_000);
  end();
  jest.advanceTimersByTime(120_000);
  jest.useRealTimers();
  return lines;
}

it('tells the longest queue of each minute, of whichever server, and nothing after its end', () => {
  expect(minute(0, 7, 3).map((line) => line[POOL_METRIC.metricName])).toEqual([7, 0]);
});

it('tells it under the environment, where the alarm looks for it', () => {
  expect(minute()[0]).toMatchObject({
    Environment: 'prod',
    _aws: { CloudWatchMetrics: [{ Namespace: 'Holdfast/Backend', Dimensions: [['Environment']] }] },
  });
});
