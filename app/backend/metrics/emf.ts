/** A line of the log that CloudWatch turns into metrics: its embedded metric format. Knows no metric by name. */

type Unit = 'Count' | 'Seconds' | 'Percent' | 'None';

/** Of one environment, now. Each metric costs about 0.30 USD a month. */
export const emf = (
  namespace: string,
  environment: string,
  metrics: Readonly<Record<string, readonly [value: number, unit: Unit]>>,
  now = new Date(),
) => ({
  _aws: {
    Timestamp: now.getTime(),
    CloudWatchMetrics: [
      {
        Namespace: namespace,
        Dimensions: [['Environment']],
        Metrics: Object.entries(metrics).map(([Name, [, Unit]]) => ({ Name, Unit })),
      },
    ],
  },
  Environment: environment,
  ...Object.fromEntries(Object.entries(metrics).map(([name, [value]]) => [name, value])),
});
