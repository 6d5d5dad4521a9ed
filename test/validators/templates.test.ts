/** Validators over every template of every environment, and their exemptions. The slow ones: `.ci/validate` runs them, `npm test` does not. */
import { Stack } from 'aws-cdk-lib';
import { CfnFlowLog } from 'aws-cdk-lib/aws-ec2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { exempt } from '../../constructs/exemptions';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import type { Environment } from '../../lib/config/environment';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { takenExemptions } from '../support/exemptions';
import { WITH_SERVICES } from '../support/services';
import { type Validated, validated } from '../support/validate';

const FOLDER = '.holdfast/validated';

/** Besides the environments: what is off in all of them. */
const CASES: readonly (readonly [string, Environment])[] = [
  ...ENVIRONMENT_NAMES.map((name) => [name, environment(name)] as const),
  ['prod-with-services-and-dumps', { ...WITH_SERVICES, database: { ...WITH_SERVICES.database, dump: { days: 35 } } }],
  [
    'dev-with-opensearch',
    {
      ...environment('dev'),
      logs: {
        openSearch: {
          endpoint: 'https://logs.example.com',
          domainArn: 'arn:aws:es:eu-west-1:111111111111:domain/logs',
        },
      },
    },
  ],
];

describe.each(CASES)('%s', (name, config) => {
  let result: Validated;

  beforeAll(() => {
    result = validated(`${FOLDER}/${name}`, (app) => {
      new WebApp(app, 'Holdfast', { config, archives: builtArchives() });
    });
  });

  it('has no finding without a written reason', () => {
    expect(result.findings).toEqual([]);
  });

  it('has no exemption that silences two resources at once', () => {
    const broad = result.silenced.filter(({ violatingConstructs }) => violatingConstructs.length !== 1);
    expect(broad.map(({ ruleName, acknowledgedAt }) => `${ruleName} at ${acknowledgedAt}`)).toEqual([]);
  });

  it('has no exemption that silences nothing', () => {
    const needed = new Set(result.silenced.map(({ acknowledgedAt, reason }) => `${acknowledgedAt}: ${reason}`));
    const taken = takenExemptions(`${FOLDER}/${name}`).map(({ path, reason }) => `${path}: ${reason}`);
    expect(taken.length).toBeGreaterThan(20);
    expect([...new Set(taken)].filter((one) => !needed.has(one))).toEqual([]);
  });
});

describe('what is not exempt', () => {
  const { findings, silenced } = validated(`${FOLDER}/broken`, (app) => {
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
