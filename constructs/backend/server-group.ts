/** Servers in an auto scaling group, each set up at boot from two checked archives: what fleet and workers have in common. Not what runs on them, and not when there are more. */
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
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { awsPolicy, exempt } from '../exemptions';
import { bootCommands } from './boot';
import { WARM_UP } from './scaling';

/** From launch to a good /livez: packages, two archives, migrations. */
const BOOT = Duration.minutes(10);
export const AGENT_NAMESPACE = 'Holdfast';

export interface ServerGroupProps {
  readonly vpc: IVpc;
  /** arm64, as `image` is. */
  readonly instanceType: InstanceType;
  /** Amazon Linux 2023 for arm64. Another one replaces the servers, one after the other. */
  readonly image: IMachineImage;
  /** Archive of app/server and the sha256 of its bytes. */
  readonly server: { readonly asset: Asset; readonly sha256: string };
  /** Written to /etc/holdfast/environment: names and addresses, never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Read by the servers when they start. */
  readonly secrets: readonly ISecret[];
  readonly logGroup: ILogGroup;
  /** Hears of each server that comes or goes. */
  readonly notices: ITopic;
}

interface Size {
  readonly min: number;
  readonly max: number;
  /** What the servers are, for whoever looks at their security group. */
  readonly description: string;
  /** Sends them requests, and judges them. @default nobody: a server is well as long as EC2 says so */
  readonly targetGroup?: ApplicationTargetGroup;
}

export abstract class ServerGroup extends Construct implements IConnectable {
  readonly group: AutoScalingGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ServerGroupProps, { min, max, description, targetGroup }: Size) {
    super(scope, id);
    const { vpc } = props;
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
    this.#allowSecrets(props.secrets);
    props.logGroup.grantWrite(this.role);
    const { bucket, s3ObjectKey } = props.server.asset;
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(s3ObjectKey)] }),
    );
    exempt(this.role, 'awsPolicy', awsPolicy('AmazonSSMManagedInstanceCore'));
    exempt(this.role, 'wildcard', 'Resource::*');

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, description, allowAllOutbound: false });
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
    const gracePeriod = Duration.minutes(5);
    this.group = new AutoScalingGroup(this, 'Group', {
      vpc,
      vpcSubnets,
      launchTemplate: template,
      notifications: [{ topic: props.notices, scalingEvents: ScalingEvents.ALL }],
      minCapacity: min,
      maxCapacity: max,
      healthChecks: targetGroup
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
    this.group.node.addDependency(this.role); // with its policy: the first boot reads secrets at once
    if (targetGroup) this.group.attachToApplicationTargetGroup(targetGroup);
    exempt(this.group, 'oneClass');
    const resource = this.group.node.defaultChild as CfnAutoScalingGroup;
    resource.availabilityZones = vpc.selectSubnets(vpcSubnets).availabilityZones;
    // the first deployment must end with healthy servers; a refresh, which knows no signals, waits by itself
    resource.cfnOptions.creationPolicy = { resourceSignal: { count: min, timeout: BOOT.toIsoString() } };
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
}
