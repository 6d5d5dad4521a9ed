/** The servers behind the balancer, more or fewer by their CPU. Not what runs on them: app/. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { POOL_METRIC } from '../../app/backend/metrics/pool';
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
  readonly targetGroup: ApplicationTargetGroup;
  /** A managed Prometheus that the agents write to. @default none */
  readonly workspace?: MetricsWorkspace;
  /** Whether the agents send spans to X-Ray. @default false */
  readonly tracing?: boolean;
}

export class Fleet extends ServerGroup {
  readonly #environment: string;
  /** Whether it can grow. */
  readonly #scales: boolean;
  readonly #siteCopyFailures: MetricFilter;

  constructor(scope: Construct, id: string, props: FleetProps) {
    const { scaling, targetGroup } = props;
    super(scope, id, props, { ...scaling, targetGroup, description: 'Servers' });
    this.#environment = props.environment.ENVIRONMENT ?? '';
    this.#scales = scaling.min < scaling.max;
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
    new FleetScaling(this, 'Scaling', { group: this.group, cpu: this.#cpu(), ...scaling });
  }

  #cpu(): Metric {
    return this.#metric('AWS/EC2', 'CPUUtilization');
  }

  /** Of the whole group: by 'Average' its load, by 'Maximum' the server that is worst off. */
  #metric(namespace: string, metricName: string, statistic = 'Average'): Metric {
    const dimensionsMap = { AutoScalingGroupName: this.group.autoScalingGroupName };
    return new Metric({ namespace, metricName, dimensionsMap, statistic, period: Duration.minutes(1) });
  }

  /** The driver counts what the instance class doesn't allow from its start on, so a minute's share is a difference; the agent makes it of the interfaces' drops only. */
  #packetsLost(): MathExpression {
    const sum = (name: string) => this.#metric(AGENT_NAMESPACE, name, 'Sum');
    const over = ALLOWANCES.map((name) => [name, sum(`ethtool_${name}_allowance_exceeded`)] as const);
    return new MathExpression({
      expression: [
        ...ALLOWANCES.map((name) => `IF(DIFF(${name}) > 0, DIFF(${name}), 0)`),
        'FILL(dropped_in, 0)',
        'FILL(dropped_out, 0)',
      ].join(' + '),
      usingMetrics: { ...Object.fromEntries(over), dropped_in: sum('net_drop_in'), dropped_out: sum('net_drop_out') },
      period: Duration.minutes(1),
    });
  }

  get signals() {
    const period = Duration.minutes(1);
    const dimensionsMap = { Environment: this.#environment };
    const wanted = this.#metric('AWS/AutoScaling', 'GroupDesiredCapacity', 'Minimum');
    return {
      fleetCpu: signal('percent', this.#cpu()),
      fleetMemory: signal('percent', this.#metric(AGENT_NAMESPACE, 'mem_used_percent', 'Maximum')),
      fleetDisk: signal('percent', this.#metric(AGENT_NAMESPACE, 'disk_used_percent', 'Maximum')),
      fleetIowait: signal('percent', this.#metric(AGENT_NAMESPACE, 'cpu_usage_iowait', 'Maximum')),
      poolWaiting: signal('count', new Metric({ ...POOL_METRIC, dimensionsMap, statistic: 'Maximum', period })),
      packetsLost: signal('count', this.#packetsLost()),
      serversInService: signal('count', this.#metric('AWS/AutoScaling', 'GroupInServiceInstances', 'Minimum')),
      serversWanted: signal('count', ...(this.#scales ? [wanted] : [])),
      siteCopyFailures: signal('count', this.#siteCopyFailures.metric({ statistic: 'Sum', period })),
    };
  }
}
