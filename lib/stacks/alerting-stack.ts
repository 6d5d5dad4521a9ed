/** Who hears of what, in one region: a topic per severity, the router behind them, and what all alarms share. It comes first, since every alarm acts on a topic. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { Costs } from '../../constructs/alerting/costs';
import { Events } from '../../constructs/alerting/events';
import { AlertRouter } from '../../constructs/alerting/router';
import { Topics } from '../../constructs/alerting/topics';
import { Deployments } from '../../constructs/dashboard/deployments';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { DeadLetterQueue } from '../../constructs/storage/dead-letter-queue';
import { routerAlerts } from '../alerts/router';
import { channelsSecretName, routesOf } from '../config/alert-channels';
import { EDGE_REGION } from '../config/edge-region';
import type { Environment } from '../config/environment';
import { thresholdsOf } from '../config/thresholds';
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
    const { emails, maintenance, channels, repositoryUrl, monthlyBudgetUsd, costAnomalyUsd } = config.alerts;
    const console = `https://${config.region}.console.aws.amazon.com/cloudwatch/home?region=${config.region}`;
    const { byName, key } = new Topics(this, 'Topics', {
      emails: channels ? undefined : emails,
      prometheus: config.metrics?.prometheus,
    });
    this.alerting = {
      topics: byName,
      thresholds: thresholdsOf(config),
      dashboard: `${console}#dashboards/dashboard/${dashboardName(config.name)}`,
      repository: repositoryUrl,
      maintenance,
    };
    // the account's costs are at home there
    const { environment: value } = config.tags;
    if (this.region === EDGE_REGION)
      new Costs(this, 'Costs', {
        topic: byName.warning,
        monthlyBudgetUsd,
        anomaly: costAnomalyUsd && value ? { tag: 'environment', value, aboveUsd: costAnomalyUsd } : undefined,
      });
    const primary = this.region === config.region;
    const logKey = () => new EncryptionKey(this, 'LogKey', { removalPolicy: RemovalPolicy.DESTROY }).allowLogs();
    const logs = channels || primary ? logKey() : undefined; // a key costs 1 USD a month
    const deadLetters =
      channels && logs
        ? this.#route(props, key, logs)
        : new DeadLetterQueue(this, 'DeadLetters', { encryptionKey: key, retain: config.database.retain });
    const hasServers = primary || this.region === config.recovery?.region;
    new Events(this, 'Events', { environment: config.name, topics: byName, hasServers, deadLetters });
    if (primary && logs)
      new Deployments(this, 'Deployments', {
        environment: config.name,
        logRetention: config.retention.logDays as RetentionDays,
        logKey: logs,
        deadLetters,
      });
  }

  /** Returns where goes what could not be taken in. */
  #route({ config, secretIn }: AlertingStackProps, key: EncryptionKey, logKey: EncryptionKey): Queue {
    const { alerts, name, retention } = config;
    const { topics } = this.alerting;
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
    return router.deadLetters;
  }
}
