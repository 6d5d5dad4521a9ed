/** Everything that must outlive a deployment: changed rarely, protected from deletion. */
import {
  CfnOutput,
  CrossStackReferences,
  Duration,
  ReferenceStrength,
  RemovalPolicy,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, type IBackupVault } from 'aws-cdk-lib/aws-backup';
import { InstanceType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ReplicaRegion } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { BackupJobs } from '../../constructs/alerting/backup-jobs';
import { RestoreTest } from '../../constructs/backup/restore-test';
import { Vault } from '../../constructs/backup/vault';
import { Postgres } from '../../constructs/database/postgres';
import { awsPolicy, exempt } from '../../constructs/exemptions';
import { JobQueue } from '../../constructs/jobs/job-queue';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import type { SessionStore } from '../../constructs/sessions/session-store';
import { SavedQueries } from '../../constructs/storage/saved-queries';
import { backupAlerts } from '../alerts/backups';
import { databaseAlerts } from '../alerts/database';
import { queueAlerts } from '../alerts/queue';
import { sessionAlerts } from '../alerts/sessions';
import { recoveryDays, vaultDays } from '../config/backups';
import type { Environment } from '../config/environment';
import { QUERIES, queryFolder } from '../logs/queries';
import { sessionStore } from './session-store';

export interface DataStackProps extends StackProps {
  readonly config: Environment;
  readonly vpc: IVpc;
  readonly alerting: Alerting;
  /** Where each backup of the database is copied to, in another region. @default nowhere */
  readonly copyTo?: IBackupVault;
  /** Where the database's secret is copied to, for the servers there. @default nowhere */
  readonly secretCopies?: readonly ReplicaRegion[];
}

const FIRST = { weekly: 'SUN', monthly: 'SUN#1' } as const;

export class DataStack extends Stack {
  readonly database: Postgres;
  readonly sessions: SessionStore;
  /** Holds what was promised and not yet done, so it stands with the data. */
  readonly jobs: JobQueue;

  constructor(scope: Construct, id: string, { config, vpc, alerting, copyTo, secretCopies, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: config.database.retain });
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // no network is taken away from under the data
    const { database, retention } = config;
    const logRetention = retention.logDays as RetentionDays;
    const removalPolicy = database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const encryptionKey = new EncryptionKey(this, 'Key', { removalPolicy }).allowLogs();

    this.database = new Postgres(this, 'Database', {
      vpc,
      encryptionKey,
      instanceType: new InstanceType(database.instanceClass),
      storageGib: database.storageGib,
      replicas: database.replicas,
      multiAz: database.multiAz,
      backupRetention: Duration.days(database.backupDays),
      logRetention,
      retain: database.retain,
      secretCopies,
    });
    this.sessions = sessionStore(this, { config, vpc, encryptionKey });

    this.jobs = new JobQueue(this, 'Jobs', { encryptionKey, retain: database.retain });

    new CfnOutput(this, 'JobQueueUrl', { value: this.jobs.queue.queueUrl });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: this.jobs.deadLetters.queueUrl });
    const folder = queryFolder(config);
    const logGroups = this.database.logGroups;
    new SavedQueries(this, 'DatabaseQueries', { folder, queries: QUERIES.database, logGroups });
    const slowLogs = [this.sessions.slowLog];
    new SavedQueries(this, 'SessionQueries', { folder, queries: QUERIES.sessions, logGroups: slowLogs });

    const vault = database.retain ? this.#backUp(encryptionKey, config, copyTo) : undefined; // a vault that holds something can't be deleted

    new Alarms(this, 'DatabaseAlarms', { signals: this.database.signals, alerts: databaseAlerts, ...alerting });
    new Alarms(this, 'SessionAlarms', { signals: this.sessions.signals, alerts: sessionAlerts, ...alerting });
    if (vault) {
      new Alarms(this, 'BackupAlarms', { signals: new BackupJobs(vault).signals, alerts: backupAlerts, ...alerting });
    }
    new Alarms(this, 'QueueAlarms', { signals: this.jobs.signals, alerts: queueAlerts, ...alerting });
  }

  /** Copies of the database that its deletion leaves alone, beside RDS's own. */
  #backUp(encryptionKey: IKey, config: Environment, copyTo: IBackupVault | undefined): IBackupVault {
    const { database } = config;
    const backupVault = new Vault(this, 'BackupVault', { encryptionKey, lock: database.vaultLock });
    const plan = new BackupPlan(this, 'BackupPlan', {
      backupPlanName: this.stackName,
      backupVault,
      backupPlanRules: [
        new BackupPlanRule({
          ruleName: 'Daily',
          scheduleExpression: Schedule.cron({ hour: '3', minute: '0' }), // UTC, see the windows of the database
          startWindow: Duration.hours(1),
          completionWindow: Duration.hours(8),
          deleteAfter: Duration.days(vaultDays(database)),
          copyActions: copyTo && [{ destinationBackupVault: copyTo, deleteAfter: Duration.days(recoveryDays(config)) }],
        }),
      ],
    });
    plan.addSelection('Database', { resources: [BackupResource.fromRdsDatabaseInstance(this.database.primary)] });
    exempt(plan, 'awsPolicy', awsPolicy('service-role/AWSBackupServiceRolePolicyForBackup'));
    const { restoreTest = 'monthly' } = database;
    if (restoreTest !== 'never')
      new RestoreTest(this, 'RestoreTest', {
        database: this.database,
        vault: backupVault,
        schedule: Schedule.cron({ weekDay: FIRST[restoreTest], hour: '12', minute: '0' }),
      });
    return backupVault;
  }
}
