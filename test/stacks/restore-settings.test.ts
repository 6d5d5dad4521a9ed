/** What a restore takes of the templates of every environment for a database that isn't there: all that it would have read from the instance. */
import { settingsIn } from '../../lib/commands/restore/template';
import { TEMPLATES } from '../support/assemblies';

const STACK = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Data/1';
/** What backups bring with them, and what a restore always says itself. */
const OTHERWISE = [
  'AllocatedStorage',
  'DBName',
  'DeleteAutomatedBackups', // asked at the deletion only
  'Engine',
  'EngineVersion',
  'MasterUserPassword',
  'MasterUsername',
  'PerformanceInsightsRetentionPeriod', // 7 days, RDS's own
  'PubliclyAccessible',
  'SourceDBInstanceIdentifier',
  'SourceRegion',
  'StorageEncrypted',
];

type Template = (typeof TEMPLATES)[number]['template'];

const settings = (template: Template) => {
  const physical = new Map(Object.keys(template.Resources).map((id) => [id, `the-${id}`]));
  return settingsIn({ id: STACK, template, physical });
};
const databases = TEMPLATES.flatMap(({ environment, stack, template }) =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::RDS::DBInstance')
    .map(([id, resource]) => ({ of: `${environment} ${stack}.${id}`, id, resource, template })),
);

it('forgets no property of any database', () => {
  const forgotten = databases.flatMap(({ of, id, resource, template }) =>
    Object.keys(resource.Properties ?? {})
      .filter((name) => !OTHERWISE.includes(name))
      .filter((name) => {
        const { [name]: _, ...Properties } = resource.Properties ?? {};
        const without = { Resources: { ...template.Resources, [id]: { ...resource, Properties } } };
        return JSON.stringify([...settings(without)]) === JSON.stringify([...settings(template)]);
      })
      .map((name) => `${of} ${name}`),
  );
  expect(forgotten).toEqual([]);
  expect(databases.length).toBeGreaterThan(3);
});

it('follows references to what they are at AWS', () => {
  const prod = TEMPLATES.find(({ environment, stack }) => environment === 'prod' && stack === 'Data');
  const it = prod && settings(prod.template).get('eu-west-1/holdfast-prod-data-primary');
  expect(it).toMatchObject({
    DBInstanceArn: 'arn:aws:rds:eu-west-1:123456789012:db:holdfast-prod-data-primary',
    KmsKeyId: expect.stringMatching(/^arn:aws:kms:eu-west-1:123456789012:key\/the-Key/),
    MonitoringRoleArn: expect.stringMatching(/^arn:aws:iam::123456789012:role\/the-DatabasePrimaryMonitoringRole/),
    VpcSecurityGroups: [{ VpcSecurityGroupId: expect.stringMatching(/^the-DatabaseSecurityGroup/) }],
    DBParameterGroups: [{ DBParameterGroupName: expect.stringMatching(/^the-DatabaseParameters/) }],
    DbInstancePort: 15432,
    MaxAllocatedStorage: 300,
    TagList: expect.arrayContaining([{ Key: 'project', Value: 'holdfast' }]),
  });
});

it.each([{ 'Fn::GetAtt': ['Other', 'Arn'] }, { 'Fn::ImportValue': 'KeyArn' }])(
  'refuses what only CloudFormation can work out: %j',
  (KmsKeyId) => {
    const Properties = { DBInstanceIdentifier: 'shop', KmsKeyId };
    const Resources = { Shop: { Type: 'AWS::RDS::DBInstance', Properties }, Other: { Type: 'AWS::SNS::Topic' } };
    expect(() => settings({ Resources })).toThrow(
      `${STACK}: expected Shop.KmsKeyId to be known from its resources, got ${JSON.stringify(KmsKeyId)}; restore by hand`,
    );
  },
);
