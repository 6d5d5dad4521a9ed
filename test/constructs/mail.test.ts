import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { allowMail } from '../../constructs/jobs/mail';
import { properties, testStack } from '../support/stack';

it('lets who sends mails send them from one address alone', () => {
  const stack = testStack();
  allowMail(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }), 'us@example.com');
  const [{ PolicyDocument }] = properties(Template.fromStack(stack), 'AWS::IAM::Policy');
  expect(PolicyDocument.Statement).toMatchObject([
    { Action: 'ses:SendEmail', Condition: { StringEquals: { 'ses:FromAddress': 'us@example.com' } } },
  ]);
  expect(PolicyDocument.Statement[0].Resource.map((arn: string) => arn.split('/')[1])).toEqual([
    'example.com',
    'us@example.com',
  ]);
});
