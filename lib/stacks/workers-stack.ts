/** Servers of their own for the jobs. Where an environment has none, the fleet's do them. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import { InstanceType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import type { Topics } from '../../constructs/alerting/alarms';
import { Workers } from '../../constructs/backend/workers';
import type { Postgres } from '../../constructs/database/postgres';
import type { JobQueue } from '../../constructs/jobs/job-queue';
import { allowMail } from '../../constructs/jobs/mail';
import type { ReleaseBucket } from '../../constructs/release/release-bucket';
import type { Environment } from '../config/environment';
import type { Archives } from './archives';
import { machineImage } from './machine-image';

/** What a server that does jobs is told, beside where its release and its logs are. */
export const workerEnvironment = ({ workers, mail }: Environment): Readonly<Record<string, string>> => ({
  JOBS_AT_ONCE: `${workers.jobsAtOnce}`,
  MAIL_FROM: mail?.from ?? '',
});

export interface WorkersStackProps extends StackProps {
  readonly config: Environment;
  readonly group: NonNullable<Environment['workers']['group']>;
  readonly vpc: IVpc;
  readonly database: Postgres;
  readonly jobs: JobQueue;
  readonly releases: ReleaseBucket;
  readonly logGroup: ILogGroup;
  readonly topics: Topics;
  readonly archives: Archives;
}

export class WorkersStack extends Stack {
  constructor(scope: Construct, id: string, props: WorkersStackProps) {
    super(scope, id, props);
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);
    const { config, group, vpc, database, jobs, releases, logGroup, topics, archives } = props;
    const workers = new Workers(this, 'Workers', {
      vpc,
      instanceType: new InstanceType(group.instanceClass),
      image: machineImage(config.region),
      server: { asset: new Asset(this, 'Server', { path: archives.server.path }), sha256: archives.server.sha256 },
      min: group.min,
      max: group.max,
      queue: jobs.queue,
      backlog: group.backlog,
      secrets: [database.secret],
      logGroup,
      notices: topics.info,
      environment: {
        SERVES: 'worker',
        RELEASE_BUCKET: releases.bucket.bucketName,
        DATABASE_SECRET: database.secret.secretArn,
        QUEUE_URL: jobs.queue.queueUrl,
        ...workerEnvironment(config),
        ENVIRONMENT: config.name,
        LOG_GROUP: logGroup.logGroupName,
      },
    });
    new CfnOutput(this, 'WorkersName', { value: workers.group.autoScalingGroupName });
    releases.allowFetching(workers.role, 'workers');
    jobs.allowTaking(workers.role);
    if (config.mail) allowMail(workers.role, config.mail.from);
    workers.connections.allowToDefaultPort(database, 'PostgreSQL');
  }
}
