/** The application load balancer and its group of servers: internal for CloudFront alone, or public with a certificate. Makes no server. */
import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
  ListenerAction,
  TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { exempt } from '../exemptions';
import { PrivateBucket } from '../storage/private-bucket';

const ALGORITHMS = {
  'round-robin': TargetGroupLoadBalancingAlgorithmType.ROUND_ROBIN,
  'least-outstanding': TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
  'weighted-random': TargetGroupLoadBalancingAlgorithmType.WEIGHTED_RANDOM,
} as const;

/** So few requests in a minute say nothing: one slow or failed one of two at night is no page. */
const FEW = 20;

/** Where NGINX listens on a server. */
const SERVER_PORT = 8080;

export interface BalancerProps {
  readonly vpc: IVpc;
  /** Of the public names: the balancer is public then. @default internal, plain HTTP, for CloudFront alone */
  readonly certificate?: ICertificate;
  /** CloudFront's origin-facing prefix list of the region; needed when internal. */
  readonly cloudFrontPrefixList: string;
  readonly algorithm: keyof typeof ALGORITHMS;
  /** How long a visitor stays with one server. @default not at all */
  readonly sticky?: Duration;
  /** How long a leaving server may finish its requests. */
  readonly drain: Duration;
  readonly accessLogRetention: Duration;
  /** A request that takes longer spends the budget of slow ones. @default 500 ms */
  readonly slowAfter?: Duration;
  /** Keep the access logs when the stack goes, and refuse the balancer's deletion. @default true */
  readonly retain?: boolean;
}

export class Balancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;
  /** Takes the access logs of other buckets too. */
  readonly accessLogs: Bucket;
  readonly #slowAfter: Duration;

  constructor(scope: Construct, id: string, props: BalancerProps) {
    super(scope, id);
    const { vpc, certificate, retain = true } = props;
    this.#slowAfter = props.slowAfter ?? Duration.millis(500);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Balancer',
      allowAllOutbound: false,
    });
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: certificate !== undefined,
      vpcSubnets: { subnetType: certificate ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      securityGroup,
      dropInvalidHeaderFields: true,
      deletionProtection: retain,
    });
    this.accessLogs = new PrivateBucket(this, 'AccessLogs', {
      expiration: props.accessLogRetention,
      oldVersions: Duration.days(1),
      retain,
    });
    this.loadBalancer.logAccessLogs(this.accessLogs);
    if (!retain) exempt(this.loadBalancer, 'deletable');
    if (certificate) exempt(securityGroup, 'visitors');
    this.targetGroup = new ApplicationTargetGroup(this, 'Servers', {
      vpc,
      port: SERVER_PORT,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.INSTANCE,
      loadBalancingAlgorithmType: ALGORITHMS[props.algorithm],
      stickinessCookieDuration: props.sticky,
      deregistrationDelay: props.drain,
      healthCheck: {
        path: '/livez', // shallow: a database failover must not end every server
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
    const defaultAction = ListenerAction.forward([this.targetGroup]);
    if (certificate) {
      this.loadBalancer.addListener('Https', {
        port: 443,
        protocol: ApplicationProtocol.HTTPS,
        certificates: [certificate],
        defaultAction,
        open: true,
      });
      this.loadBalancer.addRedirect({ open: true });
    } else {
      const listener = this.loadBalancer.addListener('Http', {
        port: 80,
        protocol: ApplicationProtocol.HTTP,
        defaultAction,
        open: false,
      });
      exempt(listener, 'insideHttp');
      securityGroup.addIngressRule(Peer.prefixList(props.cloudFrontPrefixList), Port.tcp(80), 'CloudFront VPC origin');
    }
  }

  get signals() {
    const period = Duration.minutes(1);
    const { metrics } = this.loadBalancer;
    const servers = this.targetGroup.metrics;
    // CDK takes the balancer's name out of a listener's ARN, which CloudFormation can't do with another stack's
    const dimensionsMap = {
      TargetGroup: this.targetGroup.targetGroupFullName,
      LoadBalancer: this.loadBalancer.loadBalancerFullName,
    };
    const sum = { period, statistic: 'Sum' };
    const math = (expression: string, usingMetrics: Record<string, IMetric>) =>
      new MathExpression({ expression, usingMetrics, period });
    const requests = metrics.requestCount(sum);
    const failed = math('FILL(own, 0) + FILL(theirs, 0)', {
      own: metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
      theirs: metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
    });
    // what finds no server at all is answered with 503 and isn't counted as a request
    const all = math('IF(FILL(requests, 0) > failed, requests, failed)', { requests, failed });
    const time = (statistic: string) => servers.targetResponseTime({ period, statistic, dimensionsMap });
    const latency = (statistic: string) =>
      signal('seconds', math(`IF(FILL(requests, 0) > ${FEW}, latency, 0)`, { requests, latency: time(statistic) }));
    return {
      latencyP50: latency('p50'),
      latencyP95: latency('p95'),
      latencyP99: latency('p99'),
      requestRate: signal('count', math('FILL(requests, 0)', { requests })), // a minute without any counts as well
      requests: signal('count', all),
      failedRequests: signal('count', failed),
      answered: signal('count', time('SampleCount')),
      slowRequests: signal('count', time(`TC(${this.#slowAfter.toSeconds({ integral: false })}:)`)),
      errorRate: signal('percent', math(`IF(all > ${FEW}, 100 * failed / all, 0)`, { all, failed })),
      rejectedConnections: signal('count', metrics.rejectedConnectionCount(sum)),
      unhealthyServers: signal('count', servers.unhealthyHostCount({ period, statistic: 'Maximum', dimensionsMap })),
      healthyServers: signal('count', servers.healthyHostCount({ period, statistic: 'Minimum', dimensionsMap })),
    };
  }
}
