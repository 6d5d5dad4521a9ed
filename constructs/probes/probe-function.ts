/** A function that looks at something once a minute, and the metrics it tells by its log: no way to CloudWatch, and no secret, is needed. Not what it looks at. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, type IConnectable, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as Handler, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DEADLINE_MS } from '../../lambda/probe/handler';
import { type Identity, type Metrics, NAMESPACE, type Published } from '../../lambda/probe/report';
import { exempt } from '../exemptions';
import { denyInterfaces, inNetwork } from '../network/in-network';
import { Logs, type LogsProps } from '../storage/logs';

const PERIOD = Duration.minutes(1);

export interface ProbeProps extends LogsProps {
  /** Name of the environment, on its metrics. */
  readonly environment: string;
  /** Hears of a run that Lambda gave up; that a probe is silent is an alarm's to tell. */
  readonly failures: ITopic;
}

interface Work {
  /** Name of the probe on its metrics; its code is in `lambda/<name>-probe`. */
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Looks from inside, from subnets without a way out. @default from outside any network */
  readonly vpc?: IVpc;
}

export class ProbeFunction extends Construct implements IConnectable {
  readonly role: Role;
  readonly connections: Connections;
  readonly functionName: string;
  readonly #dimensions: Identity;

  constructor(scope: Construct, id: string, props: ProbeProps, { name, variables, vpc }: Work) {
    super(scope, id);
    const { environment, failures } = props;
    const logGroup = new Logs(this, 'Logs', props);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const network = vpc && inNetwork(this, this.role, { vpc, description: `Probe ${name}` });
    this.connections = new Connections({ securityGroups: network?.securityGroups });
    const grant = (actions: string[], resource: string) =>
      this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    logGroup.grantWrite(this.role);
    grant(['sns:Publish'], failures.topicArn);
    if (failures.masterKey) grant(['kms:Decrypt', 'kms:GenerateDataKey'], failures.masterKey.keyArn);
    grant(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');
    exempt(this.role, 'wildcard', 'Resource::*');

    const handler = new Handler(this, 'Handler', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset(`dist/lambda/${name}-probe`),
      memorySize: 256,
      timeout: Duration.millis(DEADLINE_MS + 7000), // its own deadline comes first
      role: Role.fromRoleArn(this, 'HandlerRole', this.role.roleArn, { mutable: false }), // else CDK writes its dependency twice
      environment: { ...variables, ENVIRONMENT: environment },
      logGroup,
      tracing: Tracing.ACTIVE,
      deadLetterTopic: failures,
      ...network,
    });
    exempt(handler, 'outsideNetwork'); // inside it as well: the rule can't follow subnets into another stack
    if (vpc) denyInterfaces(this.role, handler);
    this.#schedule(handler);
    this.functionName = handler.functionName;
    this.#dimensions = { Environment: environment, Probe: name };
  }

  #schedule({ functionArn }: Handler): void {
    const { account } = Stack.of(this);
    const invoke = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] });
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      inlinePolicies: { Invoke: new PolicyDocument({ statements: [invoke] }) },
    });
    new CfnSchedule(this, 'Schedule', {
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: PERIOD.toSeconds() }, // the next comes in a minute
      },
    });
  }

  /** Its metrics by name, one value a minute. */
  metrics<M extends Metrics>(_: M) {
    return (metricName: Published<M>, statistic: 'Minimum' | 'Maximum' | 'Sum' | 'SampleCount') =>
      new Metric({
        namespace: NAMESPACE,
        metricName,
        dimensionsMap: { ...this.#dimensions },
        statistic,
        period: PERIOD,
      });
  }
}
