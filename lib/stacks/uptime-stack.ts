/** What looks at the site from another region than the one that serves it, and so still tells when that one is gone. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { UptimeProbe } from '../../constructs/probes/uptime-probe';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { uptimeAlerts } from '../alerts/probes';
import type { Environment } from '../config/environment';
import { probesOf } from '../config/probes';

export interface UptimeStackProps extends StackProps {
  readonly config: Environment;
  /** Public host name. */
  readonly site: string;
  readonly alerting: Alerting;
}

export class UptimeStack extends Stack {
  constructor(scope: Construct, id: string, props: UptimeStackProps) {
    super(scope, id, props);
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // no probe of a distribution that was replaced
    const { config, site, alerting } = props;
    const { marker, login } = probesOf(config).uptime;
    const { retain } = config.database;
    const removalPolicy = retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const { signals, functionName: value } = new UptimeProbe(this, 'Uptime', {
      environment: config.name,
      site,
      marker,
      login,
      logRetention: config.retention.logDays as RetentionDays,
      logKey: new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs(),
      failures: alerting.topics.info,
    });
    new CfnOutput(this, 'UptimeProbeName', { value });
    new Alarms(this, 'UptimeAlarms', { signals, alerts: uptimeAlerts, ...alerting });
  }
}
