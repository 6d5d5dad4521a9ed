/** The site's public name: CloudFront first, the balancer when CloudFront fails its health checks. Not the origin's own name. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnHealthCheck, CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';

/** CloudFront's hosted zone for aliases, the same for every distribution. */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

interface Place {
  readonly domainName: string;
  readonly hostedZoneId: string;
}

export interface PublicNamesProps {
  readonly name: string;
  readonly zoneId: string;
  /** The distribution's own name: asking the public one would heal the check by its own failover. */
  readonly distributionDomainName: string;
  /** Where visitors go when CloudFront fails. @default nowhere */
  readonly secondary?: Place & { readonly checkedName: string };
}

export class PublicNames extends Construct {
  readonly #site: CfnHealthCheck;
  readonly #origin: CfnHealthCheck | undefined;

  constructor(scope: Construct, id: string, { name, zoneId, distributionDomainName, secondary }: PublicNamesProps) {
    super(scope, id);
    const check = (checkId: string, fullyQualifiedDomainName: string) =>
      new CfnHealthCheck(this, checkId, {
        healthCheckConfig: {
          type: 'HTTPS',
          fullyQualifiedDomainName,
          resourcePath: '/health.txt', // the tier's own file: the database's health would take both tiers down at once
          port: 443,
          enableSni: true,
          requestInterval: 30,
          failureThreshold: 3,
        },
      });
    this.#site = check('SiteCheck', distributionDomainName);
    this.#origin = secondary && check('OriginCheck', secondary.checkedName);
    const records = (role: 'Primary' | 'Secondary', place: Place, health: CfnHealthCheck | undefined) => {
      // AAAA of the balancer too: it has no such address, and the empty answer leads visitors to A, not back to CloudFront
      for (const type of ['A', 'AAAA']) {
        new CfnRecordSet(this, `${role}${type}`, {
          name: `${name}.`,
          type,
          hostedZoneId: zoneId,
          aliasTarget: { dnsName: place.domainName, hostedZoneId: place.hostedZoneId, evaluateTargetHealth: false },
          ...(secondary && {
            failover: role.toUpperCase(),
            setIdentifier: role,
            healthCheckId: health?.attrHealthCheckId,
          }),
        });
      }
    };
    records('Primary', { domainName: distributionDomainName, hostedZoneId: CLOUDFRONT_ZONE }, this.#site);
    if (secondary) records('Secondary', secondary, this.#origin);
  }

  /** Published in us-east-1 only: 1 is healthy, 0 is not. */
  get signals() {
    const status = (check: CfnHealthCheck) =>
      new Metric({
        namespace: 'AWS/Route53',
        metricName: 'HealthCheckStatus',
        statistic: 'Minimum',
        period: Duration.minutes(1),
        region: 'us-east-1',
        dimensionsMap: { HealthCheckId: check.attrHealthCheckId },
      });
    return {
      siteHealth: signal('count', status(this.#site)),
      originHealth: signal('count', ...(this.#origin ? [status(this.#origin)] : [])),
    };
  }
}
