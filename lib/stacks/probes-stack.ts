/** What looks at database and session store from inside, once a minute. Apart from Data, which a change of a probe must not touch. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import type { Postgres } from '../../constructs/database/postgres';
import { PostgresProbe } from '../../constructs/probes/postgres-probe';
import { RedisProbe } from '../../constructs/probes/redis-probe';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import type { SessionStore } from '../../constructs/sessions/session-store';
import { databaseProbeAlerts, sessionProbeAlerts } from '../alerts/probes';
import type { Environment } from '../config/environment';
import { probesOf } from '../config/probes';

export interface ProbesStackProps extends StackProps {
  readonly config: Environment;
  readonly vpc: IVpc;
  readonly database: Postgres;
  readonly sessions: SessionStore;
  readonly alerting: Alerting;
}

export class ProbesStack extends Stack {
  constructor(scope: Construct, id: string, props: ProbesStackProps) {
    super(scope, id, props);
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // no probe of what was replaced
    const { config, vpc, database, sessions, alerting } = props;
    const probes = probesOf(config);
    const logRetention = config.retention.logDays as RetentionDays;
    const removalPolicy = config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs(); // Control Tower sees a stack's own alone
    const common = { environment: config.name, vpc, logRetention, logKey, failures: alerting.topics.info };
    if (probes.sessions) {
      const { signals, functionName: value } = new RedisProbe(this, 'Redis', { ...common, store: sessions });
      new Alarms(this, 'RedisAlarms', { signals, alerts: sessionProbeAlerts, ...alerting });
      new CfnOutput(this, 'RedisProbeName', { value });
    }
    if (probes.database) {
      const probe = new PostgresProbe(this, 'Postgres', { ...common, database, databaseName: 'app' });
      const { signals, functionName: value } = probe;
      new Alarms(this, 'PostgresAlarms', { signals, alerts: databaseProbeAlerts, ...alerting });
      new CfnOutput(this, 'PostgresProbeName', { value });
    }
  }
}
