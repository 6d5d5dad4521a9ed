/** What the data is in the second region: a replica of the database, and session store and queue that are empty until a failover. Nothing here asks the first region once it is made. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { InstanceType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import type { Postgres } from '../../constructs/database/postgres';
import { PostgresStandby } from '../../constructs/database/standby';
import { JobQueue } from '../../constructs/jobs/job-queue';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { replicaOf } from '../../constructs/security/replicated-secret';
import type { SessionStore } from '../../constructs/sessions/session-store';
import { SavedQueries } from '../../constructs/storage/saved-queries';
import { databaseAlerts } from '../alerts/database';
import { queueAlerts } from '../alerts/queue';
import { sessionAlerts } from '../alerts/sessions';
import { standbyAlerts } from '../alerts/standby';
import type { Environment } from '../config/environment';
import { QUERIES, queryFolder } from '../logs/queries';
import { sessionStore } from './session-store';

export interface StandbyDataStackProps extends StackProps {
  readonly config: Environment;
  readonly vpc: IVpc;
  readonly alerting: Alerting;
  /** The one of the first region, which it follows. */
  readonly database: Postgres;
  /** Of the copy of its secret. */
  readonly secretKey: IKey;
}

export class StandbyDataStack extends Stack {
  readonly database: PostgresStandby;
  readonly sessions: SessionStore;
  readonly jobs: JobQueue;

  constructor(scope: Construct, id: string, props: StandbyDataStackProps) {
    super(scope, id, { ...props, terminationProtection: props.config.database.retain });
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // as in the first region
    const { config, vpc, alerting, secretKey } = props;
    const { database, retention } = config;
    const { retain } = database;
    const removalPolicy = retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const encryptionKey = new EncryptionKey(this, 'Key', { removalPolicy }).allowLogs();
    const first = Stack.of(props.database);
    this.addStackDependency(first, 'its database goes by name here');
    this.database = new PostgresStandby(this, 'Database', {
      vpc,
      encryptionKey,
      instanceType: new InstanceType(database.instanceClass),
      storageGib: database.storageGib,
      logRetention: retention.logDays as RetentionDays,
      retain,
      source: { region: first.region, identifier: props.database.identifier },
      secret: replicaOf(this, 'DatabaseSecret', props.database.secret, secretKey),
    });
    this.sessions = sessionStore(this, { config, vpc, encryptionKey });
    this.jobs = new JobQueue(this, 'Jobs', { encryptionKey, retain });

    new CfnOutput(this, 'JobQueueUrl', { value: this.jobs.queue.queueUrl });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: this.jobs.deadLetters.queueUrl });
    const folder = queryFolder(config);
    const { logGroups } = this.database;
    new SavedQueries(this, 'DatabaseQueries', { folder, queries: QUERIES.database, logGroups });
    new SavedQueries(this, 'SessionQueries', {
      folder,
      queries: QUERIES.sessions,
      logGroups: [this.sessions.slowLog],
    });

    const { signals } = this.database;
    new Alarms(this, 'StandbyAlarms', { signals, alerts: standbyAlerts, ...alerting });
    new Alarms(this, 'DatabaseAlarms', { signals, alerts: databaseAlerts, ...alerting });
    new Alarms(this, 'SessionAlarms', { signals: this.sessions.signals, alerts: sessionAlerts, ...alerting });
    new Alarms(this, 'QueueAlarms', { signals: this.jobs.signals, alerts: queueAlerts, ...alerting });
  }
}
