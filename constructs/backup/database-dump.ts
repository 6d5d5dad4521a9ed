/** Dumps a database into a bucket once a day, by a build of CodeBuild within the network: no server of ours has to be up, or busy, for it. Restores nothing. */
import { readFileSync } from 'node:fs';
import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import { Connections, type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { CfnPolicy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import type { Postgres } from '../database/postgres';
import { exempt, exemptAtSynthesis } from '../exemptions';
import { wildcardFinding } from '../release/group-arn';
import { Logs, type LogsProps } from '../storage/logs';

/** UTC. After RDS's and AWS Backup's windows, so that all three are of one night. */
const SCHEDULE = 'cron(30 4 * * ? *)';
/** 50 GB of disk, which is what a dump may take; the next size has 128 GB. */
const COMPUTE = 'BUILD_GENERAL1_SMALL';
/** Curated by AWS: Amazon Linux 2023 with the AWS command line. */
const IMAGE = 'aws/codebuild/amazonlinux-aarch64-standard:3.0';
const MOST = Duration.hours(8);
/** RDS's authorities are known to no system. */
const AUTHORITIES = 'https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem';

export interface DatabaseDumpProps extends LogsProps {
  readonly vpc: IVpc;
  readonly database: Postgres;
  /** Name of the database in it. */
  readonly databaseName: string;
  /** Major version of pg_dump: the database's, or a later one. */
  readonly version: string;
  /** Encrypted by a key of ours; what is in it goes by its own rules. */
  readonly bucket: IBucket;
  /** Gets each dump too, in another region. @default none */
  readonly copy?: { readonly bucket: IBucket; readonly region: string };
}

/** In one of its own: the build's shell is the same for all commands, and asks their outcome, where `set -e` may not count. */
const inShell = (script: string) => `bash <<'DUMP'\n${script}DUMP`;

export class DatabaseDump extends Construct {
  readonly #project: string;

  constructor(scope: Construct, id: string, props: DatabaseDumpProps) {
    super(scope, id);
    const { vpc, database, bucket, copy, version, logKey } = props;
    const logs = new Logs(this, 'Logs', props);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Dump',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3, Secrets Manager, packages');
    new Connections({ securityGroups: [securityGroup] }).allowToDefaultPort(database, 'PostgreSQL');
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') });
    logs.grantWrite(role);
    const policy = this.#policy(role, props);
    const { subnetIds } = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS });
    const variable = (name: string, value: string) => ({ name, value, type: 'PLAINTEXT' });
    const { primary, secret } = database;
    const secretValue = (name: string, key: string) => ({
      name,
      value: `${secret.secretArn}:${key}`,
      type: 'SECRETS_MANAGER',
    });
    const project = new CfnProject(this, 'Project', {
      description: 'Dumps the database into a bucket',
      serviceRole: role.roleArn,
      source: {
        type: 'NO_SOURCE',
        buildSpec: JSON.stringify({
          version: '0.2',
          phases: {
            install: {
              commands: [`dnf install -y -q postgresql${version}`, `curl -sSf -o /tmp/authorities.pem ${AUTHORITIES}`],
            },
            build: { commands: [inShell(readFileSync('constructs/backup/database-dump.sh', 'utf8'))] },
          },
          env: { shell: 'bash' },
        }),
      },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'ARM_CONTAINER',
        computeType: COMPUTE,
        image: IMAGE,
        privilegedMode: false,
        environmentVariables: [
          variable('PGHOST', primary.dbInstanceEndpointAddress),
          variable('PGPORT', primary.dbInstanceEndpointPort),
          variable('PGDATABASE', props.databaseName),
          variable('PGSSLMODE', 'verify-full'),
          variable('PGSSLROOTCERT', '/tmp/authorities.pem'),
          variable('BUCKET', bucket.bucketName),
          variable('COPY_BUCKET', copy?.bucket.bucketName ?? ''),
          variable('COPY_REGION', copy?.region ?? ''),
          secretValue('PGUSER', 'username'),
          secretValue('PGPASSWORD', 'password'),
        ],
      },
      vpcConfig: { vpcId: vpc.vpcId, subnets: subnetIds, securityGroupIds: [securityGroup.securityGroupId] },
      encryptionKey: logKey.keyArn,
      timeoutInMinutes: MOST.toMinutes(),
      queuedTimeoutInMinutes: 60,
      concurrentBuildLimit: 1,
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: logs.logGroupName } },
    });
    project.node.addDependency(policy); // CodeBuild tries the role's way into the network at once
    this.#project = project.ref;
    this.#schedule(project.attrArn);
  }

  /** Into the network, and into the buckets: neither reading there nor deleting. */
  #policy(role: Role, { bucket, copy, vpc, database: { secret } }: DatabaseDumpProps): CfnPolicy {
    const stack = Stack.of(this);
    const interfaces = stack.formatArn({ service: 'ec2', resource: 'network-interface', resourceName: '*' });
    const subnets = vpc
      .selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS })
      .subnetIds.map((subnet) => stack.formatArn({ service: 'ec2', resource: 'subnet', resourceName: subnet }));
    const buckets = [bucket, ...(copy ? [copy.bucket] : [])];
    const objects = buckets.map((each) => each.arnForObjects('dumps/*'));
    const see = ['DhcpOptions', 'NetworkInterfaces', 'Subnets', 'SecurityGroups', 'Vpcs'].map(
      (each) => `Describe${each}`,
    );
    const keyOf = ({ encryptionKey }: { readonly encryptionKey?: IKey }) =>
      encryptionKey ? [encryptionKey.keyArn] : [];
    const statements = [
      // by hand: what grants would write into the policy of the database's key, whose stack comes first
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] }),
      new PolicyStatement({ actions: ['kms:Decrypt'], resources: keyOf(secret) }),
      new PolicyStatement({ actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: objects }),
      new PolicyStatement({
        actions: ['kms:GenerateDataKey', 'kms:Decrypt'], // the latter for uploads in parts
        resources: buckets.flatMap(keyOf),
      }),
      new PolicyStatement({
        actions: ['CreateNetworkInterface', 'DeleteNetworkInterface', ...see].map((action) => `ec2:${action}`),
        resources: ['*'],
      }),
      new PolicyStatement({
        actions: ['ec2:CreateNetworkInterfacePermission'],
        resources: [interfaces],
        conditions: {
          StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' },
          ArnEquals: { 'ec2:Subnet': subnets },
        },
      }),
    ];
    const policy = new CfnPolicy(this, 'Policy', {
      policyName: 'Dump',
      roles: [role.roleName],
      policyDocument: new PolicyDocument({ statements }),
    });
    exempt(policy, 'wildcard', 'Resource::*', wildcardFinding(this, interfaces));
    // how the copy's bucket is named is known only then
    exemptAtSynthesis(policy, 'wildcard', () => objects.map((each) => wildcardFinding(this, each)));
    return policy;
  }

  #schedule(project: string): void {
    const { account } = Stack.of(this);
    const start = new PolicyStatement({ actions: ['codebuild:StartBuild'], resources: [project] });
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      inlinePolicies: { Start: new PolicyDocument({ statements: [start] }) },
    });
    new CfnSchedule(this, 'Schedule', {
      scheduleExpression: SCHEDULE,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: 'arn:aws:scheduler:::aws-sdk:codebuild:startBuild',
        input: Stack.of(this).toJsonString({ ProjectName: this.#project }),
        roleArn: role.roleArn,
      },
    });
  }

  get signals() {
    const metric = new Metric({
      namespace: 'AWS/CodeBuild',
      metricName: 'SucceededBuilds',
      statistic: 'Sum',
      period: Duration.hours(1),
      dimensionsMap: { ProjectName: this.#project },
    });
    return { dumpsCompleted: signal('count', metric) };
  }
}
