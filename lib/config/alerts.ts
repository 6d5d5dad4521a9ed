/** Who hears of what, when, and from which line on: the shape of `alerts`. Rules between values are in `rules.ts`. */
import { z } from 'zod';
import { channelsSchema, routesSchema } from './alert-channels';
import { objective, oneOf, text, whole } from './values';

export const alertsSchema = z.strictObject({
  /** Addresses that hear of each severity; each confirms by mail, once for each region. An empty list tells nobody. With `channels` each also hears of the router's own failures. */
  emails: z.strictObject({
    critical: z.array(z.email({ error: 'a mail address' })),
    warning: z.array(z.email({ error: 'a mail address' })),
    info: z.array(z.email({ error: 'a mail address' })),
  }),
  /**
   * Ways to people other than mail, by a router in each region that groups storms and tells what is over. About 2 USD a month:
   * a secret and four alarms in each region. @default none: each address gets every alarm as AWS writes it
   */
  channels: channelsSchema.optional(),
  /** Which channels hear of which severity. @default critical: all; warning and info: Slack and mail */
  routes: routesSchema.optional(),
  /** Other thresholds by the alert's name in `lib/alerts`, in the alert's unit; for an anomaly the width of its band in standard deviations. Invents no alert. @default none */
  thresholds: z.record(z.string(), z.number({ error: 'a number' })).optional(),
  /**
   * USD a month of the whole account, all environments in it: told as a warning at 80 %, when spent, and when the month will spend it.
   * The first two budgets of an account cost nothing, others 0.02 USD a day. @default no budget
   */
  monthlyBudgetUsd: z
    .number({ error: 'an amount of USD above 0' })
    .positive({ error: 'an amount of USD above 0' })
    .optional(),
  /**
   * USD that an unusual rise must come to before it is told as a warning. Watches what bears the tag `environment` of this environment,
   * which must be activated as a cost allocation tag in the account's billing, a day before it works. Costs nothing. @default nothing is watched
   */
  costAnomalyUsd: z
    .number({ error: 'an amount of USD above 0' })
    .positive({ error: 'an amount of USD above 0' })
    .optional(),
  /**
   * What is good enough, over 30 days: burn rates alarm long before it is missed. 99.9 % allows 43 minutes of outage a month; each
   * further nine asks for a system and a team of another kind. Costs nothing. @default { availability: 99.9, latency: 99, latencyMs: 500 }
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
   * Where this repository reads in a browser, so that an alarm links its runbook, such as 'https://github.com/acme/shop/blob/main/'.
   * Costs nothing. @default alarms name the runbook's path
   */
  repositoryUrl: text(
    /^https:\/\/\S+\/$/,
    "an https address that ends in '/', such as 'https://github.com/acme/shop/blob/main/'",
  ).optional(),
  /** When no alarm is told: CloudWatch mutes its actions; states go on changing, and what still alarms at the end is told then. Events of AWS are told all the same. @default never */
  maintenance: z
    .array(
      z.strictObject({
        /** Day of the week. @default every day */
        day: oneOf('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun').optional(),
        /** When it begins, UTC. */
        at: text(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day in UTC, such as '03:30'"),
        /** How long it lasts, 1–1440: longer, and a real outage of that time is heard of late. */
        minutes: whole(1, 1440),
      }),
    )
    .optional(),
});
