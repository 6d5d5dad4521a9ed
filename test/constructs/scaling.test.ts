/** How a fleet scales beyond its CPU: by requests and by the clock. The CPU's alarms: fleet.test.ts. */
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { InstanceType, MachineImage } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer, ApplicationTargetGroup, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { FleetScaling, type FleetScalingProps } from '../../constructs/backend/scaling';
import { testStack, testVpc } from '../support/stack';

function scaled(more: Pick<FleetScalingProps, 'requestsPerServer' | 'schedule'>): Template {
  const stack = testStack();
  const vpc = testVpc(stack);
  const group = new AutoScalingGroup(stack, 'Group', {
    vpc,
    instanceType: new InstanceType('t4g.small'),
    machineImage: MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }),
  });
  const servers = new ApplicationTargetGroup(stack, 'Servers', { vpc, port: 8080, targetType: TargetType.INSTANCE });
  new ApplicationLoadBalancer(stack, 'Balancer', { vpc }).addListener('Http', {
    port: 80,
    defaultTargetGroups: [servers],
  });
  group.attachToApplicationTargetGroup(servers);
  new FleetScaling(stack, 'Scaling', {
    group,
    cpu: new Metric({ namespace: 'AWS/EC2', metricName: 'CPUUtilization', period: Duration.minutes(1) }),
    upAboveCpu: 70,
    upAfter: Duration.minutes(5),
    downBelowCpu: 30,
    downAfter: Duration.minutes(10),
    ...more,
  });
  return Template.fromStack(stack);
}

describe('by requests', () => {
  const template = scaled({ requestsPerServer: 3000 });

  it('aims at as many requests a minute and server as asked for', () => {
    template.hasResourceProperties('AWS::AutoScaling::ScalingPolicy', {
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'ALBRequestCountPerTarget' },
        TargetValue: 3000,
      },
    });
  });

  it('lets the CPU add servers, and only the requests take them away', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.map(({ Properties }) => Properties.ComparisonOperator)).toEqual(['GreaterThanThreshold']);
  });
});

it('by the clock the limits change at the hour of the zone, and no capacity is named', () => {
  const schedule = [{ name: 'Morning', cron: '0 7 * * 1-5', timeZone: 'Europe/Berlin', min: 4, max: 8 }];
  const [action] = Object.values(scaled({ schedule }).findResources('AWS::AutoScaling::ScheduledAction'));
  expect(action?.Properties).toMatchObject({
    Recurrence: '0 7 * * 1-5',
    TimeZone: 'Europe/Berlin',
    MinSize: 4,
    MaxSize: 8,
  });
  expect(action?.Properties).not.toHaveProperty('DesiredCapacity');
});
