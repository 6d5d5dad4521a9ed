/** What the system tells of itself besides alerts: figures, traces, errors and logs, and how long they are kept. */
import { z } from 'zod';
import { origin, share, text, whole, yesOrNo } from './values';

export const metricsSchema = z.strictObject({
  /**
   * A managed Prometheus with the backend's own metrics every 15 s, kept for 150 days, and alerts based on them (see
   * `lib/alerts/process.ts`). A change replaces the servers. 0.90 USD for 10 million samples, so about 5 USD a month for each
   * process; with `network.interfaceEndpoints` another endpoint.
   */
  prometheus: yesOrNo(),
});

export const tracingSchema = z.strictObject({
  /**
   * Share of requests whose path through backend, database and Redis is traced to X-Ray, 0.001–1; 0.05 is every twentieth. A change
   * replaces the servers. 5 USD for a million traces; with `network.interfaceEndpoints` another endpoint.
   */
  sampleRate: share(),
});

export const errorTrackerSchema = z.strictObject({
  /**
   * ARN of a secret, encrypted with the account's own key, whose value is the DSN of an error tracker that speaks Sentry's protocol:
   * https://KEY@HOST/PROJECT. Unexpected errors go there over the internet, with addresses, tokens and mail addresses masked.
   * A change replaces the servers; without the secret's value they serve and report nothing. With a second region that has servers
   * (`recovery.mode`), replicate the secret there.
   */
  dsnSecretArn: text(
    /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+-\w{6}$/,
    "a secret's complete ARN, such as 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:tracker-AbCdEf'",
  ),
});

export const retentionSchema = z.strictObject({
  /** Days that logs of servers, network, firewall, database and sessions are kept; less than 365 is an opt-out. About 0.57 USD a GB written, 0.03 USD a GB-month. */
  logDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365], { error: 'one of 1, 3, 5, 7, 14, 30, 60, 90, 180, 365' }),
  /** Days that access logs of CloudFront and balancer are kept in S3, 1–3650. About 0.02 USD a GB-month. */
  accessLogDays: whole(1, 3650),
});

export const logsSchema = z.strictObject({
  /**
   * An existing OpenSearch domain that also gets every line of the servers' log, in one index per day, holdfast-NAME-YYYY.MM.DD. It must be in
   * this region, reachable from the internet, and allow the forwarder's role to post to _bulk. You pay for the domain, from about 30 USD a
   * month; the forwarder costs about 0.30 USD a GB. @default CloudWatch only
   */
  openSearch: z
    .strictObject({
      /** Of the domain. */
      endpoint: origin(),
      domainArn: text(
        /^arn:aws[\w-]*:es:[a-z]{2}(-[a-z]+)+-\d:\d{12}:domain\/[a-z][a-z0-9-]{2,27}$/,
        "a domain's ARN, such as 'arn:aws:es:eu-west-1:111111111111:domain/logs'",
      ),
    })
    .optional(),
});
