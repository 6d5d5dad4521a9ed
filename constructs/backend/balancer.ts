/** The application load balancer and its listeners, one for visitors and one for tests: internal for CloudFront alone, or public with a certificate. What they send where is each service's. */
import { Duration } from 'aws-cdk-lib';
import { CfnZonalAutoshiftConfiguration } from 'aws-cdk-lib/aws-arczonalshift';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AlarmRule,
  type CfnCompositeAlarm,
  CompositeAlarm,
  type IMetric,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  HttpCodeElb,
  HttpCodeTarget,
  ListenerAction,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { exempt } from '../exemptions';
import { TEST_PORT } from '../release/rolled-service';
import { PrivateBucket } from '../storage/private-bucket';

/** So few requests in a minute say nothing: one slow or failed one of two at night is no page. */
export const FEW = 20;

export interface BalancerProps {
  readonly vpc: IVpc;
  /** The balancer is public then. @default internal, plain HTTP, for CloudFront alone */
  readonly publicName?: {
    readonly name: string;
    readonly certificate: ICertificate;
    /** Addresses from which the network reaches the outside, and so the balancer: tests come from there. */
    readonly testsFrom: readonly string[];
  };
  /** CloudFront's origin-facing prefix list of the region; needed when internal. */
  readonly cloudFrontPrefixList: string;
  readonly accessLogRetention: Duration;
  /** A request that takes longer spends the budget of slow ones. @default 500 ms */
  readonly slowAfter?: Duration;
  /** Keep the access logs when the stack goes, and refuse the balancer's deletion. @default true */
  readonly retain?: boolean;
}

export class Balancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  /** Has no action until a service gives it one. */
  readonly listener: ApplicationListener;
  /** For who asks one group of servers, whatever the weights are. Open to the network's own way out alone, and to whom a security group lets in. */
  readonly testListener: ApplicationListener;
  /** Takes the access logs of other buckets too. */
  readonly accessLogs: Bucket;
  readonly #slowAfter: Duration;
  readonly #name?: string;

  constructor(scope: Construct, id: string, props: BalancerProps) {
    super(scope, id);
    const { vpc, publicName, retain = true } = props;
    this.#name = publicName?.name;
    this.#slowAfter = props.slowAfter ?? Duration.millis(500);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Balancer',
      allowAllOutbound: false,
    });
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: publicName !== undefined,
      vpcSubnets: { subnetType: publicName ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      securityGroup,
      dropInvalidHeaderFields: true,
      deletionProtection: retain,
    });
    this.loadBalancer.setAttribute('zonal_shift.config.enabled', 'true'); // a zone can be left by hand
    this.accessLogs = new PrivateBucket(this, 'AccessLogs', {
      expiration: props.accessLogRetention,
      oldVersions: Duration.days(1),
      retain,
    });
    this.loadBalancer.logAccessLogs(this.accessLogs);
    if (!retain) exempt(this.loadBalancer, 'deletable');
    if (publicName) exempt(securityGroup, 'visitors');
    const secure = publicName && { protocol: ApplicationProtocol.HTTPS, certificates: [publicName.certificate] };
    const plain = { protocol: ApplicationProtocol.HTTP };
    this.listener = this.loadBalancer.addListener(secure ? 'Https' : 'Http', {
      ...(secure ?? plain),
      port: secure ? 443 : 80,
      open: secure !== undefined,
    });
    this.testListener = this.loadBalancer.addListener('Test', {
      ...(secure ?? plain),
      port: TEST_PORT,
      open: false,
      defaultAction: ListenerAction.fixedResponse(404),
    });
    for (const address of publicName?.testsFrom ?? [])
      securityGroup.addIngressRule(Peer.ipv4(`${address}/32`), Port.tcp(TEST_PORT), 'Tests, by the way out');
    if (secure) this.loadBalancer.addRedirect({ open: true });
    else {
      exempt(this.listener, 'insideHttp');
      exempt(this.testListener, 'insideHttp');
      securityGroup.addIngressRule(Peer.prefixList(props.cloudFrontPrefixList), Port.tcp(80), 'CloudFront VPC origin');
    }
  }

  /**
   * Lets AWS take it out of a zone that fails, and practise that for half an hour a week.
   * @param alarms names: no practice begins while one rings, and one that begins to ring ends it
   * @param parts topic that nobody subscribes to: the alarm behind it tells
   */
  shiftItself(alarms: readonly string[], parts: ITopic): void {
    // one for all of them, as an experiment has it (constructs/game-days/experiments.ts)
    const any = new CompositeAlarm(this, 'AutoshiftStop', {
      alarmRule: AlarmRule.anyOf(...alarms.map((name) => AlarmRule.fromString(`ALARM("${name}")`))),
      alarmDescription: 'AutoshiftStop: ends a practice run, and tells nobody: the alarm behind it does.',
    });
    any.addAlarmAction(new SnsAction(parts));
    (any.node.defaultChild as CfnCompositeAlarm).alarmName = undefined; // CDK's own is the same in every environment
    const conditions = [{ type: 'CLOUDWATCH', alarmIdentifier: any.alarmArn }];
    new CfnZonalAutoshiftConfiguration(this, 'Autoshift', {
      resourceIdentifier: this.loadBalancer.loadBalancerArn,
      zonalAutoshiftStatus: 'ENABLED',
      practiceRunConfiguration: { outcomeAlarms: conditions, blockingAlarms: conditions },
    });
  }

  /** Where the test listener is, and the name it answers to. */
  get test() {
    const { loadBalancerDnsName } = this.loadBalancer;
    return {
      url: `${this.#name ? 'https' : 'http'}://${loadBalancerDnsName}:${TEST_PORT}`,
      ...(this.#name && { serverName: this.#name }),
    };
  }

  get signals() {
    const period = Duration.minutes(1);
    const { metrics } = this.loadBalancer;
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
    const time = (statistic: string) => metrics.targetResponseTime({ period, statistic });
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
    };
  }
}
