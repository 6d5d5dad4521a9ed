/** Who hears of what, in one region: a topic per severity, and the router behind them. It comes first, since every alarm acts on a topic. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms, type Topics as BySeverity } from '../../constructs/alerting/alarms';
import { AlertRouter } from '../../constructs/alerting/router';
import { Topics } from '../../constructs/alerting/topics';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { routerAlerts } from '../alerts/router';
import { channelsSecretName, routesOf } from '../config/alert-channels';
import type { Environment } from '../config/environment';

export interface AlertingStackProps extends StackProps {
  readonly config: Environment;
  /** Regions of the other routers, which this one's secret is copied to. @default it is one of those */
  readonly secretIn?: readonly string[];
}

export class AlertingStack extends Stack {
  readonly topics: BySeverity;

  constructor(scope: Construct, id: string, { config, secretIn, ...props }: AlertingStackProps) {
    super(scope, id, props);
    const { alerts, name, retention } = config;
    const { channels, emails, thresholds } = alerts;
    const { bySeverity, key } = new Topics(this, 'Topics', channels ? {} : { emails });
    this.topics = bySeverity;
    for (const [severity, { topicArn }] of Object.entries(bySeverity))
      new CfnOutput(this, `${severity[0]?.toUpperCase()}${severity.slice(1)}TopicArn`, { value: topicArn });
    if (!channels) return;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy: RemovalPolicy.DESTROY }).allowLogs();
    const router = new AlertRouter(this, 'Router', {
      environment: name,
      topics: bySeverity,
      key,
      secretName: channelsSecretName(name),
      secretIn,
      routes: routesOf(alerts),
      slackChannel: channels.slack,
      emails,
      sms: channels.sms,
      logRetention: retention.logDays as RetentionDays,
      logKey,
    });
    const { failures, signals } = router;
    const topics = { critical: failures, warning: failures, info: failures };
    new Alarms(this, 'RouterAlarms', { signals, alerts: routerAlerts, topics, thresholds });
    new CfnOutput(this, 'RouterTableName', { value: router.table.tableName });
    new CfnOutput(this, 'RouterLogGroupName', { value: router.logGroup.logGroupName });
    new CfnOutput(this, 'RouterQueueUrl', { value: router.queue.queueUrl });
    new CfnOutput(this, 'RouterDeadLettersUrl', { value: router.deadLetters.queueUrl });
  }
}
