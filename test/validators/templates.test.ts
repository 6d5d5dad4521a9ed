/** Validators over every template of every environment, and their exemptions: what is off in all of them, variants.test.ts beside it. The slow ones: `.ci/validate` runs them, `npm test` does not. */
import { Stack } from 'aws-cdk-lib';
import { CfnFlowLog } from 'aws-cdk-lib/aws-ec2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { exempt } from '../../constructs/exemptions';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { keepsTheRules, validated } from '../support/validate';

describe.each(ENVIRONMENT_NAMES)('%s', (name) => keepsTheRules(name, environment(name)));

describe('what is not exempt', () => {
  const { findings, silenced } = validated('broken', (app) => {
    const stack = new Stack(app, 'Broken', { env: { account: '111111111111', region: 'eu-west-1' } });
    const mute = new Bucket(stack, 'Mute');
    exempt(mute, 'ownLogs');
    new Bucket(stack, 'Beside');
    new LambdaFunction(stack, 'Lost', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => {}'),
    });
    new CfnFlowLog(stack, 'Flow', { resourceType: 'VPC', resourceId: 'vpc-1', trafficType: 'SOME' });
  });
  const found = findings.join('\n');

  it.each([
    ["CDK's built-in rules", /CloudFormation Validate, .*Broken\/Flow/],
    ["cdk-nag's AwsSolutions", /AwsSolutions, AwsSolutions-S1, Broken\/Beside/],
    ["cdk-nag's Serverless", /Serverless, .*Broken\/Lost/],
    ["Control Tower's rules", /cdk-validator-cfnguard, s3_bucket_logging_enabled_check, Broken\/Beside/],
  ])('is found by %s', (_, line) => {
    expect(found).toMatch(line);
  });

  it('is found beside what is exempt', () => {
    expect(silenced.map(({ violatingConstructs }) => violatingConstructs[0]?.constructPath)).toEqual([
      'Broken/Mute/Resource',
      'Broken/Mute/Resource',
    ]);
    expect(found).not.toMatch(/S1, Broken\/Mute/);
  });
});
