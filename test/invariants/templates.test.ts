/** Broad rules: each holds for every template of every environment, however it is built. */
import { ENVIRONMENT_NAMES } from '../../lib/config';
import { ALL_TEMPLATES, type Located, OPTIONS_NAME, resourcesOf, TEMPLATES } from '../support/assemblies';
import { breaking, everywhere, of, type Rule, referringTo, text } from '../support/rules';

const RULES: readonly Rule[] = [
  [
    'every bucket blocks public access',
    of('AWS::S3::Bucket'),
    ({ Properties }) =>
      text(Properties?.PublicAccessBlockConfiguration) ===
      text({ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }),
  ],
  ['every bucket is encrypted', of('AWS::S3::Bucket'), ({ Properties }) => Properties?.BucketEncryption !== undefined],
  [
    'every bucket refuses plain HTTP',
    of('AWS::S3::Bucket'),
    (bucket) => /"aws:SecureTransport":"false"/.test(text(referringTo(bucket, 'AWS::S3::BucketPolicy'))),
  ],
  [
    'every bucket keeps what is overwritten or deleted in it',
    of('AWS::S3::Bucket'),
    ({ Properties }) => text(Properties?.VersioningConfiguration) === text({ Status: 'Enabled' }),
  ],
  [
    'every bucket forgets: its objects, or what was overwritten',
    of('AWS::S3::Bucket'),
    ({ Properties }) => /"(ExpirationInDays|NoncurrentDays)":\d/.test(text(Properties?.LifecycleConfiguration)),
  ],
  [
    'every database is encrypted with a key of its own',
    of('AWS::RDS::DBInstance'),
    ({ Properties }) =>
      Properties?.SourceDBInstanceIdentifier !== undefined ||
      (Properties?.StorageEncrypted === true && Properties?.KmsKeyId !== undefined),
  ],
  ['no database is public', of('AWS::RDS::DBInstance'), ({ Properties }) => Properties?.PubliclyAccessible !== true],
  [
    'every database has its parameter group',
    of('AWS::RDS::DBInstance'),
    ({ Properties }) => Properties?.DBParameterGroupName !== undefined,
  ],
  [
    'every session store is encrypted in transit and at rest',
    of('AWS::ElastiCache::ReplicationGroup'),
    ({ Properties }) =>
      Properties?.TransitEncryptionEnabled === true &&
      Properties?.AtRestEncryptionEnabled === true &&
      Properties?.KmsKeyId !== undefined,
  ],
  ['every key rotates', of('AWS::KMS::Key'), ({ Properties }) => Properties?.EnableKeyRotation === true],
  [
    'every queue is encrypted with a key of ours',
    of('AWS::SQS::Queue'),
    ({ Properties }) => typeof Properties?.KmsMasterKeyId === 'object', // a reference, no alias of AWS's
  ],
  [
    'every queue refuses plain HTTP',
    of('AWS::SQS::Queue'),
    (queue) => /"aws:SecureTransport":"false"/.test(text(referringTo(queue, 'AWS::SQS::QueuePolicy'))),
  ],
  ['every topic is encrypted', of('AWS::SNS::Topic'), ({ Properties }) => Properties?.KmsMasterKeyId !== undefined],
  [
    'every log group forgets',
    of('AWS::Logs::LogGroup'),
    ({ Properties }) => typeof Properties?.RetentionInDays === 'number',
  ],
  [
    'every function writes to a log group of its stack',
    of('AWS::Lambda::Function'),
    ({ Properties, where }) =>
      Properties?.LoggingConfig !== undefined ||
      of('AWS::Logs::LogGroup').some(
        (group) =>
          group.where.startsWith(where.slice(0, where.lastIndexOf('/') + 1)) &&
          text(group.Properties?.LogGroupName) ===
            text({ 'Fn::Join': ['', ['/aws/lambda/', { Ref: where.split('/').at(-1) }]] }),
      ),
  ],
  [
    'no fleet names its capacity',
    of('AWS::AutoScaling::AutoScalingGroup'),
    ({ Properties }) => Properties?.DesiredCapacity === undefined,
  ],
  [
    'every fleet that answers requests is judged by the balancer',
    of('AWS::AutoScaling::AutoScalingGroup').filter(({ Properties }) => Properties?.TargetGroupARNs !== undefined),
    ({ Properties }) => Properties?.HealthCheckType === 'ELB',
  ],
  [
    'no user data holds the value of a secret',
    of('AWS::EC2::LaunchTemplate'),
    ({ Properties }) => !text(Properties).includes('{{resolve:'),
  ],
  [
    'every server demands IMDSv2',
    of('AWS::EC2::LaunchTemplate'),
    ({ Properties }) => text(Properties).includes('"HttpTokens":"required"'),
  ],
  [
    'no distribution speaks plain HTTP to viewers',
    of('AWS::CloudFront::Distribution'),
    ({ Properties }) => !text(Properties).includes('"ViewerProtocolPolicy":"allow-all"'),
  ],
  [
    'no distribution turns an error into the page',
    of('AWS::CloudFront::Distribution'),
    ({ Properties }) => !text(Properties).includes('ResponsePagePath'),
  ],
  [
    'no listener forwards plain HTTP from the internet',
    of('AWS::ElasticLoadBalancingV2::LoadBalancer').filter(
      ({ Properties }) => Properties?.Scheme === 'internet-facing',
    ),
    (balancer) =>
      referringTo(balancer, 'AWS::ElasticLoadBalancingV2::Listener').every(
        ({ Properties }) =>
          Properties?.Protocol === 'HTTPS' || text(Properties?.DefaultActions).includes('"Type":"redirect"'),
      ),
  ],
];

/** There are or aren't, as their option says. */
const BY_OPTION = ['Dumps', 'GameDays', 'Rotation'];

it('looks at every stack of every environment', () => {
  const stacks = [...ENVIRONMENT_NAMES, OPTIONS_NAME].map((name) =>
    ALL_TEMPLATES.filter(({ environment }) => environment === name).map(({ stack }) => stack),
  );
  const always = stacks.map((names) => names.filter((name) => !BY_OPTION.includes(name)).length);
  expect(always).toEqual([10, 11, 20, 11]); // development has no Workers; only production has a domain, thus a Dns stack, and a second region with eight more
  expect(stacks.at(-1)).toEqual(expect.arrayContaining(BY_OPTION));
});

everywhere(RULES);

const STATEFUL = [
  'AWS::SQS::Queue',
  'AWS::RDS::DBInstance',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::Backup::BackupVault',
];

/** Hold no data, but are known outside by an address, a name or a value that a new one would not have. */
const IDENTITIES = [
  'AWS::CloudFront::Distribution',
  'AWS::EC2::VPC',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::SecretsManager::Secret',
  'AWS::SNS::Topic',
];

/** Why a stateful resource may go with its stack. */
const EXEMPT: readonly { readonly why: string; readonly is: (resource: Located) => boolean }[] = [
  { why: 'development opts out of retained data, in writing', is: ({ where }) => where.startsWith('dev/') },
  {
    why: 'a replica holds no data of its own',
    is: ({ Properties }) => Properties?.SourceDBInstanceIdentifier !== undefined,
  },
  {
    why: 'the key of the topics protects messages in flight only',
    is: ({ Type, where }) => Type === 'AWS::KMS::Key' && where.includes('/Alerting'),
  },
];

describe('stateful resources', () => {
  const stateful = of(...STATEFUL);

  it('stay when their stack is deleted, and when they are replaced', () => {
    const subject = stateful.filter((resource) => !EXEMPT.some(({ is }) => is(resource)));
    expect(subject.length).toBeGreaterThan(5);
    expect(
      breaking(subject, ({ DeletionPolicy = '', UpdateReplacePolicy = '' }) =>
        [DeletionPolicy, UpdateReplacePolicy].every((policy) =>
          /^(Retain|Snapshot|RetainExceptOnCreate)$/.test(policy),
        ),
      ),
    ).toEqual([]);
  });

  it.each(EXEMPT)('are exempt for something, and not everything: $why', ({ is }) => {
    const exempted = stateful.filter(is).length;
    expect(exempted).toBeGreaterThan(0);
    expect(exempted).toBeLessThan(stateful.length);
  });

  it('stand in stacks that a person must unlock before deleting them, where data is retained', () => {
    const data = TEMPLATES.filter(({ template }) => /"AWS::(RDS::DBInstance|ElastiCache::R)/.test(text(template)));
    expect(data.map((stack) => [stack.environment, stack.protected])).toEqual([
      ['dev', false],
      ['staging', true],
      ['prod', true],
      ['prod', true], // and in the second region
    ]);
  });

  it('keep their logical ids, as all does that is known outside', () => {
    const ids = resourcesOf(TEMPLATES, ...STATEFUL, ...IDENTITIES)
      .map(({ where, Type }) => `${Type} ${where}`)
      .sort();
    expect(ids).toMatchSnapshot();
  });
});

it('names no secret in a template', () => {
  const leaking = ALL_TEMPLATES.filter(({ template }) =>
    /"(MasterUserPassword|Passwords|AuthToken)":\s*(\[\s*)?"(?!\{\{resolve)/.test(text(template)),
  );
  expect(leaking.map(({ environment, stack }) => `${environment}/${stack}`)).toEqual([]);
});
