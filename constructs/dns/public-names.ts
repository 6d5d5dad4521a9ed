/** The site's public name: the first healthy of several tiers, by records that lead to each other in pairs. Not the tiers' own names. */
import type { Duration } from 'aws-cdk-lib';
import { type CfnHealthCheck, CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { type Asking, healthOf, hostCheck } from './health-check';

/** CloudFront's hosted zone for aliases, the same for every distribution. */
export const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

export interface Tier {
  /** Of its health check's id; another one makes that anew. */
  readonly id: string;
  /** Whose signal the health of its own check is. */
  readonly kind: 'site' | 'origin' | 'cdn' | 'region' | 'standby';
  readonly domainName: string;
  /** Of an AWS resource, to which an alias can lead. @default none, so that all tiers' records are CNAMEs */
  readonly hostedZoneId?: string;
  /**
   * The tier's own name, asked for `/health.txt`: asking the public one would heal the check by its own failover. Or a check that is
   * there already, and whose health others tell.
   */
  readonly check: string | CfnHealthCheck;
}

export interface PublicNamesProps extends Asking {
  /** With a tier known by name only it must stand below the zone's apex, which can be no CNAME. */
  readonly name: string;
  readonly zoneId: string;
  /** Who answers, in order. A single one has no pair: nothing to lead to when it fails. */
  readonly tiers: readonly [Tier, ...Tier[]];
  /** How long resolvers keep a CNAME; aliases have AWS's 60 s. */
  readonly ttl: Duration;
}

export class PublicNames extends Construct {
  readonly #checks: ReadonlyMap<Tier, CfnHealthCheck>;

  constructor(scope: Construct, id: string, props: PublicNamesProps) {
    super(scope, id);
    const { name, zoneId, tiers, checkInterval, failures, ttl } = props;
    const checks = tiers.map((tier) => {
      const { id: own, check: host } = tier;
      const check = typeof host === 'string' ? hostCheck(this, `${own}Check`, { host, checkInterval, failures }) : host;
      return [tier, check] as const;
    });
    this.#checks = new Map(checks);

    const aliases = tiers.every(({ hostedZoneId }) => hostedZoneId);
    const leadingTo = ({ domainName, hostedZoneId }: Tier) =>
      aliases && hostedZoneId
        ? { aliasTarget: { dnsName: domainName, hostedZoneId, evaluateTargetHealth: false } } // CloudFront demands it; the checks decide
        : { resourceRecords: [domainName], ttl: `${ttl.toSeconds()}` };
    const answered = (tier: Tier) => ({
      ...leadingTo(tier),
      ...(tiers.length > 1 && { healthCheckId: this.#checks.get(tier)?.attrHealthCheckId }),
    });
    // AAAA of a balancer too: it has no such address, and the empty answer leads visitors to A, not back to CloudFront
    for (const type of aliases ? ['A', 'AAAA'] : ['CNAME']) {
      const pairName = (level: number) => `${level === 0 ? '' : `_fallback${level}.`}${name}.`;
      /** The tiers from `level` on: the first of them, or the pair of all others. */
      const records = (level: number): CfnRecordSet[] => {
        const [first, second] = tiers.slice(level) as [Tier, Tier?];
        const record = (role: 'Primary' | 'Secondary', answer: object) =>
          new CfnRecordSet(this, `${level === 0 ? '' : `Fallback${level}`}${role}${type}`, {
            name: pairName(level),
            type,
            hostedZoneId: zoneId,
            ...(second && { failover: role.toUpperCase(), setIdentifier: role }),
            ...answer,
          });
        const primary = record('Primary', answered(first));
        if (!second) return [primary];
        if (level === tiers.length - 2) return [primary, record('Secondary', answered(second))];
        const others = records(level + 1);
        const nested = record('Secondary', {
          aliasTarget: { dnsName: pairName(level + 1), hostedZoneId: zoneId, evaluateTargetHealth: true },
        });
        for (const other of others) nested.addResourceDependency(other); // Route 53 refuses an alias to nothing
        return [primary, nested];
      };
      records(0);
    }
  }

  get signals() {
    const health = (kind: Tier['kind']) =>
      healthOf(
        ...[...this.#checks].flatMap(([tier, check]) =>
          tier.kind === kind && typeof tier.check === 'string' ? [check] : [],
        ),
      );
    return {
      siteHealth: health('site'),
      originHealth: health('origin'),
      cdnHealth: health('cdn'),
      regionHealth: health('region'),
    };
  }
}
