/** Stacks for tests of single constructs, with the flags of cdk.json: without them CDK makes other templates. */
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Topics } from '../../constructs/alerting/alarms';

const FLAGS: Readonly<Record<string, unknown>> = JSON.parse(readFileSync('cdk.json', 'utf8')).context;

class ThreeZones extends Stack {
  override get availabilityZones() {
    return ['a', 'b', 'c'].map((zone) => `${this.region}${zone}`);
  }
}

/** The built-in validation costs seconds a process; `.ci/run` has it on once for all templates. */
const WITHOUT_VALIDATION = { '@aws-cdk/core:validateAgainstDefaultRules': false };

export const testApp = () => new App({ context: { ...FLAGS, ...WITHOUT_VALIDATION }, analyticsReporting: false });

/** Synthesises into `outdir` the very templates that the CDK CLI does, which adds metadata. */
export function cliApp(outdir: string): App {
  process.env.CDK_VALIDATION = 'false'; // as the CLI tells an application; costs seconds
  return new App({
    outdir,
    context: {
      ...FLAGS,
      'aws:cdk:enable-path-metadata': true,
      'aws:cdk:enable-asset-metadata': true,
    },
    analyticsReporting: false,
  });
}

export const testStack = (region = 'eu-west-1', app = testApp()): Stack =>
  new ThreeZones(app, `Test-${region}`, { env: { account: '111111111111', region } });

export const testVpc = (stack: Stack): IVpc =>
  new Vpc(stack, 'Vpc', {
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: 'Public', subnetType: SubnetType.PUBLIC },
      { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED },
    ],
  });

export const testTopics = (stack: Stack): Topics => ({
  critical: new Topic(stack, 'Critical'),
  warning: new Topic(stack, 'Warning'),
  info: new Topic(stack, 'Info'),
});
