/** Who answers under the public name when CloudFront doesn't: the shape of `dns`, and what holds without it. Rules are in `dns-rules.ts`. */
import { z } from 'zod';
import type { Environment } from './environment';
import { standbyOf } from './recovery';
import { domainName, text, whole } from './values';

const tier = z.discriminatedUnion(
  'kind',
  [
    /** The load balancer and its servers, with their own copy of the site. Needs `edge.directAccess: 'failover'`. */
    z.strictObject({ kind: z.literal('balancer') }),
    /** Another company's CDN, set up as docs/failover.md says; billed by that company. Makes all records CNAMEs. */
    z.strictObject({
      kind: z.literal('cdn'),
      /** Short name, used for its health check and alarm; a change replaces both. */
      name: text(/^[a-z][a-z0-9]{1,19}$/, "lower case letters and digits, such as 'bunny', 2 to 20 of them"),
      /** Host name of the CDN, the target of the CNAME. */
      target: domainName(),
      /** Host name at which the CDN serves `/health.txt` over HTTPS; never the public name. @default target */
      checkName: domainName().optional(),
    }),
    /** The balancer of the second region, which `recovery.mode` other than 'backup' builds; behind the first one's. */
    z.strictObject({ kind: z.literal('standby') }),
    /**
     * A system elsewhere, by a host name that serves the site under the public name too, with a certificate for it. Not built by
     * this application: it must be there. Makes all records CNAMEs.
     */
    z.strictObject({ kind: z.literal('region'), host: domainName() }),
  ],
  { error: "one of { kind: 'balancer' }, { kind: 'cdn', … }, { kind: 'standby' }, { kind: 'region', … }" },
);

export const dnsSchema = z.strictObject({
  /**
   * The tiers after CloudFront, 0–4. Visitors get the first healthy one; if all fail, CloudFront. Adding a tier outside AWS to tiers that are all
   * AWS's, or the reverse, is create-only in practice, because the records change their type (docs/failover.md).
   */
  chain: z.array(tier).max(4, { error: 'at most four tiers' }),
  /**
   * Seconds between the checks of each tier, 10 or 30. A switch takes `failures` times as long, plus the TTL. A check costs about 1.50 USD a
   * month for an AWS target and 2.75 for others; every 10 s 1.00 and 2.00 more. A change replaces the checks; with a second load
   * balancer, visitors are sent there until the new checks have a result.
   */
  checkSeconds: z.literal([10, 30], { error: 'one of 10, 30' }),
  /** Failed checks in a row until a tier counts as down, and good ones until it is up again, 1–10. With 1 it switches at every short fault. */
  failures: whole(1, 10),
  /**
   * TTL in seconds, 10–300. A shorter one switches sooner and causes more queries (0.40 USD a million). Only with tiers that need CNAMEs:
   * aliases have AWS's 60 s and cost nothing. @default 60
   */
  ttlSeconds: whole(10, 300).optional(),
});

export type Dns = NonNullable<Environment['dns']>;

/** The environment's `dns`, or what holds without it: the balancers that visitors may reach, asked every 30 s, down after 3. */
export const dnsOf = (environment: Environment): Dns =>
  environment.dns ?? {
    chain: [
      ...(environment.edge.directAccess === 'failover' ? [{ kind: 'balancer' } as const] : []),
      ...(standbyOf(environment) ? [{ kind: 'standby' } as const] : []),
    ],
    checkSeconds: 30,
    failures: 3,
  };

/** Where the two balancers of an application are. */
export interface Regions {
  readonly first: string;
  readonly second: string;
}

/** Nothing where the second region has no balancer. */
export const regionsOf = (environment: Environment): Regions | undefined => {
  const standby = standbyOf(environment);
  return standby && { first: environment.region, second: standby.region };
};

/** The name that CloudFront asks the balancer by; or that of one region's, whatever fails there. */
export const originName = (domain: { readonly name: string }, region?: string) =>
  `${region ? `${region}.` : ''}origin.${domain.name}`;

/** What a tier is known by outside AWS; nothing for a balancer, to which an alias can lead. */
export const hostOf = (tier: Dns['chain'][number]): string | undefined =>
  tier.kind === 'cdn' ? tier.target : tier.kind === 'region' ? tier.host : undefined;
