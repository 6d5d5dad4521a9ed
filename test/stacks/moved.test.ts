/** An environment that moves into its second region for good, where nothing but copies stood: what it would find taken there. Restores nothing. */
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { databaseOf } from '../../lib/commands/restore/names';
import { environment } from '../../lib/config';
import { checked } from '../../lib/config/check';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { type Resource, TEMPLATES } from '../support/assemblies';
import { testApp } from '../support/stack';

const SECOND = 'eu-central-1';
/** What stands in the second region with mode 'backup'. */
const COPIES = ['AlertingRecovery', 'RecoveryBase'];
/** Known everywhere at once. */
const GLOBAL = /^AWS::(IAM|Route53|CloudFront|S3)::/;
/** Not names of what they are of. */
const OTHERS = ['MetricName', 'PolicyName', 'HostedZoneName'];

type Resources = Readonly<Record<string, Resource>>;

/** `type name` of all that has a name of its own, with the region that it is taken in. */
function taken(region: string, resources: Resources): readonly string[] {
  return Object.values(resources).flatMap(({ Type, Properties = {} }) =>
    Object.entries(Properties)
      .filter(([name]) => name.endsWith('Name') && !OTHERS.includes(name))
      .map(([, value]) => JSON.stringify(value).replaceAll('{"Ref":"AWS::Region"}', region))
      .filter((value) => !/^\{"(Ref|Fn::GetAtt|Fn::GetStackOutput|Fn::ImportValue)"/.test(value))
      .map((value) => `${GLOBAL.test(Type) ? '' : `${region} `}${Type} ${value}`),
  );
}

const prod = environment('prod');
const { recovery: _, ...alone } = prod;
const moved = checked(
  {
    ...alone,
    preset: 'horizontal',
    region: SECOND,
    zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    dns: { ...prod.dns, chain: [{ kind: 'balancer' }] },
  },
  'lib/config/prod.ts',
);
const web = new WebApp(testApp(), 'Holdfast', { config: moved, archives: builtArchives() });
const there = web.node.children.map((child) => child as Stack).filter(({ region }) => region === SECOND);
const standing = TEMPLATES.filter(
  ({ environment, region, stack }) => environment === 'prod' && (region === prod.region || COPIES.includes(stack)),
);

it('finds every name free but the record of the origin, which a stack out of reach holds', () => {
  const known = new Set(standing.flatMap(({ region, template }) => taken(region, template.Resources)));
  const wanted = there.flatMap((stack) => taken(SECOND, Template.fromStack(stack).toJSON().Resources));
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((name) => known.has(name))).toEqual(['AWS::Route53::RecordSet "origin.www.example.com."']);
});

it('takes the place of no stack that stands there, so that the copies stay', () => {
  const names = there.map(({ stackName }) => stackName);
  expect(names).toContain('Holdfast-prod-Data');
  expect(names.filter((name) => COPIES.some((copy) => name.endsWith(copy)))).toEqual([]);
});

it('has a database of the name that the copies are of, so that a restore takes them', () => {
  expect(databaseOf(moved).primary).toEqual({ region: SECOND, id: databaseOf(prod).primary.id });
});
