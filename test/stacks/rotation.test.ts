/** Which secrets of each environment are replaced by a schedule; every other one is named here, with why it is replaced by hand. */
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { dev } from '../../lib/config/dev';
import { prod } from '../../lib/config/prod';
import { rotationDaysOf } from '../../lib/config/rotation';
import { type Resource, type StackTemplate, TEMPLATES } from '../support/assemblies';
import { faults } from '../support/faults';
import { properties, stackTemplate } from '../support/stack';

const BY_HAND: Readonly<Record<string, string>> = {
  'Alerting/Router/Channels': 'of other parties',
  'DataRecovery/Sessions/Secret': 'of a store that waits in the second region, empty',
  'Backend/OriginSecret': 'tells who speaks and opens nothing; CloudFront takes another at a deployment',
  'Uptime/Uptime/Password': 'of a user whom the probe registers itself',
};

interface Reference {
  readonly Ref?: string;
  readonly 'Fn::ImportValue'?: string;
}
interface Output {
  readonly Value: Reference;
  readonly Export?: { readonly Name: string };
}

/** Path of each secret below the environment → whether a schedule replaces it. */
function secretsOf(environment: string): Readonly<Record<string, boolean>> {
  const stacks = TEMPLATES.filter((each) => each.environment === environment);
  const secretIn = (resource: Resource | undefined) => (resource?.Properties?.SecretId ?? {}) as Reference;
  const of = ({ template }: StackTemplate, type: string) =>
    Object.entries(template.Resources).filter(([, { Type }]) => Type === `AWS::SecretsManager::${type}`);
  const imports = stacks
    .flatMap((stack) => of(stack, 'RotationSchedule'))
    .map(([, schedule]) => secretIn(schedule)['Fn::ImportValue']);
  return Object.fromEntries(
    stacks.flatMap((stack) => {
      const { Outputs = {}, Resources } = stack.template;
      const scheduled = Object.values(Outputs as Readonly<Record<string, Output>>)
        .filter(({ Export }) => Export && imports.includes(Export.Name))
        .map(({ Value: { Ref = '' } }) => secretIn(Resources[Ref]).Ref ?? Ref); // RDS's by its attachment
      return of(stack, 'Secret').map(([id, { Metadata }]) => [
        `${Metadata?.['aws:cdk:path']}`.replace(/^Holdfast\//, '').replace(/\/Resource$/, ''),
        scheduled.includes(id),
      ]);
    }),
  );
}

/** The passwords of database and session store, and what signs. */
const BY_SCHEDULE = [
  'Backend/CookieSecret',
  'Backend/JwtSecret',
  'Data/Database/Primary/Secret',
  'Data/Sessions/Secret',
];

it.each(ENVIRONMENT_NAMES)('of %s rotate where that is on, or it is said why they are replaced by hand', (name) => {
  const secrets = Object.entries(secretsOf(name)).filter(([path]) => !(path in BY_HAND));
  const on = rotationDaysOf(environment(name)) > 0;
  expect(Object.fromEntries(secrets)).toEqual(Object.fromEntries(BY_SCHEDULE.map((path) => [path, on])));
});

it('are said to be replaced by hand only while they are', () => {
  const all = ENVIRONMENT_NAMES.flatMap((name) => Object.entries(secretsOf(name)));
  const byHand = new Set(all.filter(([, scheduled]) => !scheduled).map(([path]) => path));
  expect(Object.keys(BY_HAND).filter((path) => !byHand.has(path))).toEqual([]);
});

describe('whose copies wait in a second region', () => {
  const rotation = stackTemplate(prod.name, 'Rotation');
  const keyOf = (stack: string): unknown[] =>
    properties(stackTemplate(prod.name, stack), 'AWS::SecretsManager::Secret').flatMap(({ ReplicaRegions = [] }) =>
      ReplicaRegions.flatMap(({ KmsKeyId }: { KmsKeyId?: object }) => KmsKeyId ?? []),
    );
  const rights = (id: string) =>
    Object.entries(rotation.findResources('AWS::IAM::Policy'))
      .filter(([name]) => name.startsWith(`${id}Role`))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);

  it('are written there by whoever rotates them, who needs the key of the copies too', () => {
    const keys = [...keyOf('Data'), ...keyOf('Backend')];
    expect(keys.length).toBeGreaterThan(1);
    for (const key of keys)
      for (const id of ['Database', 'Signing'])
        expect(rights(id)).toContainEqual({
          Effect: 'Allow',
          Action: ['kms:Encrypt', 'kms:GenerateDataKey'],
          Resource: key,
        });
    expect(JSON.stringify(rights('Sessions'))).not.toContain('kms:Encrypt');
  });

  it('rest for the database while the second region writes, which the function asks RDS there', () => {
    const copy = `holdfast-${prod.name}-datarecovery-primary`;
    const functions = properties(rotation, 'AWS::Lambda::Function').map(({ Environment }) => Environment?.Variables);
    expect(functions).toContainEqual(expect.objectContaining({ COPY: `${prod.recovery.region}/${copy}` }));
    expect(rights('Database')).toContainEqual(
      expect.objectContaining({ Effect: 'Allow', Action: 'rds:DescribeDBInstances' }),
    );
    expect(JSON.stringify(rights('Database'))).toContain(`:rds:${prod.recovery.region}:`);
  });
});

it('rotate every 30 days unless the configuration says otherwise', () => {
  expect(rotationDaysOf(dev)).toBe(30);
  expect(rotationDaysOf({ ...dev, rotationDays: 0 })).toBe(0);
  expect(faults({ ...dev, rotationDays: 400 })).toContain(
    'rotationDays: expected a whole number from 0 to 365, got 400',
  );
});
