/** Where a balancer sends the requests of a service: one group of targets for each colour, shared out by weights that a rollout moves. Makes no server. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListenerRule,
  ApplicationProtocol,
  ApplicationTargetGroup,
  HttpCodeTarget,
  ListenerAction,
  ListenerCondition,
  TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Colour } from '../../lambda/rollout/state';
import { signal } from '../alerting/signal';
import type { RolledService } from '../release/rolled-service';
import { type Balancer, FEW } from './balancer';

const ALGORITHMS = {
  'round-robin': TargetGroupLoadBalancingAlgorithmType.ROUND_ROBIN,
  'least-outstanding': TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
  'weighted-random': TargetGroupLoadBalancingAlgorithmType.WEIGHTED_RANDOM,
} as const;

/** By it the test listener knows which group is meant. */
const TEST_HEADER = 'x-holdfast-fleet';
/** Where NGINX listens on a server. */
const SERVER_PORT = 8080;

/** How requests are spread over the servers of a group. */
export interface Spreading {
  readonly algorithm: keyof typeof ALGORITHMS;
  /** How long a visitor stays with one server, and so with one release while two are there. @default not at all */
  readonly sticky?: Duration;
  /** How long a leaving server may finish its requests. */
  readonly drain: Duration;
  /** For so long a new server gets fewer requests than its share, 30–900 s; by 'round-robin' alone. @default not at all */
  readonly slowStart?: Duration;
}

/** Requests for these paths or hosts; both where both are given. */
export interface Route {
  /** Of the listener's rules, 10 or more: those below are for whoever closes the site. */
  readonly priority: number;
  /** Such as '/search/*'. @default any */
  readonly paths?: readonly string[];
  /** Such as 'admin.example.com'. @default any */
  readonly hosts?: readonly string[];
}

export interface TargetPairProps extends Spreading {
  readonly vpc: IVpc;
  readonly balancer: Balancer;
  /** Name of the service, by which the test listener knows it. */
  readonly service: string;
  /** Percent of its requests, 100 in all. */
  readonly weights: Readonly<Record<Colour, number>>;
  /** Its place among the test listener's rules, from 1 on: two each. @default 1 */
  readonly place?: number;
  /** @default all that no other service's route takes */
  readonly route?: Route;
}

export class TargetPair extends Construct {
  readonly targetGroups: Readonly<Record<Colour, ApplicationTargetGroup>>;
  readonly #balancer: Balancer;
  readonly #rule?: ApplicationListenerRule;

  constructor(scope: Construct, id: string, props: TargetPairProps) {
    super(scope, id);
    const { balancer, service, weights, sticky, place = 1, route } = props;
    this.#balancer = balancer;
    const { blue, green } = { blue: this.#targets('Blue', props), green: this.#targets('Green', props) };
    this.targetGroups = { blue, green };
    const action = ListenerAction.weightedForward(
      [
        { targetGroup: blue, weight: weights.blue },
        { targetGroup: green, weight: weights.green },
      ],
      { stickinessDuration: sticky }, // a listener refuses groups that stick to a server where it doesn't stick to a group
    );
    if (route) {
      const { priority, paths, hosts } = route;
      const conditions = [
        ...(paths ? [ListenerCondition.pathPatterns([...paths])] : []),
        ...(hosts ? [ListenerCondition.hostHeaders([...hosts])] : []),
      ];
      this.#rule = new ApplicationListenerRule(this, 'Route', {
        listener: balancer.listener,
        priority,
        conditions,
        action,
      });
    } else balancer.listener.addAction('Default', { action });
    for (const [index, [colour, targets]] of Object.entries(this.targetGroups).entries())
      new ApplicationListenerRule(this, `Test${index + 1}`, {
        listener: balancer.testListener,
        priority: 2 * place - 1 + index,
        conditions: [ListenerCondition.httpHeader(TEST_HEADER, [`${service}-${colour}`])],
        action: ListenerAction.forward([targets]),
      });
  }

  #targets(id: string, props: TargetPairProps): ApplicationTargetGroup {
    return new ApplicationTargetGroup(this, id, {
      vpc: props.vpc,
      port: SERVER_PORT,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.INSTANCE,
      loadBalancingAlgorithmType: ALGORITHMS[props.algorithm],
      enableAnomalyMitigation: props.algorithm === 'weighted-random' ? true : undefined, // what that algorithm is for
      stickinessCookieDuration: props.sticky,
      deregistrationDelay: props.drain,
      slowStart: props.slowStart,
      healthCheck: {
        path: '/livez', // shallow: a database failover must not end every server
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
  }

  /** For whoever moves the weights. */
  get balanced(): NonNullable<RolledService['balanced']> {
    const { blue, green } = this.targetGroups;
    const of = ({ targetGroupArn: arn, targetGroupFullName: fullName }: ApplicationTargetGroup) => ({ arn, fullName });
    return {
      targetGroups: { blue: of(blue), green: of(green) },
      listenerArn: this.#balancer.listener.listenerArn,
      ...(this.#rule && { ruleArn: this.#rule.listenerRuleArn }),
      loadBalancerFullName: this.#balancer.loadBalancer.loadBalancerFullName,
      test: this.#balancer.test,
    };
  }

  /** What a service's own requests come to, beside those of all that the balancer tells. */
  get traffic() {
    const period = Duration.minutes(1);
    const { loadBalancerFullName: LoadBalancer } = this.#balancer.loadBalancer;
    const of = (
      name: string,
      metric: (targets: ApplicationTargetGroup, dimensionsMap: Record<string, string>) => IMetric,
    ) =>
      Object.fromEntries(
        Object.entries(this.targetGroups).map(([colour, targets]) => [
          `${name}_${colour}`,
          metric(targets, { TargetGroup: targets.targetGroupFullName, LoadBalancer }),
        ]),
      );
    const sum = (dimensionsMap: Record<string, string>) => ({ period, statistic: 'Sum', dimensionsMap });
    const math = (expression: string, usingMetrics: Record<string, IMetric>) =>
      new MathExpression({ expression, usingMetrics, period });
    const both = (name: string) => `FILL(${name}_blue, 0) + FILL(${name}_green, 0)`;
    const all = math(
      both('all'),
      of('all', ({ metrics }, at) => metrics.requestCount(sum(at))),
    );
    const failed = math(
      both('failed'),
      of('failed', ({ metrics }, at) => metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum(at))),
    );
    const slowest = math(
      'MAX([latency_blue, latency_green])',
      of('latency', ({ metrics }, dimensionsMap) =>
        metrics.targetResponseTime({ period, statistic: 'p95', dimensionsMap }),
      ),
    );
    return {
      errorRate: signal('percent', math(`IF(all > ${FEW}, 100 * failed / all, 0)`, { all, failed })),
      latencyP95: signal('seconds', math(`IF(all > ${FEW}, slowest, 0)`, { all, slowest })),
    };
  }

  /** Of both groups together: the resting one reports nothing. */
  get signals() {
    const period = Duration.minutes(1);
    const both = (
      together: 'SUM' | 'MAX',
      metric: (group: ApplicationTargetGroup, dimensionsMap: object) => IMetric,
    ) => {
      const { loadBalancerFullName: LoadBalancer } = this.#balancer.loadBalancer;
      const usingMetrics = Object.fromEntries(
        Object.entries(this.targetGroups).map(([colour, group]) => [
          colour,
          // CDK takes the balancer's name out of a listener's ARN, which CloudFormation can't do with another stack's
          metric(group, { TargetGroup: group.targetGroupFullName, LoadBalancer }),
        ]),
      );
      return signal('count', new MathExpression({ expression: `${together}([blue, green])`, usingMetrics, period }));
    };
    return {
      unhealthyServers: both('MAX', ({ metrics }, dimensionsMap) =>
        metrics.unhealthyHostCount({ period, statistic: 'Maximum', dimensionsMap: { ...dimensionsMap } }),
      ),
      healthyServers: both('SUM', ({ metrics }, dimensionsMap) =>
        metrics.healthyHostCount({ period, statistic: 'Minimum', dimensionsMap: { ...dimensionsMap } }),
      ),
    };
  }
}
