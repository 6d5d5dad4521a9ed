/** The function between topics and people: its state, secret, and what watches the router itself, which tells by another way. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, LambdaSubscription, SmsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ChannelName, Environment, Settings } from '../../lambda/alert-router/environment';
import { WAKE } from '../../lambda/alert-router/parse/message';
import { exempt } from '../exemptions';
import type { EncryptionKey } from '../security/encryption-key';
import { DeadLetterQueue } from '../storage/dead-letter-queue';
import { Logs, type LogsProps } from '../storage/logs';
import type { Topics } from './alarms';
import { SEVERITIES, type Severity } from './alert';
import { routerSignals } from './router-signals';
import { AlertTopic } from './topic';

export interface AlertRouterProps extends LogsProps {
  /** Name of the environment, in every message. */
  readonly environment: string;
  readonly topics: Topics;
  /** Of the topics. */
  readonly key: EncryptionKey;
  /** Of the secret with what opens the channels. */
  readonly secretName: string;
  /** Makes the secret, and copies of it in these regions, where the other routers read it. @default another region's router makes it */
  readonly secretIn?: readonly string[];
  readonly routes: Readonly<Record<Severity, readonly ChannelName[]>>;
  /** @default no Slack */
  readonly slackChannel?: string;
  /** Keep alerts that could not be taken in when the stack goes. */
  readonly retain: boolean;
  /** Addresses by severity. Each also hears of the router's own failures. */
  readonly emails: Readonly<Record<Severity, readonly string[]>>;
  /** Mobile numbers that hear of what is critical. @default none */
  readonly sms?: readonly string[];
}

const only = (...allowlist: string[]) => SubscriptionFilter.stringFilter({ allowlist });

/** For what waits for a channel; the handler gives up in time. */
const TIMEOUT = Duration.seconds(90);

export class AlertRouter extends Construct {
  /** Hears of the router's own failures, and tells mail directly. */
  readonly failures: AlertTopic;
  /** Alerts that the function could not take in, as they came. */
  readonly deadLetters: Queue;
  readonly table: Table;
  readonly handler: LambdaFunction;
  readonly logGroup: Logs;
  readonly #environment: string;

  constructor(scope: Construct, id: string, props: AlertRouterProps) {
    super(scope, id);
    const { environment, topics, key, secretName, secretIn, emails, sms = [] } = props;
    this.#environment = environment;
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { encryptionKey: key, retain: props.retain });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('sns.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        // the topics by name would be a circle: this key encrypts them
        conditions: { ArnLike: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'sns', resource: '*' }) } },
      }),
    );
    this.table = new Table(this, 'State', {
      partitionKey: { name: 'kind', type: AttributeType.STRING },
      sortKey: { name: 'id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires',
      removalPolicy: RemovalPolicy.DESTROY, // what stands is told anew
    });
    if (secretIn) {
      const secret = new Secret(this, 'Channels', {
        secretName,
        description: `What opens the channels of alerts of ${environment}: slackToken, pagerDutyRoutingKey`,
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ slackToken: '', pagerDutyRoutingKey: '' }),
          generateStringKey: 'unused',
        },
        replicaRegions: secretIn.map((region) => ({ region })),
      });
      exempt(secret, 'rotation');
    }
    const notices = new Topic(this, 'Notices', { masterKey: key, enforceSSL: true });
    this.failures = new AlertTopic(this, 'Failures', key);
    const deadLetterQueue = this.deadLetters;
    for (const address of new Set(Object.values(emails).flat())) {
      const severity = Object.entries(emails).flatMap(([each, list]) => (list.includes(address) ? each : []));
      const filterPolicy = { channel: only('email'), severity: only(...severity) };
      notices.addSubscription(new EmailSubscription(address, { filterPolicy, deadLetterQueue }));
      this.failures.addSubscription(new EmailSubscription(address, { deadLetterQueue }));
    }
    for (const number of sms)
      notices.addSubscription(new SmsSubscription(number, { filterPolicy: { channel: only('sms') }, deadLetterQueue }));
    this.logGroup = new Logs(this, 'Logs', props);
    this.handler = this.#function(props, notices);
    for (const topic of [topics.critical, topics.warning, topics.info])
      topic.addSubscription(new LambdaSubscription(this.handler, { deadLetterQueue }));
    new Rule(this, 'EachMinute', {
      description: 'What waits for a channel is told again',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        new LambdaTarget(this.handler, {
          event: RuleTargetInput.fromText(WAKE),
          deadLetterQueue,
          retryAttempts: 0, // the next minute comes
        }),
      ],
    });
  }

  get signals() {
    return routerSignals(this.#environment, this.handler, this.deadLetters);
  }

  #function({ environment, topics, key, secretName, routes, slackChannel }: AlertRouterProps, notices: Topic) {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    const grant = (actions: readonly string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
    const secret = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${secretName}-??????`, // what Secrets Manager puts behind a name
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    grant(['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query'], this.table.tableArn);
    grant(['sqs:SendMessage'], this.deadLetters.queueArn);
    grant(['sns:Publish'], notices.topicArn);
    grant(['secretsmanager:GetSecretValue'], secret);
    grant(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn);
    grant(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');
    exempt(role, 'wildcard', 'Resource::*');
    const settings: Settings = {
      environment,
      topics: Object.fromEntries(SEVERITIES.map((severity) => [topics[severity].topicArn, severity])),
      routes,
      slackChannel,
    };
    const handler = new LambdaFunction(this, 'Handler', {
      description: `Tells people of ${environment}'s alerts`,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset('dist/lambda/alert-router'),
      memorySize: 256,
      timeout: TIMEOUT,
      role: Role.fromRoleArn(this, 'HandlerRole', role.roleArn, { mutable: false }),
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      deadLetterQueue: this.deadLetters,
      environment: {
        TABLE_NAME: this.table.tableName,
        SECRET_ID: secretName,
        NOTICES_TOPIC_ARN: notices.topicArn,
        SETTINGS: Stack.of(this).toJsonString(settings),
      } satisfies Environment,
    });
    exempt(handler, 'outsideNetwork');
    return handler;
  }
}
