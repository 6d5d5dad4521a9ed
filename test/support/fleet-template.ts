/** The template of a group behind a balancer, as small as can be. */

/** What a test says of its group; the rest is as small as can be. */
export interface Group {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  /** Given to each server: see fleet-server.mjs. Text as it is. */
  readonly data?: object | string;
  readonly properties?: object;
  readonly updatePolicy?: object;
  readonly resources?: object;
  /** Percent of the requests; the rest goes to nobody. */
  readonly weight?: number;
}

/** Of servers that answer at /health. */
export const targetGroup = (properties: object) => ({
  Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  Properties: {
    Port: 80,
    Protocol: 'HTTP',
    VpcId: 'vpc-1',
    HealthCheckPath: '/health',
    HealthCheckIntervalSeconds: 5,
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 2,
    ...properties,
  },
});

export const template = ({ name, min = 2, max = 4, data = {}, weight = 100, ...more }: Group) => ({
  Resources: {
    Balancer: {
      Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      Properties: { Name: name, Subnets: ['subnet-1', 'subnet-2'] },
    },
    Targets: targetGroup({
      TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '10' }],
    }),
    Nobody: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: { Port: 81, Protocol: 'HTTP', VpcId: 'vpc-1' },
    },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: { Ref: 'Balancer' },
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: { Ref: 'Targets' }, Weight: weight },
                { TargetGroupArn: { Ref: 'Nobody' }, Weight: 100 - weight },
              ],
            },
          },
        ],
      },
    },
    Template: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: {
        LaunchTemplateData: { UserData: { 'Fn::Base64': typeof data === 'string' ? data : JSON.stringify(data) } },
      },
    },
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      UpdatePolicy: more.updatePolicy,
      Properties: {
        AutoScalingGroupName: name,
        MinSize: `${min}`,
        MaxSize: `${max}`,
        AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
        HealthCheckType: 'ELB',
        HealthCheckGracePeriod: 150,
        TargetGroupARNs: [{ Ref: 'Targets' }],
        LaunchTemplate: {
          LaunchTemplateId: { Ref: 'Template' },
          Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] },
        },
        ...more.properties,
      },
    },
    ...more.resources,
  },
  Outputs: {
    Targets: { Value: { Ref: 'Targets' } },
    Listener: { Value: { Ref: 'Listener' } },
    FullName: { Value: { 'Fn::GetAtt': ['Targets', 'TargetGroupFullName'] } },
    BalancerName: { Value: { 'Fn::GetAtt': ['Balancer', 'LoadBalancerFullName'] } },
  },
});
