import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { InstanceType, MachineImage } from 'aws-cdk-lib/aws-ec2';
import { ApplicationTargetGroup, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Fleet, type FleetProps } from '../../constructs/backend/fleet';
import { Logs } from '../../constructs/storage/logs';
import { properties, testApp, testStack, testTopics, testVpc } from '../support/stack';

const NAMES = ['Holdfast-prod-backend-blue', 'Holdfast-prod-backend-green'];

function fleet(more: Partial<FleetProps> = {}) {
  const app = testApp();
  const data = new Stack(app, 'Data', { env: { account: '111111111111', region: 'eu-west-1' } });
  const secret = new Secret(data, 'Secret', { encryptionKey: new Key(data, 'Key') });
  const stack = testStack('eu-west-1', app);
  const vpc = testVpc(stack);
  const targets = (id: string) =>
    new ApplicationTargetGroup(stack, id, { vpc, port: 8080, targetType: TargetType.INSTANCE });
  const archive = join(tmpdir(), `holdfast-fleet-${process.pid}.tar`);
  writeFileSync(archive, 'archive');
  new Fleet(stack, 'Fleet', {
    vpc,
    instanceType: new InstanceType('t4g.small'),
    image: MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }),
    scaling: {
      min: 2,
      max: 10,
      upAboveCpu: 70,
      upAfter: Duration.minutes(5),
      downBelowCpu: 30,
      downAfter: Duration.minutes(10),
    },
    environmentName: 'prod',
    service: 'backend',
    limits: { blue: { min: 3, max: 9 }, green: { min: 0, max: 0 } },
    targetGroups: { blue: targets('BlueTargets'), green: targets('GreenTargets') },
    drain: Duration.seconds(30),
    server: { asset: new Asset(stack, 'Server', { path: archive }), sha256: 'ab'.repeat(32) },
    environment: { PROCESSES: '2' },
    secrets: [secret],
    logGroup: new Logs(stack, 'Logs', { logRetention: RetentionDays.ONE_YEAR, logKey: new Key(stack, 'LogKey') }),
    notices: testTopics(stack).info,
    ...more,
  });
  return { data: Template.fromStack(data), template: Template.fromStack(stack) };
}

const { data, template } = fleet();
const groups = Object.values(template.findResources('AWS::AutoScaling::AutoScalingGroup'));
const launch = template.findResources('AWS::EC2::LaunchTemplate');
/** One for each group. */
const alarms = (comparison: string) =>
  properties(template, 'AWS::CloudWatch::Alarm').filter(({ ComparisonOperator }) => ComparisonOperator === comparison);

describe('the fleet', () => {
  it('has two groups by names that never change, with the limits they are given, and names no capacity, which a deployment would reset them to', () => {
    expect(groups.map(({ Properties }) => Properties.AutoScalingGroupName)).toEqual(NAMES);
    expect(groups.map(({ Properties }) => [Properties.MinSize, Properties.MaxSize])).toEqual([
      ['3', '9'],
      ['0', '0'],
    ]);
    for (const { Properties } of groups) expect(Properties).not.toHaveProperty('DesiredCapacity');
  });

  it('makes the servers of both from one launch template', () => {
    expect(Object.keys(launch)).toHaveLength(1);
    expect(groups[0]?.Properties.LaunchTemplate).toEqual(groups[1]?.Properties.LaunchTemplate);
  });

  it('replaces servers in proportion to the live capacity, never below it', () => {
    for (const { UpdatePolicy } of groups)
      expect(UpdatePolicy.AutoScalingInstanceRefresh.Preferences).toMatchObject({ MinHealthyPercentage: 100 });
  });

  it('is created only when its first servers say that they are healthy, and waits for none where it rests', () => {
    const created = groups.map(({ CreationPolicy }) => CreationPolicy);
    expect(created).toEqual([{ ResourceSignal: { Count: 2, Timeout: 'PT10M' } }, undefined]);
  });

  it('is judged by the balancer, each group by its own targets', () => {
    for (const { Properties } of groups) expect(Properties).toMatchObject({ HealthCheckType: 'ELB' });
    const targets = groups.map(({ Properties }) => Properties.TargetGroupARNs[0].Ref.replace(/Targets.*/, ''));
    expect(targets).toEqual(['Blue', 'Green']);
  });

  it('puts a server to work when that one says so, and lets it go when it has stopped, or after a while', () => {
    for (const { Properties } of groups)
      expect(Properties.LifecycleHookSpecificationList).toEqual([
        {
          LifecycleHookName: 'ready',
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
          DefaultResult: 'ABANDON',
          HeartbeatTimeout: 900,
        },
        {
          LifecycleHookName: 'stopped',
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          DefaultResult: 'CONTINUE',
          HeartbeatTimeout: 210,
        },
      ]);
    const scripts = ['first-boot.sh', 'lifecycle.sh'].map((name) => readFileSync(`app/server/${name}`, 'utf8'));
    expect(scripts[0]).toContain('answer ready CONTINUE');
    expect(scripts[1]).toContain('answer stopped CONTINUE');
  });

  it('keeps no server prepared, unless asked to: then both groups do, up to their own maximum', () => {
    expect(template.findResources('AWS::AutoScaling::WarmPool')).toEqual({});
    const pools = properties(fleet({ warmPool: true }).template, 'AWS::AutoScaling::WarmPool');
    expect(pools).toHaveLength(2);
    for (const pool of pools) expect(pool).toEqual({ AutoScalingGroupName: expect.anything(), PoolState: 'Stopped' });
  });

  it('waits for the policy of its role, since the first boot reads secrets at once', () => {
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy'));
    for (const { DependsOn } of groups) expect(DependsOn).toContain(policy);
  });

  it('adds a server above 70 % for 5 minutes, and removes one below 30 % for 10, in either group', () => {
    const [above, below] = [alarms('GreaterThanThreshold'), alarms('LessThanThreshold')];
    expect([above.length, below.length]).toEqual([2, 2]);
    for (const each of above) expect(each).toMatchObject({ Threshold: 70, EvaluationPeriods: 5, Period: 60 });
    for (const each of below) expect(each).toMatchObject({ Threshold: 30, EvaluationPeriods: 10, Period: 60 });
    const steps = properties(template, 'AWS::AutoScaling::ScalingPolicy').map(
      ({ StepAdjustments }) => StepAdjustments[0].ScalingAdjustment,
    );
    expect(steps.sort()).toEqual([-1, -1, 1, 1]);
  });

  it('lets each alarm act by a policy of its own', () => {
    const acting = [...alarms('GreaterThanThreshold'), ...alarms('LessThanThreshold')].map((each) =>
      JSON.stringify(each.AlarmActions),
    );
    expect(new Set(acting).size).toBe(4);
  });
});

describe('a server', () => {
  it('demands IMDSv2, has an encrypted disk and reports every minute', () => {
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        Monitoring: { Enabled: true },
        BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true, VolumeType: 'gp3' }) })],
      },
    });
  });

  it('runs nothing whose checksum is wrong', () => {
    const text = JSON.stringify(launch);
    expect(text).toContain(`${'ab'.repeat(32)}  /opt/holdfast/server.tar`);
    expect(text.indexOf('sha256sum --check')).toBeLessThan(text.indexOf('first-boot.sh'));
  });

  it('is reached from the balancer alone and by no SSH', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    expect(Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'))).toEqual([]);
  });

  it('reaches nothing outside but HTTPS', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Servers',
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })],
    });
  });

  it('answers its own groups and no other', () => {
    const allowed = properties(template, 'AWS::IAM::Policy')
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => String(Action).startsWith('autoscaling:'));
    expect(allowed.map(({ Action }) => Action)).toEqual(['autoscaling:CompleteLifecycleAction']);
    const [{ Resource }] = allowed;
    expect(Resource).toHaveLength(NAMES.length);
    const text = JSON.stringify(Resource);
    for (const name of NAMES) expect(text).toContain(`:autoScalingGroup:*:autoScalingGroupName/${name}`);
  });

  it('is told of which service it is, and how long the balancer goes on sending', () => {
    const text = JSON.stringify(launch);
    for (const line of ["SERVICE='backend'", "DRAIN_SECONDS='30'", "ENVIRONMENT='prod'"]) expect(text).toContain(line);
  });

  it('decrypts through Secrets Manager only', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'kms:Decrypt',
            Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
          }),
        ]),
      },
    });
  });
});

it("leaves the policy of an earlier stack's key alone", () => {
  expect(JSON.stringify(data.findResources('AWS::KMS::Key'))).not.toContain('Fleet');
});
