/** A health check that asks a host from around the world, and the health of several as a signal. Leads nobody anywhere: records do. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnHealthCheck } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { signal } from '../alerting/signal';

/** How all checks of one name ask. */
export interface Asking {
  /** Between checks: 10 or 30 s. */
  readonly checkInterval: Duration;
  /** Failed checks in a row until it is down, good ones until it is back. */
  readonly failures: number;
}

export interface HostCheckProps extends Asking {
  readonly host: string;
  /** @default '/health.txt', the host's own file: the database's health would take all hosts down at once */
  readonly path?: string;
  /** Healthy means unhealthy then. @default false */
  readonly inverted?: boolean;
}

export const hostCheck = (scope: Construct, id: string, props: HostCheckProps): CfnHealthCheck =>
  new CfnHealthCheck(scope, id, {
    healthCheckConfig: {
      type: 'HTTPS',
      fullyQualifiedDomainName: props.host,
      resourcePath: props.path ?? '/health.txt',
      port: 443,
      enableSni: true,
      requestInterval: props.checkInterval.toSeconds(),
      failureThreshold: props.failures,
      inverted: props.inverted,
    },
  });

/** Published in us-east-1 only: 1 is healthy, 0 is not. */
export const healthOf = (...checks: readonly CfnHealthCheck[]) =>
  signal(
    'count',
    ...checks.map(
      ({ attrHealthCheckId }) =>
        new Metric({
          namespace: 'AWS/Route53',
          metricName: 'HealthCheckStatus',
          statistic: 'Minimum',
          period: Duration.minutes(1),
          region: 'us-east-1',
          dimensionsMap: { HealthCheckId: attrHealthCheckId },
        }),
    ),
  );
