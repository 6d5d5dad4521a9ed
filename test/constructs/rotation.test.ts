/** Who may replace a secret, when, and what else that function may do: nothing. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { sessionRotation, signingRotation } from '../../constructs/security/rotation';
import { SessionStore } from '../../constructs/sessions/session-store';
import { testStack, testTopics, testVpc } from '../support/stack';

const stack = testStack();
const vpc = testVpc(stack);
const key = new Key(stack, 'Key');
const logs = { logRetention: RetentionDays.ONE_YEAR, logKey: key };
const common = { ...logs, days: 30, failures: testTopics(stack).info };
const store = new SessionStore(stack, 'Store', {
  ...logs,
  vpc,
  encryptionKey: key,
  engine: 'valkey',
  nodeType: 'cache.t4g.small',
});
const secrets = { Cookie: new Secret(stack, 'Cookie', { encryptionKey: key }), Token: new Secret(stack, 'Token') };
signingRotation(stack, 'Signing', { ...common, secrets });
sessionRotation(stack, 'Sessions', { ...common, vpc, store });
const template = Template.fromStack(stack);
const schedules = Object.values(template.findResources('AWS::SecretsManager::RotationSchedule'));

it('is called by a schedule, and changes nothing at a deployment', () => {
  expect(schedules).toHaveLength(3);
  for (const { Properties } of schedules)
    expect(Properties).toMatchObject({
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediatelyOnUpdate: false,
    });
});

it('is called by Secrets Manager for its own secrets alone, which may before the schedule is there', () => {
  template.allResourcesProperties('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    Principal: 'secretsmanager.amazonaws.com',
    SourceArn: { Ref: Match.stringLikeRegexp('Policy') },
  });
  for (const { DependsOn } of schedules)
    expect(DependsOn).toContainEqual(expect.stringMatching(/Handler(Secret|Cookie|Token)/));
});

/** Actions by resource of one function's role, but log, trace and last message. */
const rights = (id: string) =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([name]) => name.startsWith(`${id}Role`))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === 'Allow')
    .map(({ Action, Resource }) => ({ actions: [Action].flat(), on: JSON.stringify(Resource) }))
    .filter(({ actions }) => !/^(logs|xray|sns):/.test(actions[0]));

it('may touch its own secrets and their keys, and nothing else', () => {
  const all = rights('Signing');
  expect(all.flatMap(({ actions }) => actions).filter((action) => !/^(secretsmanager|kms):/.test(action))).toEqual([]);
  for (const [service, resources] of [
    ['secretsmanager', /"(Cookie|Token)\w+"/],
    ['kms', /"Key\w+"/],
  ] as const)
    for (const { on } of all.filter(({ actions }) => actions[0].startsWith(service))) expect(on).toMatch(resources);
});

it('may change the one user of the session store, and reach the store and AWS', () => {
  expect(rights('Sessions').filter(({ actions }) => actions[0].startsWith('elasticache'))).toEqual([
    { actions: ['elasticache:DescribeUsers', 'elasticache:ModifyUser'], on: expect.stringContaining('StoreUser') },
  ]);
  const out = Object.entries(template.findResources('AWS::EC2::SecurityGroup'))
    .filter(([name]) => name.startsWith('SessionsSecurityGroup'))
    .flatMap(([, { Properties }]) => Properties.SecurityGroupEgress);
  expect(out.map(({ FromPort }) => FromPort)).toEqual([443]);
  template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', { FromPort: 6379, ToPort: 6379 });
});
