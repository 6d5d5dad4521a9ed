/** The servers behind the balancer, more or fewer by their CPU. Not what runs on them: app/. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { MetricsWorkspace } from '../alerting/metrics-workspace';
import { signal } from '../alerting/signal';
import { FleetScaling, type Scaling } from './scaling';
import { AGENT_NAMESPACE, ServerGroup, type ServerGroupProps } from './server-group';

export interface FleetProps extends ServerGroupProps {
  readonly scaling: Scaling;
  readonly targetGroup: ApplicationTargetGroup;
  /** A managed Prometheus that the agents write to. @default none */
  readonly workspace?: MetricsWorkspace;
  /** Whether the agents send spans to X-Ray. @default false */
  readonly tracing?: boolean;
}

export class Fleet extends ServerGroup {
  constructor(scope: Construct, id: string, props: FleetProps) {
    const { scaling, targetGroup } = props;
    super(scope, id, props, { ...scaling, targetGroup, description: 'Servers' });
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

  get signals() {
    return {
      fleetCpu: signal('percent', this.#cpu()),
      fleetMemory: signal('percent', this.#metric(AGENT_NAMESPACE, 'mem_used_percent', 'Maximum')),
      fleetDisk: signal('percent', this.#metric(AGENT_NAMESPACE, 'disk_used_percent', 'Maximum')),
      fleetIowait: signal('percent', this.#metric(AGENT_NAMESPACE, 'cpu_usage_iowait', 'Maximum')),
    };
  }
}
