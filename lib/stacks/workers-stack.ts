/** Servers of their own for the jobs. Where an environment has none, the fleet's do them. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { InstanceType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import type { Topics } from '../../constructs/alerting/alarms';
import { Workers } from '../../constructs/backend/workers';
import type { Database } from '../../constructs/database/instances';
import type { JobQueue } from '../../constructs/jobs/job-queue';
import { allowMail } from '../../constructs/jobs/mail';
import { LiveFleets } from '../../constructs/release/live-fleets';
import type { ReleaseBucket } from '../../constructs/release/release-bucket';
import { groupName, type RolledService } from '../../constructs/release/rolled-service';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import type { Environment } from '../config/environment';
import type { Archives } from './archives';
import { databaseAddress, workerEnvironment } from './backend-environment';
import { machineImage } from './machine-image';

export interface WorkersStackProps extends StackProps {
  readonly config: Environment;
  readonly group: NonNullable<Environment['workers']['group']>;
  readonly vpc: IVpc;
  readonly database: Database;
  readonly jobs: JobQueue;
  readonly releases: ReleaseBucket;
  readonly logGroup: ILogGroup;
  /** Names: one in ALARM, and a release to the workers goes back. */
  readonly alarms: readonly string[];
  readonly topics: Topics;
  readonly archives: Archives;
}

const SERVICE = 'workers';

export class WorkersStack extends Stack {
  readonly service: RolledService;

  constructor(scope: Construct, id: string, props: WorkersStackProps) {
    super(scope, id, props);
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);
    const { config, group, vpc, database, jobs, releases, logGroup, topics, archives } = props;
    const removalPolicy = config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs();
    const live = new LiveFleets(this, 'LiveFleets', {
      environment: config.name,
      services: { [SERVICE]: { min: group.min, max: group.max, colours: ['blue'] } },
      bucket: releases.bucket,
      release: archives.release,
      logRetention: config.retention.logDays as RetentionDays,
      logKey,
      failures: topics.warning,
    });
    const workers = new Workers(this, 'Workers', {
      environmentName: config.name,
      service: SERVICE,
      limits: { blue: { min: live.min(SERVICE, 'blue'), max: live.max(SERVICE, 'blue') } },
      first: group.min,
      vpc,
      instanceType: new InstanceType(group.instanceClass),
      image: machineImage(config.region),
      server: { asset: new Asset(this, 'Server', { path: archives.server.path }), sha256: archives.server.sha256 },
      queue: jobs.queue,
      backlog: group.backlog,
      secrets: [database.secret],
      logGroup,
      notices: topics.info,
      environment: {
        SERVES: 'worker',
        RELEASE_BUCKET: releases.bucket.bucketName,
        ...databaseAddress(database),
        QUEUE_URL: jobs.queue.queueUrl,
        ...workerEnvironment(config),
        LOG_GROUP: logGroup.logGroupName,
      },
    });
    live.settle(workers.groups.blue);
    this.service = {
      name: SERVICE,
      groups: { blue: groupName(config.name, SERVICE, 'blue') },
      alarms: props.alarms,
      stack: this.stackName,
    };
    new CfnOutput(this, 'WorkersName', { value: workers.groups.blue.autoScalingGroupName });
    releases.allowFetching(workers.role, SERVICE);
    jobs.allowTaking(workers.role);
    if (config.mail) allowMail(workers.role, config.mail.from);
    workers.connections.allowToDefaultPort(database, 'PostgreSQL');
  }
}
