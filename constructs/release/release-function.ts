/** A function of ours that moves releases or secrets: its code, its log, and a role that may do what is listed and nothing else. */
import type { Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';
import { denyInterfaces, inNetwork } from '../network/in-network';
import { Logs, type LogsProps } from '../storage/logs';
import { exemptAnyObject, type Grant } from './publisher-grants';

export interface ReleaseFunctionProps extends LogsProps {
  /** Hears of a call that was given up. */
  readonly failures: ITopic;
}

interface Work {
  /** Folder below dist/lambda. */
  readonly code: string;
  readonly timeout: Duration;
  readonly allow: readonly Grant[];
  /** Those of which it may touch any object. @default none */
  readonly buckets?: readonly IBucket[];
  /** @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** It works inside a network. @default outside any */
  readonly network?: Parameters<typeof inNetwork>[2];
}

/** Made in `scope` itself, so that ids stay as short as they were. The resource depends on the role, with its policy. */
export function releaseFunction(
  scope: Construct,
  props: ReleaseFunctionProps,
  { code, timeout, allow, buckets = [], environment, network }: Work,
) {
  const { failures } = props;
  const logGroup = new Logs(scope, 'Logs', props);
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  const grant = (actions: string | string[], resource: string) =>
    role.addToPolicy(new PolicyStatement({ actions: [actions].flat(), resources: [resource] }));
  for (const [actions, resource] of allow) grant(actions, resource);
  grant('sns:Publish', failures.topicArn);
  if (failures.masterKey) grant(['kms:Decrypt', 'kms:GenerateDataKey'], failures.masterKey.keyArn);
  grant(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');
  exempt(role, 'wildcard', 'Resource::*');
  exemptAnyObject(role, buckets);
  const inside = network && inNetwork(scope, role, network);
  const handler = new LambdaFunction(scope, 'Handler', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(`dist/lambda/${code}`),
    memorySize: 512,
    timeout,
    // by its ARN: CDK would write the dependency that the property makes a second time
    role: Role.fromRoleArn(scope, 'HandlerRole', role.roleArn, { mutable: false }),
    logGroup,
    tracing: Tracing.ACTIVE,
    deadLetterTopic: failures,
    environment,
    ...inside,
  });
  exempt(handler, 'outsideNetwork');
  if (network) denyInterfaces(role, handler);
  return { handler, role };
}
