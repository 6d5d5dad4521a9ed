import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { OpenSearchDelivery } from '../../constructs/storage/open-search-delivery';
import { testStack, testTopics } from '../support/stack';

const DOMAIN = 'arn:aws:es:eu-west-1:111111111111:domain/logs';

function delivery() {
  const stack = testStack();
  new OpenSearchDelivery(stack, 'OpenSearch', {
    endpoint: 'https://logs.example.com',
    domainArn: DOMAIN,
    index: 'holdfast-test',
    logGroups: [new LogGroup(stack, 'Logs')],
    logRetention: 365,
    logKey: new Key(stack, 'Key'),
    failures: testTopics(stack).warning,
  });
  return Template.fromStack(stack);
}

describe('a delivery to OpenSearch', () => {
  const template = delivery();

  it('gets every line of the log group', () => {
    template.hasResourceProperties('AWS::Logs::SubscriptionFilter', {
      FilterPattern: '',
      LogGroupName: { Ref: Match.stringLikeRegexp('^Logs') },
    });
  });

  it('may post to the bulk interface of that domain alone', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'es:ESHttpPost', Effect: 'Allow', Resource: `${DOMAIN}/_bulk` }),
        ]),
      },
    });
  });

  it('lets CloudWatch call it for this log group only, and tells somebody of what it gave up', () => {
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'logs.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Logs'), 'Arn'] },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ENDPOINT: 'https://logs.example.com', INDEX: 'holdfast-test' } },
      DeadLetterConfig: { TargetArn: { Ref: Match.stringLikeRegexp('^Warning') } },
    });
  });

  it('does not read its own log', () => {
    template.resourceCountIs('AWS::Logs::SubscriptionFilter', 1);
  });
});
