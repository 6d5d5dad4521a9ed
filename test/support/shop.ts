/** A database with its replicas in two regions, deployed into the emulator with real PostgreSQL behind the primary and the second region's replica. Restores nothing. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { RDSClient } from '@aws-sdk/client-rds';
import { instancesOf } from '../../lib/commands/restore/names';
import { key, type Place } from '../../lib/commands/restore/swap';
import type { Task } from '../../lib/commands/restore/tasks';
import { rdsWorld } from '../../lib/commands/restore/world';
import { ACCOUNT, accountEnv, type Cloud, client } from '../../lib/rehearsal/aws';
import type { Databases } from '../../lib/rehearsal/databases';
import { RunningParts } from '../../lib/rehearsal/parts';
import { until } from '../../lib/rehearsal/process';
import type { Address } from '../../lib/rehearsal/servers';
import { postgresSays } from '../../lib/rehearsal/standbys';
import { taskOf } from './database-world';
import { startDatabases } from './emulated-databases';

export const [FIRST, SECOND] = ['eu-west-1', 'eu-central-1'] as const;
const at = (region: string, id: string): Place => ({ region, id });
export const primary = at(FIRST, 'shop-data-primary');
export const near = at(FIRST, 'shop-data-replica1');
export const far = at(SECOND, 'shop-datarecovery-primary');
export const DATABASE = {
  primary,
  incoming: at(FIRST, `${primary.id}-restored`),
  replicas: [near, far],
  standby: far,
  prefix: 'shop-data',
  stacks: [at(FIRST, 'Data'), at(SECOND, 'Data')],
};

/** As the stacks have them: fixed names, and the far one by the primary's ARN. */
const database = (properties: object) => ({
  Type: 'AWS::RDS::DBInstance',
  Properties: { DBInstanceClass: 'db.t4g.small', ...properties },
});
const subnet = (zone: string, block: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: { Ref: 'Vpc' }, AvailabilityZone: `${FIRST}${zone}`, CidrBlock: block },
});
const MONITORED = { MonitoringInterval: 60, MonitoringRoleArn: { 'Fn::GetAtt': ['Monitoring', 'Arn'] } };
const TEMPLATES = {
  [FIRST]: {
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: {} } },
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    SubnetA: subnet('a', '10.0.0.0/24'),
    SubnetB: subnet('b', '10.0.1.0/24'),
    Subnets: {
      Type: 'AWS::RDS::DBSubnetGroup',
      Properties: { DBSubnetGroupDescription: 'shop', SubnetIds: [{ Ref: 'SubnetA' }, { Ref: 'SubnetB' }] },
    },
    SecurityGroup: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'shop', VpcId: { Ref: 'Vpc' } },
    },
    Parameters: {
      Type: 'AWS::RDS::DBParameterGroup',
      Properties: { Family: 'postgres18', Description: 'shop' },
    },
    Monitoring: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
    Primary: database({
      DBInstanceIdentifier: primary.id,
      Engine: 'postgres',
      AllocatedStorage: '20',
      MaxAllocatedStorage: 60,
      StorageType: 'gp3',
      StorageEncrypted: true,
      KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] },
      MultiAZ: true,
      BackupRetentionPeriod: 14,
      PreferredBackupWindow: '01:00-02:00',
      PreferredMaintenanceWindow: 'sun:06:00-sun:07:00',
      ...MONITORED,
      DeletionProtection: true,
      CopyTagsToSnapshot: true,
      EnableIAMDatabaseAuthentication: true,
      DBSubnetGroupName: { Ref: 'Subnets' },
      DBParameterGroupName: { Ref: 'Parameters' },
      VPCSecurityGroups: [{ 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] }],
      Tags: [{ Key: 'project', Value: 'shop' }],
    }),
    Replica1: database({
      DBInstanceIdentifier: near.id,
      SourceDBInstanceIdentifier: { Ref: 'Primary' },
      DBSubnetGroupName: { Ref: 'Subnets' },
      DBParameterGroupName: { Ref: 'Parameters' },
      VPCSecurityGroups: [{ 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] }],
      ...MONITORED,
    }),
  },
  [SECOND]: {
    Standby: database({
      DBInstanceIdentifier: far.id,
      SourceDBInstanceIdentifier: `arn:aws:rds:${FIRST}:${ACCOUNT}:db:${primary.id}`,
      KmsKeyId: 'alias/second',
      VPCSecurityGroups: ['sg-second'],
      MonitoringInterval: 60,
      MonitoringRoleArn: `arn:aws:iam::${ACCOUNT}:role/monitoring`,
    }),
  },
};
const body = (region: keyof typeof TEMPLATES, Description: string) =>
  JSON.stringify({ Description, Resources: TEMPLATES[region] });

export class Shop {
  readonly #parts = new RunningParts(undefined);
  #databases: Databases | undefined;
  #cloud: Cloud | undefined;

  /** @param state a folder of its own */
  async start(state: string): Promise<void> {
    const { databases, cloud } = await startDatabases(state, { region: FIRST, name: primary.id }, this.#parts);
    this.#databases = databases;
    this.#cloud = cloud;
    Object.assign(process.env, accountEnv(cloud, FIRST));
    for (const region of [FIRST, SECOND])
      await this.#stacks(region).send(
        new CreateStackCommand({ StackName: 'Data', TemplateBody: body(region, 'first') }),
      );
    await until('all three', async () => (await rdsWorld().look([primary, near, far])).size === 3);
  }

  stop = () => this.#parts.stop();

  /** Of the emulated RDS. */
  rds(): RDSClient {
    if (!this.#cloud) throw new Error('the shop was not started');
    return new RDSClient(client(this.#cloud, FIRST));
  }

  #stacks(region: string): CloudFormationClient {
    if (!this.#cloud) throw new Error('the shop was not started');
    return new CloudFormationClient(client(this.#cloud, region));
  }

  /** The real server behind an instance. */
  async address({ region, id }: Place): Promise<Address> {
    if (!this.#databases) throw new Error('the shop was not started');
    return { host: '127.0.0.1', port: await this.#databases.port({ region, name: id }) };
  }

  says = async (place: Place, sql: string) => postgresSays(await this.address(place), sql);

  /** Deploys the same templates once more. @returns the names of the instances that they then hold */
  async deployAgain(): Promise<readonly (string | undefined)[]> {
    const held: (string | undefined)[] = [];
    for (const region of [FIRST, SECOND]) {
      const stacks = this.#stacks(region);
      await stacks.send(new UpdateStackCommand({ StackName: 'Data', TemplateBody: body(region, `${Date.now()}`) }));
      const { StackResources = [] } = await stacks.send(new DescribeStackResourcesCommand({ StackName: 'Data' }));
      const instances = StackResources.filter(({ ResourceType }) => ResourceType === 'AWS::RDS::DBInstance');
      held.push(...instances.map(({ PhysicalResourceId }) => PhysicalResourceId));
    }
    return held;
  }

  /** What RDS can't give to another instance, by `region/id`. */
  async identities(): Promise<Readonly<Record<string, string | undefined>>> {
    const found = await rdsWorld().look(instancesOf(DATABASE));
    return Object.fromEntries([...found].map(([name, it]) => [name, it.DbiResourceId]));
  }

  /** A way to call the command, without a question. @returns what it said */
  async call(work: (task: Task) => Promise<void>, options: Parameters<typeof taskOf>[1]): Promise<string> {
    const { task, said } = taskOf(rdsWorld(), options, { database: DATABASE, lookMs: 200 });
    await work(task);
    return said.join('\n');
  }
}

/** Of an instance, as RDS describes it. */
export const described = async (place: Place) => (await rdsWorld().look([place])).get(key(place));
