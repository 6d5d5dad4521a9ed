/** Servers in one or two auto scaling groups with one launch template, each set up at boot from two checked archives: what fleet and workers have in common. Not what runs on them, and not when there are more. */
import { Duration, Fn, Stack } from 'aws-cdk-lib';
import {
  AdditionalHealthCheckType,
  AutoScalingGroup,
  type CfnAutoScalingGroup,
  CfnWarmPool,
  GroupMetrics,
  HealthChecks,
  InstanceRefreshStrategy,
  ScalingEvents,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  BlockDeviceVolume,
  Connections,
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
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Colour, Limits } from '../../lambda/rollout/state';
import { awsPolicy, exempt } from '../exemptions';
import { groupArn, wildcardFinding } from '../release/group-arn';
import { groupName } from '../release/rolled-service';
import { bootCommands } from './boot';
import { WARM_UP } from './scaling';

/** From launch to a good /livez: packages, two archives, migrations. */
const BOOT = Duration.minutes(10);
/** Then a server that has said nothing makes room for another. */
const READY = Duration.minutes(15);
/** Beyond the drain: services end within 40 s. */
const STOPPED = Duration.minutes(3);
export const AGENT_NAMESPACE = 'Holdfast';

export interface ServerGroupProps<C extends Colour = Colour> {
  readonly vpc: IVpc;
  /** Of the environment and of the service: with the colour the groups' names, by which all that moves them knows them. A change replaces them. */
  readonly environmentName: string;
  readonly service: string;
  /** Of each group, as it is now: none, where it rests. */
  readonly limits: Readonly<Record<C, Limits>>;
  /** arm64, as `image` is. */
  readonly instanceType: InstanceType;
  /** Amazon Linux 2023 for arm64. Another one replaces the servers, one after the other. */
  readonly image: IMachineImage;
  /** Archive of app/server and the sha256 of its bytes. */
  readonly server: { readonly asset: Asset; readonly sha256: string };
  /** Written to /etc/holdfast/environment, with ENVIRONMENT and SERVICE: names and addresses, never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Read by the servers when they start. */
  readonly secrets: readonly ISecret[];
  readonly logGroup: ILogGroup;
  /** Hears of each server that comes or goes. */
  readonly notices: ITopic;
}

interface Kind<C extends Colour> {
  /** Servers that must have said that they are well before the first deployment ends. */
  readonly first: number;
  /** What the servers are, for whoever looks at their security group. */
  readonly description: string;
  /** Sends them requests, and judges them. @default nobody: a server is well as long as EC2 says so */
  readonly targetGroups?: Readonly<Record<C, ApplicationTargetGroup>>;
  /** How long that one goes on sending to a server that leaves. @default not at all */
  readonly drain?: Duration;
  /** Have what the active group may grow by ready, stopped. @default false */
  readonly warmPool?: boolean;
}

const hook = (lifecycleHookName: string, change: string, defaultResult: string, timeout: Duration) => ({
  lifecycleHookName,
  lifecycleTransition: `autoscaling:EC2_INSTANCE_${change}`,
  defaultResult,
  heartbeatTimeout: timeout.toSeconds(),
});

export abstract class ServerGroup<C extends Colour = Colour> extends Construct implements IConnectable {
  readonly groups: Readonly<Record<C, AutoScalingGroup>>;
  readonly role: Role;
  readonly connections: Connections;

  constructor(scope: Construct, id: string, props: ServerGroupProps<C>, kind: Kind<C>) {
    super(scope, id);
    const { vpc } = props;
    const { description } = kind;
    const colours = Object.keys(props.limits) as C[];
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
    this.role.addToPolicy(new PolicyStatement({ actions: ['ec2:DescribeTags'], resources: ['*'] })); // the agent and the first boot ask for the group's name
    for (const colour of colours) {
      const name = groupName(props.environmentName, props.service, colour);
      const actions = ['autoscaling:CompleteLifecycleAction'];
      const group = groupArn(this, name);
      this.role.addToPolicy(new PolicyStatement({ actions, resources: [group] }));
      exempt(this.role, 'wildcard', wildcardFinding(this, group));
    }
    if (props.secrets.length > 0) this.#allowSecrets(props.secrets);
    props.logGroup.grantWrite(this.role);
    const { bucket, s3ObjectKey } = props.server.asset;
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(s3ObjectKey)] }),
    );
    exempt(this.role, 'awsPolicy', awsPolicy('AmazonSSMManagedInstanceCore'));
    exempt(this.role, 'wildcard', 'Resource::*');

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, description, allowAllOutbound: false });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS and packages');
    this.connections = new Connections({ securityGroups: [securityGroup] });
    const userData = UserData.custom('#!/bin/bash'); // the rest needs a group's logical id, below
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
    const made = colours.map((colour) => [colour, this.#group(colour, template, props, kind)] as const);
    this.groups = Object.fromEntries(made) as Record<C, AutoScalingGroup>;
    const { region, stackName } = Stack.of(this);
    const { asset, sha256 } = props.server;
    const first = made[0]?.[1].node.defaultChild as CfnAutoScalingGroup;
    // the first deployment must end with healthy servers; a refresh, which knows no signals, waits by itself
    if (kind.first > 0)
      first.cfnOptions.creationPolicy = { resourceSignal: { count: kind.first, timeout: BOOT.toIsoString() } };
    const { drain } = kind;
    userData.addCommands(
      ...bootCommands({
        region,
        stackName,
        groupId: Stack.of(this).getLogicalId(first),
        archive: { url: asset.s3ObjectUrl, sha256 },
        environment: {
          ENVIRONMENT: props.environmentName,
          SERVICE: props.service,
          ...(drain && { DRAIN_SECONDS: `${drain.toSeconds()}` }),
          ...props.environment,
        },
      }),
    );
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['cloudformation:SignalResource'], resources: [Fn.ref('AWS::StackId')] }),
    );
  }

  #group(colour: C, launchTemplate: LaunchTemplate, props: ServerGroupProps<C>, kind: Kind<C>): AutoScalingGroup {
    const { vpc, environmentName, service, limits } = props;
    const { targetGroups, drain = Duration.seconds(0), warmPool } = kind;
    const vpcSubnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
    const gracePeriod = Duration.minutes(1); // it has booted before it is in service
    const group = new AutoScalingGroup(this, colour === 'blue' ? 'Blue' : 'Green', {
      autoScalingGroupName: groupName(environmentName, service, colour),
      vpc,
      vpcSubnets,
      launchTemplate,
      notifications: [{ topic: props.notices, scalingEvents: ScalingEvents.ALL }],
      minCapacity: limits[colour].min,
      maxCapacity: limits[colour].max,
      healthChecks: targetGroups
        ? HealthChecks.withAdditionalChecks({ gracePeriod, additionalTypes: [AdditionalHealthCheckType.ELB] })
        : HealthChecks.ec2({ gracePeriod }),
      groupMetrics: [GroupMetrics.all()],
      // percentages of the live capacity: a rolling update with a fixed minimum would shrink a fleet that has scaled out
      updatePolicy: UpdatePolicy.instanceRefresh({
        strategy: InstanceRefreshStrategy.ROLLING,
        minHealthyPercentage: 100,
        maxHealthyPercentage: 150,
        instanceWarmup: WARM_UP,
      }),
    });
    group.node.addDependency(this.role); // with its policy: the first boot reads secrets at once
    if (targetGroups) group.attachToApplicationTargetGroup(targetGroups[colour]);
    exempt(group, 'oneClass');
    const resource = group.node.defaultChild as CfnAutoScalingGroup;
    resource.availabilityZones = vpc.selectSubnets(vpcSubnets).availabilityZones;
    // with the group, not beside it: its first servers are to wait as well. Answered by first-boot.sh and lifecycle.sh
    resource.lifecycleHookSpecificationList = [
      hook('ready', 'LAUNCHING', 'ABANDON', READY),
      hook('stopped', 'TERMINATING', 'CONTINUE', drain.plus(STOPPED)),
    ];
    if (warmPool)
      new CfnWarmPool(group, 'WarmPool', { autoScalingGroupName: group.autoScalingGroupName, poolState: 'Stopped' });
    return group;
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
}
