import { writeFileSync } from 'node:fs';
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
import { Fleet } from '../../constructs/backend/fleet';
import { Logs } from '../../constructs/storage/logs';
import { testApp, testStack, testTopics, testVpc } from '../support/stack';

function fleet() {
  const app = testApp();
  const data = new Stack(app, 'Data', { env: { account: '111111111111', region: 'eu-west-1' } });
  const secret = new Secret(data, 'Secret', { encryptionKey: new Key(data, 'Key') });
  const stack = testStack('eu-west-1', app);
  const vpc = testVpc(stack);
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
    targetGroup: new ApplicationTargetGroup(stack, 'Servers', { vpc, port: 8080, targetType: TargetType.INSTANCE }),
    server: { asset: new Asset(stack, 'Server', { path: archive }), sha256: 'ab'.repeat(32) },
    environment: { PROCESSES: '2' },
    secrets: [secret],
    logGroup: new Logs(stack, 'Logs', { logRetention: RetentionDays.ONE_YEAR, logKey: new Key(stack, 'LogKey') }),
    notices: testTopics(stack).info,
  });
  return { data: Template.fromStack(data), template: Template.fromStack(stack) };
}

const { data, template } = fleet();
const group = Object.values(template.findResources('AWS::AutoScaling::AutoScalingGroup'))[0];
const launch = template.findResources('AWS::EC2::LaunchTemplate');
const alarm = (comparison: string) =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).find(
    ({ Properties }) => Properties.ComparisonOperator === comparison,
  )?.Properties;

describe('the fleet', () => {
  it('has 2 to 10 servers and names no capacity, which a deployment would reset it to', () => {
    expect(group?.Properties).toMatchObject({ MinSize: '2', MaxSize: '10' });
    expect(group?.Properties).not.toHaveProperty('DesiredCapacity');
  });

  it('replaces servers in proportion to the live capacity, never below it', () => {
    expect(group?.UpdatePolicy.AutoScalingInstanceRefresh.Preferences).toMatchObject({ MinHealthyPercentage: 100 });
  });

  it('is created only when its servers say that they are healthy', () => {
    expect(group?.CreationPolicy).toEqual({ ResourceSignal: { Count: 2, Timeout: 'PT10M' } });
  });

  it('is judged by the balancer, after time to boot', () => {
    expect(group?.Properties).toMatchObject({ HealthCheckType: 'ELB', HealthCheckGracePeriod: 300 });
  });

  it('waits for the policy of its role, since the first boot reads secrets at once', () => {
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy'));
    expect(group?.DependsOn).toContain(policy);
  });

  it('adds a server above 70 % for 5 minutes, and removes one below 30 % for 10', () => {
    expect(alarm('GreaterThanThreshold')).toMatchObject({ Threshold: 70, EvaluationPeriods: 5, Period: 60 });
    expect(alarm('LessThanThreshold')).toMatchObject({ Threshold: 30, EvaluationPeriods: 10, Period: 60 });
    const steps = Object.values(template.findResources('AWS::AutoScaling::ScalingPolicy')).map(
      ({ Properties }) => Properties.StepAdjustments[0].ScalingAdjustment,
    );
    expect(steps.sort()).toEqual([-1, 1]);
  });

  it('lets each alarm act by a policy of its own', () => {
    expect(alarm('GreaterThanThreshold')?.AlarmActions).not.toEqual(alarm('LessThanThreshold')?.AlarmActions);
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
