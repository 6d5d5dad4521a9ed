/** An auto scaling group of servers behind the balancer, each set up at boot from two checked archives. Not what runs on them: app/. */
import { Duration, Fn, Stack } from 'aws-cdk-lib';
import {
  AdditionalHealthCheckType,
  AutoScalingGroup,
  type CfnAutoScalingGroup,
  GroupMetrics,
  HealthChecks,
  InstanceRefreshStrategy,
  ScalingEvents,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  type IConnectable,
  type IMachineImage,
  type InstanceType,
  type IVpc,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { POOL_METRIC } from '../../app/backend/metrics/pool';
import type { MetricsWorkspace } from '../alerting/metrics-workspace';
import { signal } from '../alerting/signal';
import { awsPolicy, exempt } from '../exemptions';
import type { Logs } from '../storage/logs';
import { bootCommands } from './boot';
import { FleetScaling, type Scaling, WARM_UP } from './scaling';

/** From launch to a good /livez: packages, two archives, migrations. */
const BOOT = Duration.minutes(10);
const AGENT_NAMESPACE = 'Holdfast';
/** What an instance class limits: bandwidth in and out, packets, connections followed, requests to DNS and metadata. */
const ALLOWANCES = ['bw_in', 'bw_out', 'pps', 'conntrack', 'linklocal'];

export interface FleetProps {
  readonly vpc: IVpc;
  /** arm64, as `image` is. */
  readonly instanceType: InstanceType;
  /** Amazon Linux 2023 for arm64. Another one replaces the servers, one after the other. */
  readonly image: IMachineImage;
  readonly scaling: Scaling;
  readonly targetGroup: ApplicationTargetGroup;
  /** Archive of app/server and the sha256 of its bytes. */
  readonly server: { readonly asset: Asset; readonly sha256: string };
  /** Written to /etc/holdfast/environment: names and addresses, never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Read by the servers when they start. */
  readonly secrets: readonly ISecret[];
  readonly logGroup: Logs;
  /** A managed Prometheus that the agents write to. @default none */
  readonly workspace?: MetricsWorkspace;
  /** Whether the agents send spans to X-Ray. @default false */
  readonly tracing?: boolean;
  /** Hears of each server that comes or goes. */
  readonly notices: ITopic;
}

export class Fleet extends Construct implements IConnectable {
  readonly group: AutoScalingGroup;
  readonly role: Role;
  readonly #environment: string;
  /** Whether it can grow. */
  readonly #scales: boolean;
  readonly #siteCopyFailures: MetricFilter;

  constructor(scope: Construct, id: string, props: FleetProps) {
    super(scope, id);
    const { vpc, scaling } = props;
    this.#environment = props.environment.ENVIRONMENT ?? '';
    this.#scales = scaling.min < scaling.max;
    this.#siteCopyFailures = props.logGroup.count(
      'SiteCopyFailures',
      FilterPattern.allTerms('site:', 'goes on being served'),
    );
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore')],
    });
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'], // the action knows no narrower resource; the condition narrows it
        conditions: { StringEquals: { 'cloudwatch:namespace': AGENT_NAMESPACE } },
      }),
    );
    this.role.addToPolicy(new PolicyStatement({ actions: ['ec2:DescribeTags'], resources: ['*'] })); // the agent asks for its group's name
    if (props.workspace)
      this.role.addToPolicy(
        new PolicyStatement({ actions: ['aps:RemoteWrite'], resources: [props.workspace.workspaceArn] }),
      );
    if (props.tracing)
      this.role.addToPolicy(
        new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }), // they know no narrower one
      );
    this.#allowSecrets(props.secrets);
    props.logGroup.grantWrite(this.role);
    const { bucket, s3ObjectKey } = props.server.asset;
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(s3ObjectKey)] }),
    );
    exempt(this.role, 'awsPolicy', awsPolicy('AmazonSSMManagedInstanceCore'));
    exempt(this.role, 'wildcard', 'Resource::*');

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Servers',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS and packages');
    const userData = UserData.custom('#!/bin/bash'); // the rest needs the group's logical id, below
    const template = new LaunchTemplate(this, 'LaunchTemplate', {
      instanceType: props.instanceType,
      machineImage: props.image,
      role: this.role,
      securityGroup,
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(20, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
      userData,
    });
    const vpcSubnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
    this.group = new AutoScalingGroup(this, 'Group', {
      vpc,
      vpcSubnets,
      launchTemplate: template,
      notifications: [{ topic: props.notices, scalingEvents: ScalingEvents.ALL }],
      minCapacity: scaling.min,
      maxCapacity: scaling.max,
      healthChecks: HealthChecks.withAdditionalChecks({
        gracePeriod: Duration.minutes(5),
        additionalTypes: [AdditionalHealthCheckType.ELB],
      }),
      groupMetrics: [GroupMetrics.all()],
      // percentages of the live capacity: a rolling update with a fixed minimum would shrink a fleet that has scaled out
      updatePolicy: UpdatePolicy.instanceRefresh({
        strategy: InstanceRefreshStrategy.ROLLING,
        minHealthyPercentage: 100,
        maxHealthyPercentage: 150,
        instanceWarmup: WARM_UP,
      }),
    });
    this.group.node.addDependency(this.role); // with its policy: the first boot reads secrets at once
    this.group.attachToApplicationTargetGroup(props.targetGroup);
    exempt(this.group, 'oneClass');
    const resource = this.group.node.defaultChild as CfnAutoScalingGroup;
    resource.availabilityZones = vpc.selectSubnets(vpcSubnets).availabilityZones;
    // the first deployment must end with healthy servers; a refresh, which knows no signals, waits by itself
    resource.cfnOptions.creationPolicy = { resourceSignal: { count: scaling.min, timeout: BOOT.toIsoString() } };
    const { region, stackName } = Stack.of(this);
    const { asset, sha256 } = props.server;
    userData.addCommands(
      ...bootCommands({
        region,
        stackName,
        groupId: Stack.of(this).getLogicalId(resource),
        archive: { url: asset.s3ObjectUrl, sha256 },
        environment: props.environment,
      }),
    );
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['cloudformation:SignalResource'], resources: [Fn.ref('AWS::StackId')] }),
    );
    new FleetScaling(this, 'Scaling', { group: this.group, cpu: this.#cpu(), ...scaling });
  }

  get connections() {
    return this.group.connections;
  }

  /** Not `secret.grantRead`: it writes the role into the policy of a key that an earlier stack owns, which ends in a cycle. */
  #allowSecrets(secrets: readonly ISecret[]): void {
    const keys = [...new Set(secrets.flatMap(({ encryptionKey }) => encryptionKey?.keyArn ?? []))];
    const allow = (action: string, resources: string[]) =>
      new PolicyStatement({
        actions: [action],
        resources,
        ...(action === 'kms:Decrypt' && {
          conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` } },
        }),
      });
    this.role.addToPolicy(
      allow(
        'secretsmanager:GetSecretValue',
        secrets.map(({ secretArn }) => secretArn),
      ),
    );
    if (keys.length > 0) this.role.addToPolicy(allow('kms:Decrypt', keys));
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
      usingMetrics: {
        ...Object.fromEntries(over),
        dropped_in: sum('net_drop_in'),
        dropped_out: sum('net_drop_out'),
      },
      period: Duration.minutes(1),
    });
  }

  get signals() {
    return {
      fleetCpu: signal('percent', this.#cpu()),
      fleetMemory: signal('percent', this.#metric(AGENT_NAMESPACE, 'mem_used_percent', 'Maximum')),
      fleetDisk: signal('percent', this.#metric(AGENT_NAMESPACE, 'disk_used_percent', 'Maximum')),
      fleetIowait: signal('percent', this.#metric(AGENT_NAMESPACE, 'cpu_usage_iowait', 'Maximum')),
      poolWaiting: signal(
        'count',
        new Metric({
          ...POOL_METRIC,
          dimensionsMap: { Environment: this.#environment },
          statistic: 'Maximum',
          period: Duration.minutes(1),
        }),
      ),
      packetsLost: signal('count', this.#packetsLost()),
      serversInService: signal('count', this.#metric('AWS/AutoScaling', 'GroupInServiceInstances', 'Minimum')),
      serversWanted: signal(
        'count',
        ...(this.#scales ? [this.#metric('AWS/AutoScaling', 'GroupDesiredCapacity', 'Minimum')] : []),
      ),
      siteCopyFailures: signal(
        'count',
        this.#siteCopyFailures.metric({ statistic: 'Sum', period: Duration.minutes(1) }),
      ),
    };
  }
}
