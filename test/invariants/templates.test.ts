/** Broad rules: each holds for every template of every environment, however it is built. */
import { ENVIRONMENT_NAMES } from '../../lib/config';
import { type Located, resourcesOf, TEMPLATES } from '../support/assemblies';

const of = (...types: readonly string[]) => resourcesOf(TEMPLATES, ...types);
const text = (value: unknown) => JSON.stringify(value ?? null);
const breaking = (all: readonly Located[], holds: (resource: Located) => boolean) =>
  all.filter((resource) => !holds(resource)).map(({ where }) => where);

/** name of the rule · the resources it is about · what holds for each */
const RULES: readonly (readonly [string, readonly Located[], (resource: Located) => boolean])[] = [
  [
    'every bucket blocks public access',
    of('AWS::S3::Bucket'),
    ({ Properties }) =>
      text(Properties?.PublicAccessBlockConfiguration) ===
      text({ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }),
  ],
  ['every bucket is encrypted', of('AWS::S3::Bucket'), ({ Properties }) => Properties?.BucketEncryption !== undefined],
  [
    'every bucket policy refuses plain HTTP',
    of('AWS::S3::BucketPolicy'),
    ({ Properties }) => text(Properties).includes('"aws:SecureTransport":"false"'),
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
  ['every topic is encrypted', of('AWS::SNS::Topic'), ({ Properties }) => Properties?.KmsMasterKeyId !== undefined],
  [
    'every alarm acts on a topic and tells of the recovery',
    of('AWS::CloudWatch::Alarm').filter(
      ({ Properties }) =>
        !text(Properties?.AlarmActions).includes('ScalingPolicy') &&
        !text(Properties?.AlarmActions).includes('Scale') &&
        !text(Properties?.AlarmActions).match(/"Ref":"[^"]*(Up|Down)/),
    ),
    ({ Properties }) =>
      text(Properties?.AlarmActions) !== 'null' && text(Properties?.AlarmActions) === text(Properties?.OKActions),
  ],
  [
    'every alarm says what silence means',
    of('AWS::CloudWatch::Alarm'),
    ({ Properties }) => Properties?.TreatMissingData !== undefined,
  ],
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
    'every fleet is judged by the balancer',
    of('AWS::AutoScaling::AutoScalingGroup'),
    ({ Properties }) => Properties?.HealthCheckType === 'ELB',
  ],
  [
    'every server demands IMDSv2',
    of('AWS::EC2::LaunchTemplate'),
    ({ Properties }) => text(Properties).includes('"HttpTokens":"required"'),
  ],
  [
    'no security group opens SSH',
    of('AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress'),
    ({ Properties }) => !/"(FromPort|ToPort)":22\b/.test(text(Properties)),
  ],
  [
    'no policy allows every action',
    of('AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::ManagedPolicy'),
    ({ Properties }) => !/"Action":("\*"|\["\*"\])/.test(text(Properties)),
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
    ({ Properties, where }) =>
      Properties !== undefined &&
      of('AWS::ElasticLoadBalancingV2::Listener')
        .filter((listener) => listener.where.startsWith(where.slice(0, where.lastIndexOf('/'))))
        .every(
          (listener) =>
            listener.Properties?.Protocol === 'HTTPS' ||
            text(listener.Properties?.DefaultActions).includes('"redirect"'),
        ),
  ],
];

it('looks at every stack of every environment', () => {
  const stacks = ENVIRONMENT_NAMES.map((name) => TEMPLATES.filter(({ environment }) => environment === name).length);
  expect(stacks).toEqual([7, 7, 8]); // only production has a domain, thus a Dns stack
});

it.each(RULES)('%s', (_, resources, holds) => {
  expect(resources.length).toBeGreaterThan(0);
  expect(breaking(resources, holds)).toEqual([]);
});

const STATEFUL = [
  'AWS::RDS::DBInstance',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::Backup::BackupVault',
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

  it('stay when their stack is deleted', () => {
    const subject = stateful.filter((resource) => !EXEMPT.some(({ is }) => is(resource)));
    expect(subject.length).toBeGreaterThan(5);
    expect(
      breaking(subject, ({ DeletionPolicy }) => /^(Retain|Snapshot|RetainExceptOnCreate)$/.test(DeletionPolicy ?? '')),
    ).toEqual([]);
  });

  it.each(EXEMPT)('are exempt for something, and not everything: $why', ({ is }) => {
    const exempted = stateful.filter(is).length;
    expect(exempted).toBeGreaterThan(0);
    expect(exempted).toBeLessThan(stateful.length);
  });

  it('keep their logical ids', () => {
    const ids = stateful.map(({ where, Type }) => `${Type} ${where}`).sort();
    expect(ids).toMatchSnapshot();
  });
});

it('names no secret in a template', () => {
  const leaking = TEMPLATES.filter(({ template }) =>
    /"(MasterUserPassword|Passwords|AuthToken)":\s*(\[\s*)?"(?!\{\{resolve)/.test(text(template)),
  );
  expect(leaking.map(({ environment, stack }) => `${environment}/${stack}`)).toEqual([]);
});
