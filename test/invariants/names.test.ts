/** Rules for what is known by a name: two environments fit into one account, and what a stack takes from another can't go stale. */
import { ALL_TEMPLATES, type Located } from '../support/assemblies';
import { everywhere, of, type Rule, text, values } from '../support/rules';

/** Types that bear a name of ours, and why CloudFormation doesn't choose it. */
const NAMED: Readonly<Record<string, string>> = {
  'AWS::AutoScaling::AutoScalingGroup': 'its limits are asked for before it is there, and rollouts move it',
  'AWS::Backup::BackupPlan': 'demanded',
  'AWS::Backup::BackupVault': 'demanded',
  'AWS::Backup::RestoreTestingPlan': 'demanded',
  'AWS::Backup::RestoreTestingSelection': 'demanded',
  'AWS::CloudFront::Function': 'demanded',
  'AWS::CloudFront::OriginAccessControl': 'demanded',
  'AWS::CloudFront::ResponseHeadersPolicy': 'demanded',
  'AWS::CloudFront::VpcOrigin': 'demanded',
  'AWS::CloudWatch::Dashboard': 'people look for it',
  'AWS::ElastiCache::User': 'demanded',
  'AWS::ElastiCache::UserGroup': 'demanded',
  'AWS::Logs::DeliveryDestination': 'demanded',
  'AWS::Logs::DeliverySource': 'demanded',
  'AWS::Logs::LogGroup': 'the firewall, RDS and Lambda demand theirs',
  'AWS::Logs::QueryDefinition': 'people and runbooks look for it',
  'AWS::RDS::DBInstance': 'its log groups are called after it',
  'AWS::StepFunctions::StateMachine': 'its own role starts it again, and whoever releases finds it',
  'AWS::SecretsManager::Secret': 'the edge finds the secret of the origin by it in another region',
};

/** The name a resource would be found by, if the template fixes one. */
function nameOf({ Type, Properties = {} }: Located): string | undefined {
  const kind = Type.slice(Type.lastIndexOf(':') + 1);
  const keys = ['Name', ...['Id', 'Identifier', 'Name'].map((end) => `${kind}${end}`)];
  const places = [Properties, Properties[`${kind}Config`], Properties[`${kind}EndpointConfig`], Properties[kind]];
  return places
    .flatMap((place) => keys.map((key) => (place as Record<string, unknown> | undefined)?.[key]))
    .find((name): name is string => typeof name === 'string');
}

/** Named in DNS, or within their role. */
const OTHERWISE = ['AWS::Route53::RecordSet', 'AWS::IAM::Policy'];
const FIXED = of().filter((resource) => nameOf(resource) !== undefined && !OTHERWISE.includes(resource.Type));

/** Hold nothing: what a dashboard shows, or an experiment hurts, may be replaced or removed, and must not be held by it. */
const HOLD_NOTHING = ['Dashboard', 'GameDays'];

/** References that CloudFormation reads once, at a deployment of the stack that has them. */
const weak = ALL_TEMPLATES.filter(({ stack }) => !HOLD_NOTHING.includes(stack)).flatMap(
  ({ environment, stack, region, template }) =>
    values(template.Resources)
      .filter(([key]) => key === 'Fn::GetStackOutput')
      .map(([, value]) => value as { StackName: string; Region: string; OutputName: string })
      .map(({ Region, OutputName }) => ({ where: `${environment}/${stack}`, within: Region === region, OutputName })),
);

/** What may be taken weakly within a region, where CloudFormation could hold on to it. */
const MAY_GO: Readonly<Record<string, RegExp>> = {
  'a replica must be removable; reads fall back to the primary': /DatabaseReplica\d\w+EndpointAddress/,
  'a topic is the same for ever, and its key': /RefTopics|TopicsKey/,
};

const RULES: readonly Rule[] = [
  ['only what needs one has a fixed name', FIXED, ({ Type }) => Type in NAMED],
  [
    "every fixed name is its environment's own",
    FIXED,
    (resource) =>
      new RegExp(`(?<![a-z])(Holdfast[-/_]?|holdfast[/-])${resource.environment}(?![a-z])`).test(
        nameOf(resource) ?? '',
      ),
  ],
  [
    'no name is too long for a user of the session store',
    of('AWS::ElastiCache::User', 'AWS::ElastiCache::UserGroup'),
    (resource) => (nameOf(resource) ?? '').length - resource.environment.length + 16 <= 40, // the longest environment has 16
  ],
  [
    'certificates, firewalls and functions of CloudFront are in us-east-1',
    of().filter(({ Type, Properties }) => Type.startsWith('AWS::CloudFront::') || Properties?.Scope === 'CLOUDFRONT'),
    ({ region }) => region === 'us-east-1',
  ],
  [
    'a distribution has its certificate and its firewall from its own stack',
    of('AWS::CloudFront::Distribution'),
    ({ Properties }) => {
      const given = values(Properties).filter(([key]) => /^(AcmCertificateArn|WebACLId)$/.test(key));
      return given.every(([, value]) => /"(Ref|Fn::GetAtt)"/.test(text(value)));
    },
  ],
];

everywhere(RULES);

it.each(Object.keys(NAMED))('%s has a fixed name somewhere', (type) => {
  expect(FIXED.map(({ Type }) => Type)).toContain(type);
});

it('takes weakly, within a region, only what may go', () => {
  const held = weak.filter(
    ({ within, OutputName }) => within && !Object.values(MAY_GO).some((may) => may.test(OutputName)),
  );
  expect(held).toEqual([]);
});

it.each(HOLD_NOTHING)('lets everything be replaced or removed that %s looks at', (name) => {
  const looking = ALL_TEMPLATES.filter(({ stack }) => stack === name);
  expect(looking.length).toBeGreaterThan(0);
  expect(looking.filter(({ template }) => text(template).includes('Fn::ImportValue'))).toEqual([]);
});

it.each(Object.entries(MAY_GO))('%s', (_, may) => {
  expect(weak.filter(({ within, OutputName }) => within && may.test(OutputName)).length).toBeGreaterThan(0);
});
