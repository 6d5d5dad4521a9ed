/** The state machine of failovers, and what its function may do. What it decides: test/unit/lambda/failover. */
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { FailoverMachine } from '../../constructs/failover/failover-machine';
import { PLACES } from '../support/failover-places';
import { properties, testStack, testTopics } from '../support/stack';

const FENCE = 'arn:aws:elasticloadbalancing:eu-central-1:111111111111:listener-rule/app/b/1/2/3';
const stack = testStack('eu-central-1');
new FailoverMachine(stack, 'Failover', {
  environment: 'prod',
  places: { ...PLACES, fence: FENCE, quiet: ['Holdfast-prod-BackendRecovery-JobAlarms-'] },
  bucket: new Bucket(stack, 'Releases'),
  owners: { first: 'Holdfast-prod-Data', second: 'Holdfast-prod-DataRecovery' },
  logRetention: RetentionDays.ONE_YEAR,
  logKey: new Key(stack, 'Key'),
  failures: testTopics(stack).warning,
});
const template = Template.fromStack(stack);

const [definition] = properties(template, 'AWS::StepFunctions::StateMachine').map(({ DefinitionString }) =>
  JSON.parse(
    DefinitionString['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : 'TOKEN')).join(''),
  ),
);

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

const allowed: readonly Statement[] = Object.entries(template.findResources('AWS::IAM::Policy'))
  .filter(([id]) => id.startsWith('FailoverRole'))
  .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
  .filter(({ Effect }: Statement) => Effect === 'Allow');

const onlyOn = (action: string) =>
  allowed.filter(({ Action }) => [Action].flat().includes(action)).map(({ Resource }) => JSON.stringify(Resource));

it('looks, waits and looks again, until the region writes', () => {
  const { Choices, Default } = definition.States.Next;
  expect(Choices.map(({ StringEquals, Next }: Record<string, string>) => [StringEquals, Next])).toEqual([
    ['wait', 'Wait'],
    ['done', 'Writes'],
    ['again', 'Again'],
  ]);
  expect(definition.States[Default]).toEqual({ Type: 'Fail', ErrorPath: '$.error', CausePath: '$.reason' });
  expect(definition.States.Again.Parameters['Input.$']).toBe('$.failover');
});

it('tells each look the names of both regions, and no state', () => {
  expect(definition.States.Begin.Parameters).toMatchObject({
    'failover.$': '$',
    looks: 0,
    since: {},
    places: { first: PLACES.first, second: PLACES.second, fence: FENCE },
  });
});

it('promotes the databases of both regions by their names, and no other', () => {
  const [named = ''] = onlyOn('rds:PromoteReadReplica');
  expect(JSON.parse(named).toSorted()).toEqual([
    expect.stringMatching(/:rds:eu-central-1:111111111111:db:away$/),
    expect.stringMatching(/:rds:eu-west-1:111111111111:db:data$/),
  ]);
});

it('changes parameters of the stacks that hold the databases', () => {
  const groups = onlyOn('rds:ModifyDBParameterGroup').join();
  expect(groups).toMatch(/eu-west-1:.*:pg:holdfast-prod-data-\*/);
  expect(groups).toMatch(/eu-central-1:.*:pg:holdfast-prod-datarecovery-\*/);
});

it('changes no rule of a balancer but the fence', () => {
  expect(onlyOn('elasticloadbalancing:ModifyRule')).toEqual([`"${FENCE}"`]);
});

it('deletes nothing', () => {
  expect(JSON.stringify(allowed)).not.toMatch(/:Delete|:Terminate|:Stop/);
});

it('hands on keys to RDS alone, and roles to its measuring alone', () => {
  const conditions = (action: string) =>
    allowed.filter(({ Action }) => [Action].flat().includes(action)).map(({ Condition }) => JSON.stringify(Condition));
  expect(conditions('kms:CreateGrant').join()).toMatch(/rds\.eu-west-1.*rds\.eu-central-1/);
  for (const each of conditions('iam:PassRole')) expect(each).toContain('monitoring.rds.amazonaws.com');
});
