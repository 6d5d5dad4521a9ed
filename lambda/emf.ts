/** A line of the log that CloudWatch turns into metrics, its embedded metric format: no request to CloudWatch is needed. Writes nothing. */

/** CloudWatch's names of units. */
export type Unit = 'Percent' | 'Bytes' | 'Count' | 'Milliseconds' | 'Seconds';

/**
 * @param metrics which of `fields` become a metric, by unit; about 0.30 USD a month each
 * @param fields what else stands in the line, for its reader
 * @param now milliseconds since 1970
 */
export const emf = (
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, Unit>>,
  fields: Readonly<Record<string, unknown>>,
  now: number,
): string =>
  JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.entries(metrics).map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    ...dimensions,
    ...fields,
  });
