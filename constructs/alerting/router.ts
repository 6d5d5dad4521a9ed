/** The function between topics and people: queue, state, secret, and what watches the router itself, which tells by another way. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, EventSourceMapping, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, SmsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ChannelName, Environment, Settings } from '../../lambda/alert-router/environment';
import { exempt } from '../exemptions';
import type { EncryptionKey } from '../security/encryption-key';
import { Logs, type LogsProps } from '../storage/logs';
import type { Topics } from './alarms';
import type { Severity } from './alert';
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
  /** Addresses by severity. Each also hears of the router's own failures. */
  readonly emails: Readonly<Record<Severity, readonly string[]>>;
  /** Mobile numbers that hear of what is critical. @default none */
  readonly sms?: readonly string[];
}

const TIMEOUT = Duration.seconds(60);
/** A failed message comes again after this, 5 times, then it is put aside. AWS asks for six times the function's time. */
const VISIBILITY = Duration.minutes(6);
const TRIES = 5;
/** Messages of so long a time go together: what an alert is late by. */
const WINDOW = Duration.seconds(5);

export class AlertRouter extends Construct {
  /** Hears of the router's own failures, and tells mail directly. */
  readonly failures: AlertTopic;
  readonly table: Table;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly logGroup: Logs;
  readonly #handler: LambdaFunction;
  readonly #environment: string;

  constructor(scope: Construct, id: string, props: AlertRouterProps) {
    super(scope, id);
    const { environment, topics, key, secretName, secretIn, emails, sms = [] } = props;
    this.#environment = environment;
    const encrypted = { encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true };
    this.deadLetters = new Queue(this, 'DeadLetters', { ...encrypted, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...encrypted,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: TRIES },
    });
    this.#subscribe(Object.values(topics), key);
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
    const addresses = [...new Set(Object.values(emails).flat())];
    for (const address of addresses) {
      const severities = Object.entries(emails).flatMap(([severity, list]) => (list.includes(address) ? severity : []));
      const filterPolicy = {
        channel: SubscriptionFilter.stringFilter({ allowlist: ['email'] }),
        severity: SubscriptionFilter.stringFilter({ allowlist: severities }),
      };
      notices.addSubscription(new EmailSubscription(address, { filterPolicy }));
      this.failures.addSubscription(new EmailSubscription(address));
    }
    const filterPolicy = { channel: SubscriptionFilter.stringFilter({ allowlist: ['sms'] }) };
    for (const number of sms) notices.addSubscription(new SmsSubscription(number, { filterPolicy }));
    this.logGroup = new Logs(this, 'Logs', props);
    this.#handler = this.#function(props, notices);
  }

  /** By hand: CDK's way names the topics in the policy of the key that they are encrypted with, a circle. */
  #subscribe(topics: readonly ITopic[], key: EncryptionKey): void {
    const principals = [new ServicePrincipal('sns.amazonaws.com')];
    key.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { ArnLike: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'sns', resource: '*' }) } },
      }),
    );
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': topics.map(({ topicArn }) => topicArn) } },
      }),
    );
    topics.forEach((topic, index) => {
      const id = `Subscription${index + 1}`;
      new Subscription(this, id, { topic, protocol: SubscriptionProtocol.SQS, endpoint: this.queue.queueArn });
    });
  }

  get signals() {
    return routerSignals(this.#environment, this.#handler, this.queue, this.deadLetters);
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
    grant(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
      this.queue.queueArn,
    );
    grant(['sns:Publish'], notices.topicArn);
    grant(['secretsmanager:GetSecretValue'], secret);
    grant(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn);
    grant(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');
    exempt(role, 'wildcard', 'Resource::*');
    const settings: Settings = {
      environment,
      topics: Object.fromEntries(
        Object.entries(topics).map(([severity, { topicArn }]) => [topicArn, severity as Severity]),
      ),
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
        QUEUE_URL: this.queue.queueUrl,
        SECRET_ID: secretName,
        NOTICES_TOPIC_ARN: notices.topicArn,
        SETTINGS: Stack.of(this).toJsonString(settings),
      } satisfies Environment,
    });
    grant(['sqs:SendMessage'], this.deadLetters.queueArn);
    exempt(handler, 'outsideNetwork');
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: handler,
      eventSourceArn: this.queue.queueArn,
      batchSize: 100,
      maxBatchingWindow: WINDOW,
      maxConcurrency: 2, // one tells, one takes in
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(role); // with its policy
    return handler;
  }
}
