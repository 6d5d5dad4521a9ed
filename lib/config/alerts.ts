/** Who is told of which alerts, when, and at which thresholds: the shape of `alerts`. Rules between values are in `rules.ts`. */
import { z } from 'zod';
import { channelsSchema, routesSchema } from './alert-channels';
import { objective, oneOf, text, whole } from './values';

export const alertsSchema = z.strictObject({
  /** Mail addresses for each severity; each must confirm by mail, once per region. An empty list tells nobody. With `channels` each is also told when the router itself fails. */
  emails: z.strictObject({
    critical: z.array(z.email({ error: 'a mail address' })),
    warning: z.array(z.email({ error: 'a mail address' })),
    info: z.array(z.email({ error: 'a mail address' })),
  }),
  /**
   * Channels other than mail, served by an alert router in each region, which groups many alerts and reports their end. About 2 USD a month in
   * each region: a secret, a key and seven alarms. @default none: each address gets every alarm as AWS writes it
   */
  channels: channelsSchema.optional(),
  /** Which channels get which severity. @default critical: all; warning and info: Slack and mail */
  routes: routesSchema.optional(),
  /** Other thresholds by the alert's name in `lib/alerts`, in the alert's unit; for an anomaly alert, the width of its band in standard deviations. Can't add alerts. @default none */
  thresholds: z.record(z.string(), z.number({ error: 'a number' })).optional(),
  /**
   * Budget in USD a month for the whole account with all its environments. A warning is sent at 80 %, at 100 %, and when the forecast exceeds it.
   * The first two budgets of an account cost nothing, others 0.02 USD a day. @default no budget
   */
  monthlyBudgetUsd: z
    .number({ error: 'an amount of USD above 0' })
    .positive({ error: 'an amount of USD above 0' })
    .optional(),
  /**
   * Amount in USD from which an unusual rise in cost is sent as a warning. It watches resources with this environment's tag `environment`, which must be
   * activated as a cost allocation tag in the account's billing; that takes a day. Costs nothing. @default nothing is watched
   */
  costAnomalyUsd: z
    .number({ error: 'an amount of USD above 0' })
    .positive({ error: 'an amount of USD above 0' })
    .optional(),
  /**
   * Service level objectives over 30 days. Burn-rate alerts fire long before they are missed. 99.9 % allows 43 minutes of outage a month; each
   * further nine needs a different kind of system and team. Costs nothing. @default { availability: 99.9, latency: 99, latencyMs: 500 }
   */
  slo: z
    .strictObject({
      /** Percent of requests that don't fail. */
      availability: objective(),
      /** Percent of answers within `latencyMs`. */
      latency: objective(),
      /** Milliseconds, 50–10,000. */
      latencyMs: whole(50, 10_000),
    })
    .partial()
    .optional(),
  /**
   * Address of this repository in a browser, so that an alarm can link its runbook, such as 'https://github.com/acme/shop/blob/main/'.
   * Costs nothing. @default alarms name the runbook's path
   */
  repositoryUrl: text(
    /^https:\/\/\S+\/$/,
    "an https address that ends in '/', such as 'https://github.com/acme/shop/blob/main/'",
  ).optional(),
  /** Maintenance windows in which CloudWatch mutes alarm actions. States still change, and what still alarms at the end is sent then. AWS events are always sent. @default never */
  maintenance: z
    .array(
      z.strictObject({
        /** Day of the week. @default every day */
        day: oneOf('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun').optional(),
        /** When it begins, UTC. */
        at: text(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day in UTC, such as '03:30'"),
        /** Minutes that it lasts, 1–1440. The longer it is, the later you hear of a real outage in it. */
        minutes: whole(1, 1440),
      }),
    )
    .optional(),
});
