/** Counts for CloudWatch, as one line of the log in its embedded metric format. */
type Metric = 'Told' | 'ChannelFailures';

const NAMESPACE = 'Holdfast/Alerts';

/** @param reason stands in the log beside the count, for whoever searches why */
export function countLine(environment: string, metric: Metric, channel: string, now: number, reason?: string): string {
  const sets = [['Environment'], ['Environment', 'Channel']];
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: sets, Metrics: [{ Name: metric, Unit: 'Count' }] }],
    },
    Environment: environment,
    Channel: channel,
    [metric]: 1,
    ...(reason && { reason }),
  });
}
