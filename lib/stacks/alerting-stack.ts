/** Who hears of what, in one region: a topic per severity, the router behind them, and what all alarms share. It comes first, since every alarm acts on a topic. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { AlertRouter } from '../../constructs/alerting/router';
import { Topics } from '../../constructs/alerting/topics';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { routerAlerts } from '../alerts/router';
import { channelsSecretName, routesOf } from '../config/alert-channels';
import type { Environment } from '../config/environment';
import { dashboardName } from './dashboard-stack';

export interface AlertingStackProps extends StackProps {
  readonly config: Environment;
  /** Regions of the other routers, which this one's secret is copied to. @default it is one of those */
  readonly secretIn?: readonly string[];
}

export class AlertingStack extends Stack {
  readonly alerting: Alerting;

  constructor(scope: Construct, id: string, props: AlertingStackProps) {
    super(scope, id, props);
    const { config } = props;
    const { emails, thresholds, maintenance, channels } = config.alerts;
    const console = `https://${config.region}.console.aws.amazon.com/cloudwatch/home?region=${config.region}`;
    const { byName, key } = new Topics(this, 'Topics', {
      emails: channels ? undefined : emails,
      prometheus: config.metrics?.prometheus,
    });
    this.alerting = {
      topics: byName,
      thresholds,
      dashboard: `${console}#dashboards/dashboard/${dashboardName(config.name)}`,
      maintenance,
    };
    if (channels) this.#route(props, key);
  }

  #route({ config, secretIn }: AlertingStackProps, key: EncryptionKey): void {
    const { alerts, name, retention } = config;
    const { topics } = this.alerting;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy: RemovalPolicy.DESTROY }).allowLogs();
    const router = new AlertRouter(this, 'Router', {
      environment: name,
      topics,
      key,
      secretName: channelsSecretName(name),
      secretIn,
      routes: routesOf(alerts),
      slackChannel: alerts.channels?.slack,
      emails: alerts.emails,
      retain: config.database.retain,
      sms: alerts.channels?.sms,
      logRetention: retention.logDays as RetentionDays,
      logKey,
    });
    const { failures, signals } = router;
    const past = { ...topics, critical: failures, warning: failures, info: failures };
    new Alarms(this, 'RouterAlarms', { ...this.alerting, signals, alerts: routerAlerts, topics: past });
    const outputs = {
      CriticalTopicArn: topics.critical.topicArn,
      WarningTopicArn: topics.warning.topicArn,
      InfoTopicArn: topics.info.topicArn,
      RouterName: router.handler.functionName,
      RouterTableName: router.table.tableName,
      RouterLogGroupName: router.logGroup.logGroupName,
      DeadLettersUrl: router.deadLetters.queueUrl,
    };
    for (const [output, value] of Object.entries(outputs)) new CfnOutput(this, output, { value });
  }
}
