/** Who looks once a minute at the site, the session store and the database: the shape of `probes`, and what holds without it. */
import { z } from 'zod';
import { EDGE_REGION } from './edge-region';
import type { Environment } from './environment';
import { type Rule, unless } from './rule';
import { text, yesOrNo } from './values';

const uptime = z.strictObject({
  /** Checks the public site from outside. @default true */
  enabled: yesOrNo().optional(),
  /**
   * Region that it runs in: us-east-1 or `recovery.region`, which have alert topics. The latter needs a `domain`, because CloudFront's own name is
   * known only in us-east-1. @default `recovery.region` if both are set, else us-east-1
   */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'us-east-1'").optional(),
  /** Text that identifies the page, such as its title. @default '<title>Holdfast</title>', the sample's */
  marker: text(/\S/, 'text that the page holds').optional(),
  /**
   * Also logs a synthetic user in and out each time. The probe registers this user itself. It counts as an active user and needs the routes of
   * docs/backend.md. About 0.40 USD a month for the password. @default false
   */
  login: yesOrNo().optional(),
});

/** About 8 USD a month with all three: 12 metrics at 0.30, 21 alarms at 0.10, two keys at 1; the runs cost cents. Each may change at any time. */
export const probesSchema = z.strictObject({
  uptime: uptime.optional(),
  /** Checks the session store from inside the network. Without it slow commands and bytes of lag are not measured. @default true */
  sessions: yesOrNo().optional(),
  /** Checks the database from inside the network. Without it cache hits and slow statements are not measured. @default true */
  database: yesOrNo().optional(),
});

/** The environment's `probes` with what holds without them. */
export const probesOf = ({ probes = {}, recovery, domain }: Environment) => ({
  sessions: true,
  database: true,
  ...probes,
  uptime: {
    enabled: true,
    region: (domain && recovery?.region) ?? EDGE_REGION,
    marker: '<title>Holdfast</title>',
    login: false,
    ...probes.uptime,
  },
});

export const PROBE_RULES: readonly Rule[] = [
  ({ probes, recovery, domain }) => {
    const heard = [EDGE_REGION, ...(recovery && domain ? [recovery.region] : [])];
    const from = probes?.uptime?.region;
    return unless(
      from === undefined || heard.includes(from),
      'probes.uptime.region',
      `one of ${heard.join(', ')}`,
      from,
    );
  },
];
