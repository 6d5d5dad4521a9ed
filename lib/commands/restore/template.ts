/** What the deployed templates say databases are like, as RDS would describe them: for one that isn't there to be looked at. Changes nothing. */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import type { DBInstance } from '@aws-sdk/client-rds';
import { ConfigError } from '../../config/config-error';
import { PATIENCE } from '../outputs';
import { type Instances, key, type Place } from './swap';

type Properties = Readonly<Record<string, unknown>>;

/** A stack as CloudFormation has it. */
export interface Deployed {
  /** ARN. */
  readonly id: string;
  readonly template: {
    readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;
  };
  /** Physical ids by logical ones. */
  readonly physical: ReadonlyMap<string, string>;
}

interface Where {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** Attributes that databases refer to, from a resource's physical id. */
const ATTRIBUTES: Readonly<Record<string, (id: string, where: Where) => string>> = {
  'AWS::KMS::Key.Arn': (id, { partition, region, account }) => `arn:${partition}:kms:${region}:${account}:key/${id}`,
  'AWS::IAM::Role.Arn': (id, { partition, account }) => `arn:${partition}:iam::${account}:role/${id}`,
  'AWS::EC2::SecurityGroup.GroupId': (id) => id,
};

const number = (value: unknown) => (value === undefined ? undefined : Number(value));

/** All instances of a stack, by `region/id`. Throws a ConfigError where a value can't be known from outside. */
export function settingsIn({ id: stackId, template, physical }: Deployed): Instances {
  const [, partition = '', , region = '', account = ''] = stackId.split(':');

  function value(path: string, given: unknown): unknown {
    if (Array.isArray(given)) return given.map((each) => value(path, each));
    if (typeof given !== 'object' || given === null) return given;
    const { Ref, 'Fn::GetAtt': attribute } = given as Properties;
    const unknown = () =>
      new ConfigError(
        `${stackId}: expected ${path} to be known from its resources, got ${JSON.stringify(given)}; restore by hand`,
      );
    if (Ref === undefined && attribute === undefined) {
      if (Object.keys(given).some((name) => name.startsWith('Fn::'))) throw unknown();
      const fields = Object.entries(given).map(([name, field]) => [name, value(path, field)]);
      return Object.fromEntries(fields);
    }
    const [logical = '', name = ''] = typeof Ref === 'string' ? [Ref] : (attribute as readonly string[]);
    const found = physical.get(logical);
    const known = name ? ATTRIBUTES[`${template.Resources[logical]?.Type}.${name}`] : (it: string) => it;
    if (!found || !known) throw unknown();
    return known(found, { partition, region, account });
  }

  function described(logical: string, given: Properties): readonly [string, DBInstance] {
    // of no other property: a password is a reference that only CloudFormation follows
    const of = <T>(name: string) => value(`${logical}.${name}`, given[name]) as T | undefined;
    const id = `${of('DBInstanceIdentifier') ?? physical.get(logical)}`;
    return [
      key({ region, id }),
      {
        DBInstanceIdentifier: id,
        DBInstanceArn: `arn:${partition}:rds:${region}:${account}:db:${id}`,
        DBInstanceClass: of('DBInstanceClass'),
        DbInstancePort: number(of('Port')),
        MultiAZ: of('MultiAZ'),
        StorageType: of('StorageType'),
        MaxAllocatedStorage: number(of('MaxAllocatedStorage')),
        KmsKeyId: of('KmsKeyId'),
        BackupRetentionPeriod: number(of('BackupRetentionPeriod')),
        PreferredBackupWindow: of('PreferredBackupWindow'),
        PreferredMaintenanceWindow: of('PreferredMaintenanceWindow'),
        AutoMinorVersionUpgrade: of('AutoMinorVersionUpgrade'),
        DeletionProtection: of('DeletionProtection'),
        CopyTagsToSnapshot: of('CopyTagsToSnapshot'),
        CACertificateIdentifier: of('CACertificateIdentifier'),
        IAMDatabaseAuthenticationEnabled: of('EnableIAMDatabaseAuthentication'),
        MonitoringInterval: number(of('MonitoringInterval')),
        MonitoringRoleArn: of('MonitoringRoleArn'),
        PerformanceInsightsEnabled: of('EnablePerformanceInsights'),
        PerformanceInsightsKMSKeyId: of('PerformanceInsightsKMSKeyId'),
        EnabledCloudwatchLogsExports: of('EnableCloudwatchLogsExports'),
        DBSubnetGroup: { DBSubnetGroupName: of('DBSubnetGroupName') },
        DBParameterGroups: [{ DBParameterGroupName: of('DBParameterGroupName') }],
        VpcSecurityGroups: (of<readonly string[]>('VPCSecurityGroups') ?? []).map((VpcSecurityGroupId) => ({
          VpcSecurityGroupId,
        })),
        TagList: of('Tags'),
      },
    ];
  }

  return new Map(
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::RDS::DBInstance')
      .map(([logical, { Properties: given = {} }]) => described(logical, given)),
  );
}

async function deployed({ region, id: StackName }: Place): Promise<Deployed> {
  const client = new CloudFormationClient({ region, ...PATIENCE });
  try {
    const [{ Stacks = [] }, { TemplateBody = '{}' }] = await Promise.all([
      client.send(new DescribeStacksCommand({ StackName })),
      client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Processed' })),
    ]);
    const physical = new Map<string, string>();
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
      for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
        physical.set(LogicalResourceId, PhysicalResourceId);
    return { id: Stacks[0]?.StackId ?? '', template: JSON.parse(TemplateBody), physical };
  } catch (error) {
    const { name, message } = error as Error;
    throw new ConfigError(
      `${StackName}: expected a deployed stack in ${region}, whose template says what the database is like, got ${name}: ${message}`,
    );
  } finally {
    client.destroy();
  }
}

/** Of every instance of these stacks. Throws a ConfigError where one isn't deployed. */
export const settingsOf = async (stacks: readonly Place[]): Promise<Instances> =>
  new Map((await Promise.all(stacks.map(deployed))).flatMap((stack) => [...settingsIn(stack)]));
