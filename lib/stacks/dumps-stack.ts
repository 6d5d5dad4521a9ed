/** Logical dumps of the database, a second way beside RDS's and AWS Backup's own. Apart from Data, which a change of the job must not touch. */
import { CrossStackReferences, Duration, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { type CfnKey, Key } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { DatabaseDump } from '../../constructs/backup/database-dump';
import { MAJOR_VERSION } from '../../constructs/database/instances';
import type { Postgres } from '../../constructs/database/postgres';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { PrivateBucket } from '../../constructs/storage/private-bucket';
import { dumpAlerts } from '../alerts/backups';
import type { Dump } from '../config/backups';
import type { Environment } from '../config/environment';

export interface DumpsStackProps extends StackProps {
  readonly config: Environment;
  readonly dump: Dump;
  readonly vpc: IVpc;
  readonly database: Postgres;
  /** Gets each dump too. @default none */
  readonly copy?: { readonly bucket: IBucket; readonly region: string };
  readonly alerting: Alerting;
}

/** Where dumps lie, and how long: nobody who writes there may shorten that. */
export function dumpBucket(scope: Construct, { days }: Dump, { database, retention }: Environment, key: EncryptionKey) {
  const { retain } = database;
  const oldVersions = Duration.days(days);
  const accessLogs = new PrivateBucket(scope, 'DumpAccessLogs', {
    expiration: Duration.days(retention.accessLogDays),
    oldVersions: Duration.days(1),
    retain,
  });
  const expiration = Duration.days(days);
  return new PrivateBucket(scope, 'Dumps', { accessLogs, expiration, oldVersions, retain, encryptionKey: key });
}

export class DumpsStack extends Stack {
  constructor(scope: Construct, id: string, props: DumpsStackProps) {
    const { config, dump, vpc, database, copy, alerting } = props;
    super(scope, id, { ...props, terminationProtection: config.database.retain });
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // no job for a database that was replaced
    const removalPolicy = config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logKey = new EncryptionKey(this, 'Key', { removalPolicy }).allowLogs();
    const { signals } = new DatabaseDump(this, 'Dump', {
      vpc,
      database,
      databaseName: 'app',
      version: MAJOR_VERSION,
      bucket: dumpBucket(this, dump, config, logKey),
      copy: copy && { ...copy, bucket: this.#weakly(copy.bucket) },
      logKey,
      logRetention: config.retention.logDays as RetentionDays,
    });
    new Alarms(this, 'DumpAlarms', { signals, alerts: dumpAlerts, ...alerting });
  }

  /** A strong reference into another region is a Lambda and parameters of its own. */
  #weakly(bucket: IBucket): IBucket {
    const weak = (value: string) => Stack.consumeReference(value, ReferenceStrength.WEAK);
    const key = bucket.encryptionKey?.node.defaultChild as CfnKey | undefined;
    return Bucket.fromBucketAttributes(this, 'Copy', {
      bucketName: weak((bucket.node.defaultChild as CfnBucket).ref),
      encryptionKey: key && Key.fromKeyArn(this, 'CopyKey', weak(key.attrArn)),
    });
  }
}
