import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Events } from '../../constructs/alerting/events';
import { AlertRouter } from '../../constructs/alerting/router';
import { Topics } from '../../constructs/alerting/topics';
import { EVENT_KINDS, type EventKind } from '../../lambda/alert-router/parse/event-kinds';
import { properties, testStack } from '../support/stack';

function made(hasServers = true): Template {
  const stack = testStack();
  const { byName: topics, key } = new Topics(stack, 'Topics', {});
  const { deadLetters } = new AlertRouter(stack, 'Router', {
    environment: 'shop',
    topics,
    key,
    secretName: 'holdfast/shop/alert-channels',
    secretIn: ['us-east-1'],
    routes: { critical: ['slack', 'email'], warning: ['slack'], info: ['slack'] },
    slackChannel: '#alerts',
    emails: { critical: ['on-call@example.com'], warning: [], info: [] },
    sms: ['+441632960961'],
    retain: true,
    logRetention: RetentionDays.ONE_YEAR,
    logKey: new Key(stack, 'LogKey'),
  });
  new Events(stack, 'Events', { environment: 'shop', topics, hasServers, deadLetters });
  return Template.fromStack(stack);
}

const template = made();
const rules = properties(template, 'AWS::Events::Rule');
const queue = { 'Fn::GetAtt': [expect.stringMatching(/^RouterDeadLetters/), 'Arn'] };

describe('the router', () => {
  it('may do to a resource only what it needs, and trace', () => {
    const statements = properties(template, 'AWS::IAM::Policy')
      .filter(({ PolicyName }) => /^RouterRole/.test(PolicyName))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements.filter(({ Resource }) => Resource === '*').map(({ Action }) => Action)).toEqual([
      ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
    expect(statements.flatMap(({ Action }) => Action).filter((action: string) => action.includes('*'))).toEqual([]);
    expect(statements.flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining(['dynamodb:UpdateItem', 'sqs:SendMessage', 'sns:Publish']),
    );
  });

  it('keeps aside what it cannot take in, encrypted, for 14 days', () => {
    template.hasResource('AWS::SQS::Queue', {
      Properties: { KmsMasterKeyId: Match.anyValue(), MessageRetentionPeriod: 1_209_600 },
      DeletionPolicy: 'Retain',
    });
    template.hasResourceProperties('AWS::Lambda::Function', { DeadLetterConfig: { TargetArn: Match.anyValue() } });
  });

  it('encrypts every topic and its state', () => {
    const topics = properties(template, 'AWS::SNS::Topic');
    expect(topics.length).toBeGreaterThan(5);
    expect(topics.filter(({ KmsMasterKeyId }) => !KmsMasterKeyId)).toEqual([]);
    template.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEType: 'KMS' } });
  });

  it('makes a secret without values', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { SecretStringTemplate: '{"slackToken":"","pagerDutyRoutingKey":""}' },
      ReplicaRegions: [{ Region: 'us-east-1' }],
    });
  });

  it('hears of three severities, and the function and mailboxes have dead letters', () => {
    const subscriptions = properties(template, 'AWS::SNS::Subscription');
    expect(subscriptions.filter(({ Protocol }) => Protocol === 'lambda')).toHaveLength(3);
    expect(subscriptions.filter(({ RedrivePolicy }) => !RedrivePolicy).map(({ Protocol }) => Protocol)).toEqual([
      'sms',
    ]);
  });

  it('looks each minute at what waits', () => {
    expect(rules.filter(({ ScheduleExpression }) => ScheduleExpression === 'rate(1 minute)')).toHaveLength(1);
  });
});

describe('events', () => {
  const kinds: readonly EventKind[] = Object.values(EVENT_KINDS);
  const patterns = rules.filter(({ EventPattern }) => EventPattern);

  it('have a rule each, to the topic of their severity, with dead letters', () => {
    expect(
      patterns.map(({ Description, Targets: [target] }) => [Description, target.Arn.Ref, target.DeadLetterConfig]),
    ).toEqual(
      expect.arrayContaining(
        kinds.map(({ title, severity }) => [
          `${title}: ${severity}`,
          expect.stringMatching(new RegExp(`^Topics${severity}`, 'i')),
          { Arn: queue },
        ]),
      ),
    );
    expect(patterns).toHaveLength(kinds.length);
  });

  it('are fewer where there are no servers', () => {
    const elsewhere = properties(made(false), 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern);
    expect(elsewhere).toHaveLength(kinds.filter(({ everywhere }) => everywhere).length);
  });

  it('may be put aside by the rules of their own stack alone', () => {
    const statements = properties(template, 'AWS::SQS::QueuePolicy').flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );
    expect(statements.length).toBeLessThanOrEqual(20);
    expect(JSON.stringify(statements)).toContain(':rule/Test-eu-west-1-*');
  });
});
