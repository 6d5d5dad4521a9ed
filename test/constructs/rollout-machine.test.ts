/** The state machine of rollouts, and what its functions may do. What they decide: test/unit/lambda/rollout. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Connections, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { RolledService } from '../../constructs/release/rolled-service';
import { RolloutMachine } from '../../constructs/release/rollout-machine';
import { properties, testStack, testTopics, testVpc } from '../support/stack';

const LISTENER = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener/app/balancer/1/2';
const BACKEND: RolledService = {
  name: 'backend',
  groups: { blue: 'Holdfast-prod-backend-blue', green: 'Holdfast-prod-backend-green' },
  balanced: {
    targetGroups: { blue: { arn: 'arn:blue', fullName: 'blue' }, green: { arn: 'arn:green', fullName: 'green' } },
    listenerArn: LISTENER,
    loadBalancerFullName: 'app/balancer/1',
    test: { url: 'http://balancer:9000' },
  },
  alarms: ['NoHealthyServer'],
  stack: 'Holdfast-prod-Backend',
};
const WORKERS: RolledService = {
  name: 'workers',
  groups: { blue: 'Holdfast-prod-workers-blue' },
  alarms: [],
  stack: 'Holdfast-prod-Workers',
};

function made(backend: RolledService = BACKEND) {
  const stack = testStack();
  const vpc = testVpc(stack);
  const securityGroups = [new SecurityGroup(stack, 'BalancerGroup', { vpc, allowAllOutbound: false })];
  new RolloutMachine(stack, 'Rollouts', {
    environment: 'prod',
    bucket: new Bucket(stack, 'Releases'),
    services: [backend, WORKERS],
    vpc,
    balancer: { connections: new Connections({ securityGroups, defaultPort: Port.tcp(80) }) },
    logRetention: RetentionDays.ONE_YEAR,
    logKey: new Key(stack, 'Key'),
    failures: testTopics(stack).warning,
  });
  return Template.fromStack(stack);
}

const template = made();

const [definition] = properties(template, 'AWS::StepFunctions::StateMachine').map(({ DefinitionString }) =>
  JSON.parse(
    DefinitionString['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : 'TOKEN')).join(''),
  ),
);

const allowed = (role: string) =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === 'Allow');

describe('the loop', () => {
  it('looks first, then does what the look says', () => {
    expect(definition.StartAt).toBe('Begin');
    expect(definition.States.Begin.Next).toBe('Look');
    const { Choices, Default } = definition.States.Next;
    expect(Choices.map(({ StringEquals, Next }: Record<string, string>) => [StringEquals, Next])).toEqual([
      ['wait', 'Wait'],
      ['smoke', 'Ask'],
      ['done', 'Released'],
      ['again', 'Again'],
    ]);
    expect(definition.States[Default]).toEqual({ Type: 'Fail', ErrorPath: '$.error', CausePath: '$.reason' });
    expect(['Wait', 'Ask'].map((name) => definition.States[name].Next)).toEqual(['Look', 'Look']);
  });

  it('looks again, for minutes, when a look fails: what is written goes on', () => {
    expect(definition.States.Look.Retry).toEqual([
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 20, BackoffRate: 1.5, MaxDelaySeconds: 30 },
    ]);
  });

  it('takes a smoke test that could not be run for a failed one', () => {
    expect(definition.States.Ask.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.smoke', Next: 'Look' }]);
  });

  it('goes on in an execution of its own when one is full', () => {
    expect(definition.States.Again).toMatchObject({
      Parameters: { 'StateMachineArn.$': '$$.StateMachine.Id', 'Input.$': '$.rollout' },
      Next: 'GoesOn',
    });
  });

  it('tells each look the names of groups, listener, alarms and stack', () => {
    expect(definition.States.Begin.Parameters).toMatchObject({
      'rollout.$': '$',
      looks: 0,
      services: {
        backend: { groups: BACKEND.groups, balanced: { listenerArn: LISTENER }, alarms: ['NoHealthyServer'] },
        workers: { groups: WORKERS.groups, stack: 'Holdfast-prod-Workers' },
      },
    });
  });
});

describe('the machine', () => {
  it('writes down all that it did, and is traced', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'Holdfast-prod-rollouts',
      LoggingConfiguration: { Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
    });
  });

  it('may change nothing but its groups, its listener and its states', () => {
    const changes = allowed('RolloutsRole').filter(
      ({ Action }) => !/Describe|GetMetric|:List|xray|logs|sns|kms/.test([Action].flat().join()),
    );
    const resources = changes.map(({ Action, Resource }) => [[Action].flat()[0], JSON.stringify(Resource)]);
    const group = (name: string) => `autoScalingGroup:*:autoScalingGroupName/Holdfast-prod-${name}`;
    expect(resources).toEqual([
      ['s3:GetObject', expect.stringMatching(/services\/backend\.json.+services\/workers\.json/)],
      ['autoscaling:CancelInstanceRefresh', expect.stringContaining(group('backend-green'))],
      ['elasticloadbalancing:ModifyListener', `"${LISTENER}"`],
      ['events:PutEvents', expect.stringContaining('event-bus/default')],
    ]);
  });
});

describe('the smoke test', () => {
  it('reaches the test listener and nothing else', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', { FromPort: 9000, ToPort: 9000 });
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 9000, ToPort: 9000 });
    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: Match.arrayWith([{ Ref: Match.stringLikeRegexp('VpcIsolated') }]) },
    });
  });

  it('goes out and in again where the balancer is public', () => {
    const balanced = BACKEND.balanced && {
      ...BACKEND.balanced,
      test: { url: 'https://balancer:9000', serverName: 'www' },
    };
    made({ ...BACKEND, balanced }).hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: Match.arrayWith([{ Ref: Match.stringLikeRegexp('VpcPrivate') }]) },
    });
  });
});
