/** The emulated account with an environment's database as its stack has it, an older PostgreSQL behind it and a newer one at hand, and what its APIs show. Begins no upgrade. */
import { readdirSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeBlueGreenDeploymentsCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { InstanceType, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Postgres } from '../../constructs/database/postgres';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { databaseOf } from '../../lib/commands/restore/names';
import type { Environment } from '../../lib/config/environment';
import { ACCOUNT, accountEnv, type Cloud, client, cloudEnv } from '../../lib/rehearsal/aws';
import type { Databases } from '../../lib/rehearsal/databases';
import { RunningParts } from '../../lib/rehearsal/parts';
import { until } from '../../lib/rehearsal/process';
import { postgresSays } from '../../lib/rehearsal/standbys';
import { startDatabases } from './emulated-databases';
import { testApp } from './stack';

const STATE = '.holdfast/integration-upgrade';
/** Between two looks at what the APIs show. */
const LOOK_MS = 150;

/** As the environment's stack has it, of that major version. */
function templateOf({ name, region, zones, database }: Environment, major: string): string {
  const stackName = `Holdfast-${name}-Data`;
  const stack = new Stack(testApp(), 'Data', { stackName, env: { account: ACCOUNT, region } });
  const vpc = new Vpc(stack, 'Vpc', {
    availabilityZones: [...zones],
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
  });
  const { instanceClass, replicas, multiAz, storageGib, backupDays, retain } = database;
  new Postgres(stack, 'Database', {
    vpc,
    encryptionKey: new EncryptionKey(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY }).allowLogs(),
    instanceType: new InstanceType(instanceClass),
    storageGib,
    replicas,
    multiAz,
    backupRetention: Duration.days(backupDays),
    logRetention: RetentionDays.ONE_WEEK,
    retain,
  });
  const { Resources } = Template.fromStack(stack).toJSON();
  return JSON.stringify({ Resources })
    .replaceAll(/"EngineVersion":"\d+"/g, `"EngineVersion":"${major}"`)
    .replaceAll(/"Family":"postgres\d+"/g, `"Family":"postgres${major}"`);
}

/** When a status was seen, milliseconds since 1970. */
class Times {
  readonly #seen: number[] = [];

  add(): void {
    this.#seen.push(Date.now());
  }

  /** A look may be late, and what a server refuses as it starts comes after it. */
  has({ at }: { readonly at: number }): boolean {
    return this.#seen.some((seen) => at >= seen - 500 && at <= seen + 700);
  }
}

export class UpgradeWorld {
  readonly restarted = new Times();
  readonly switched = new Times();
  readonly StackName: string;
  rds!: RDSClient;
  stacks!: CloudFormationClient;
  readonly #config: Environment;
  readonly #parts = new RunningParts(undefined);
  #databases!: Databases;
  #cloud!: Cloud;
  #watching = true;
  #watch = Promise.resolve();

  constructor(config: Environment) {
    this.#config = config;
    this.StackName = `Holdfast-${config.name}-Data`;
  }

  /** @param newer the major version at hand besides */
  async start(older: string, before: string, newer: string): Promise<void> {
    const { primary } = databaseOf(this.#config);
    const { region } = primary;
    const { databases, cloud } = await startDatabases(STATE, { region, name: primary.id }, this.#parts, (found) => ({
      tools: { ...found, postgres: older },
      newer: { [newer]: found.postgres },
    }));
    this.#databases = databases;
    this.#cloud = cloud;
    this.rds = new RDSClient({ ...client(cloud, region), maxAttempts: 1 });
    this.stacks = new CloudFormationClient(client(cloud, region));
    Object.assign(process.env, accountEnv(cloud, region));
    const TemplateBody = this.template(before);
    await this.stacks.send(new CreateStackCommand({ StackName: this.StackName, TemplateBody }));
    await this.#settled();
    await until('all there', async () => (await this.all()).every((each) => each.DBInstanceStatus === 'available'));
    this.#watch = this.#look(primary.id);
  }

  async stop(): Promise<void> {
    this.#watching = false;
    await this.#watch;
    this.rds.destroy();
    this.stacks.destroy();
    await this.#parts.stop();
    for (const each of readdirSync(STATE).filter((name) => /^postgres(-\d+)?$/.test(name)))
      rmSync(`${STATE}/${each}`, { recursive: true }); // Jest takes some of their files for snapshots
  }

  /** Of a process that speaks to the account. */
  get env(): Record<string, string> {
    return cloudEnv(this.#cloud, this.#config.region);
  }

  template(major: string): string {
    return templateOf(this.#config, major);
  }

  /** @returns the status that it ends with */
  async deploy(major: string): Promise<string | undefined> {
    const { StackName } = this;
    await this.stacks.send(new UpdateStackCommand({ StackName, TemplateBody: this.template(major) }));
    return this.#settled();
  }

  async #settled(): Promise<string | undefined> {
    const { StackName } = this;
    const status = async () =>
      (await this.stacks.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
    await until(StackName, async () => !(await status())?.endsWith('IN_PROGRESS'));
    return status();
  }

  async all() {
    return (await this.rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? [];
  }

  async instance(DBInstanceIdentifier: string) {
    return (await this.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];
  }

  async deployment() {
    return (await this.rds.send(new DescribeBlueGreenDeploymentsCommand({}))).BlueGreenDeployments?.[0];
  }

  async at(name: string) {
    return { host: '127.0.0.1', port: await this.#databases.port({ region: this.#config.region, name }) };
  }

  async says(name: string, sql: string) {
    return postgresSays(await this.at(name), sql);
  }

  async #look(primary: string): Promise<void> {
    for (; this.#watching; await wait(LOOK_MS)) {
      const [instance, deployment] = await Promise.all([
        this.instance(primary).catch(() => undefined),
        this.deployment(),
      ]);
      if (instance?.DBInstanceStatus === 'rebooting') this.restarted.add();
      if (deployment?.Status === 'SWITCHOVER_IN_PROGRESS') this.switched.add();
    }
  }
}
