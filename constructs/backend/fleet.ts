/** The servers of a service behind the balancer, more or fewer by their CPU, in two groups of which one rests between releases. Not what runs on them: app/. */
import { Duration } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { POOL_METRIC } from '../../app/backend/metrics/pool';
import type { Colour } from '../../lambda/rollout/state';
import type { MetricsWorkspace } from '../alerting/metrics-workspace';
import { signal } from '../alerting/signal';
import type { Logs } from '../storage/logs';
import { FleetScaling, type Scaling } from './scaling';
import { AGENT_NAMESPACE, ServerGroup, type ServerGroupProps } from './server-group';

/** What an instance class limits: bandwidth in and out, packets, connections followed, requests to DNS and metadata. */
const ALLOWANCES = ['bw_in', 'bw_out', 'pps', 'conntrack', 'linklocal'];

export interface FleetProps extends ServerGroupProps {
  readonly logGroup: Logs;
  readonly scaling: Scaling;
  readonly targetGroups: Readonly<Record<Colour, ApplicationTargetGroup>>;
  /** How long those go on sending to a server that leaves. */
  readonly drain: Duration;
  /** Have what the active group may grow by ready, stopped. @default false */
  readonly warmPool?: boolean;
  /** Whether they keep a copy of the site, and so tell when they can't. @default true */
  readonly servesSite?: boolean;
  /** A managed Prometheus that the agents write to. @default none */
  readonly workspace?: MetricsWorkspace;
  /** Whether the agents send spans to X-Ray. @default false */
  readonly tracing?: boolean;
}

const math = (expression: string, usingMetrics: Record<string, IMetric>) =>
  new MathExpression({ expression, usingMetrics, period: Duration.minutes(1) });

export class Fleet extends ServerGroup {
  readonly #environment: string;
  /** Whether it can grow. */
  readonly #scales: boolean;
  readonly #siteCopyFailures?: MetricFilter;

  constructor(scope: Construct, id: string, props: FleetProps) {
    const { scaling, targetGroups, drain, warmPool } = props;
    super(scope, id, props, { first: scaling.min, description: 'Servers', targetGroups, drain, warmPool });
    this.#environment = props.environmentName;
    this.#scales = scaling.min < scaling.max;
    if (props.servesSite ?? true)
      this.#siteCopyFailures = props.logGroup.count(
        'SiteCopyFailures',
        FilterPattern.allTerms('site:', 'goes on being served'),
      );
    if (props.workspace)
      this.role.addToPolicy(
        new PolicyStatement({ actions: ['aps:RemoteWrite'], resources: [props.workspace.workspaceArn] }),
      );
    if (props.tracing)
      this.role.addToPolicy(
        new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }), // they know no narrower one
      );
    for (const [colour, group] of Object.entries(this.groups) as [Colour, AutoScalingGroup][]) {
      const cpu = this.#metric(colour, 'AWS/EC2', 'CPUUtilization');
      new FleetScaling(group, 'Scaling', { group, cpu, ...scaling });
    }
  }

  /** Of one whole group: by 'Average' its load, by 'Maximum' the server that is worst off. */
  #metric(colour: Colour, namespace: string, metricName: string, statistic = 'Average'): Metric {
    const dimensionsMap = { AutoScalingGroupName: this.groups[colour].autoScalingGroupName };
    return new Metric({ namespace, metricName, dimensionsMap, statistic, period: Duration.minutes(1) });
  }

  /** Of the group that is worse off, or has more servers: the resting one reports nothing, or none. */
  #worse(namespace: string, metricName: string, statistic?: string): MathExpression {
    const of = (colour: Colour) => this.#metric(colour, namespace, metricName, statistic);
    return math('MAX([blue, green])', { blue: of('blue'), green: of('green') });
  }

  /** The driver counts what the instance class doesn't allow from its start on, so a minute's share is a difference; the agent makes it of the interfaces' drops only. */
  #packetsLost(colour: Colour): MathExpression {
    const sum = (name: string) => this.#metric(colour, AGENT_NAMESPACE, name, 'Sum');
    const over = ALLOWANCES.map((name) => [name, sum(`ethtool_${name}_allowance_exceeded`)] as const);
    return math(
      [
        ...ALLOWANCES.map((name) => `IF(DIFF(${name}) > 0, DIFF(${name}), 0)`),
        'FILL(dropped_in, 0)',
        'FILL(dropped_out, 0)',
      ].join(' + '),
      { ...Object.fromEntries(over), dropped_in: sum('net_drop_in'), dropped_out: sum('net_drop_out') },
    );
  }

  get signals() {
    const period = Duration.minutes(1);
    const dimensionsMap = { Environment: this.#environment };
    const siteCopyFailures = this.#siteCopyFailures?.metric({ statistic: 'Sum', period });
    const wanted = this.#worse('AWS/AutoScaling', 'GroupDesiredCapacity', 'Minimum');
    return {
      fleetCpu: signal('percent', this.#worse('AWS/EC2', 'CPUUtilization')),
      fleetMemory: signal('percent', this.#worse(AGENT_NAMESPACE, 'mem_used_percent', 'Maximum')),
      fleetDisk: signal('percent', this.#worse(AGENT_NAMESPACE, 'disk_used_percent', 'Maximum')),
      fleetIowait: signal('percent', this.#worse(AGENT_NAMESPACE, 'cpu_usage_iowait', 'Maximum')),
      poolWaiting: signal('count', new Metric({ ...POOL_METRIC, dimensionsMap, statistic: 'Maximum', period })),
      packetsLost: signal('count', this.#packetsLost('blue'), this.#packetsLost('green')), // one alarm takes 10 metrics
      serversInService: signal('count', this.#worse('AWS/AutoScaling', 'GroupInServiceInstances', 'Minimum')),
      serversWanted: signal('count', ...(this.#scales ? [wanted] : [])),
      siteCopyFailures: signal('count', ...(siteCopyFailures ? [siteCopyFailures] : [])),
    };
  }
}
