/** Stacks to assert on: those of the environments, and empty ones for single constructs, with the flags of cdk.json, without which CDK makes other templates. */
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Alerting, Topics } from '../../constructs/alerting/alarms';
import { ALL_TEMPLATES } from './assemblies';

const FLAGS: Readonly<Record<string, unknown>> = JSON.parse(readFileSync('cdk.json', 'utf8')).context;

class ThreeZones extends Stack {
  override get availabilityZones() {
    return ['a', 'b', 'c'].map((zone) => `${this.region}${zone}`);
  }
}

export const testApp = () => new App({ context: FLAGS, analyticsReporting: false });

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
  parts: new Topic(stack, 'Parts'),
});

export const testAlerting = (stack: Stack): Alerting => ({
  topics: testTopics(stack),
  dashboard: 'https://console.example.com/dashboard',
});

/** A stack of an environment as it is synthesised; throws when the environment has none of that name. */
export function stackTemplate(environment: string, stack: string): Template {
  const found = ALL_TEMPLATES.find((each) => each.environment === environment && each.stack === stack);
  if (!found) throw new Error(`stack: expected one named ${stack} in ${environment}, got none`);
  return Template.fromJSON(found.template);
}

/** Properties of every resource of a type, in the template's order. */
// biome-ignore lint/suspicious/noExplicitAny: templates have no types
export const properties = (template: Template, type: string): readonly any[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);
