/** What replaces the passwords and signing secrets of Data and Backend by a schedule. Apart from them: a change of it must not touch the data. */
import { CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import type { Postgres } from '../../constructs/database/postgres';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import {
  type CopiedSecrets,
  type DatabaseRotationProps,
  databaseRotation,
  rotationSignals,
  sessionRotation,
  signingRotation,
} from '../../constructs/security/rotation';
import type { SessionStore } from '../../constructs/sessions/session-store';
import { rotationAlerts } from '../alerts/rotation';
import type { Environment } from '../config/environment';

export interface RotationStackProps extends StackProps, CopiedSecrets, Pick<DatabaseRotationProps, 'copy'> {
  readonly config: Environment;
  /** From one rotation to the next. */
  readonly days: number;
  readonly vpc: IVpc;
  readonly database: Postgres;
  readonly sessions: SessionStore;
  readonly signing: Readonly<Record<'Cookie' | 'Token', ISecret>>;
  readonly alerting: Alerting;
}

export class RotationStack extends Stack {
  constructor(scope: Construct, id: string, props: RotationStackProps) {
    super(scope, id, props);
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // no schedule of a secret that was replaced
    const { config, days, vpc, database, copy, copyKey, sessions, signing, alerting } = props;
    const removalPolicy = config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const common = {
      days,
      logRetention: config.retention.logDays as RetentionDays,
      logKey: new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs(),
      failures: alerting.topics.warning,
    };
    const signals = rotationSignals([
      databaseRotation(this, 'Database', { ...common, vpc, database, copy, copyKey }),
      sessionRotation(this, 'Sessions', { ...common, vpc, store: sessions }),
      signingRotation(this, 'Signing', { ...common, secrets: signing, copyKey }),
    ]);
    new Alarms(this, 'RotationAlarms', { signals, alerts: rotationAlerts, ...alerting });
  }
}
