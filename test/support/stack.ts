/** Stacks for tests of single constructs, with the flags of cdk.json: without them CDK makes other templates. */
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Topics } from '../../constructs/alerting/alarms';

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };

class ThreeZones extends Stack {
  override get availabilityZones() {
    return ['a', 'b', 'c'].map((zone) => `${this.region}${zone}`);
  }
}

/** The built-in validation costs seconds a process; `.ci/run` has it on once for all templates. */
const WITHOUT_VALIDATION = { '@aws-cdk/core:validateAgainstDefaultRules': false };

export const testApp = () => new App({ context: { ...context, ...WITHOUT_VALIDATION }, analyticsReporting: false });

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
