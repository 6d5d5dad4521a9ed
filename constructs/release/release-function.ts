/** The function behind a custom resource of releases: its code, its log, and a role that may do what is listed and nothing else. */
import { type Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';
import { Logs, type LogsProps } from '../storage/logs';

export interface ReleaseFunctionProps extends LogsProps {
  /** Hears of a call that was given up. */
  readonly failures: ITopic;
}

interface Work {
  /** Folder below dist/lambda. */
  readonly code: string;
  readonly timeout: Duration;
  /** Each action on its resource. */
  readonly allow: readonly (readonly [action: string | string[], resource: string])[];
  /** Those of which it may touch any object. */
  readonly buckets: readonly IBucket[];
}

/** Made in `scope` itself, so that ids stay as short as they were. The resource depends on the role, with its policy. */
export function releaseFunction(
  scope: Construct,
  props: ReleaseFunctionProps,
  { code, timeout, allow, buckets }: Work,
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
  // only now, when synthesis has led the stacks' references to each other, is it known how the template names a bucket elsewhere
  const exemptObjects = () => {
    for (const bucket of buckets) {
      const arn: Record<string, readonly string[]> = Stack.of(scope).resolve(bucket.bucketArn);
      const own = arn['Fn::GetAtt'];
      exempt(role, 'wildcard', `Resource::${own ? `<${own.join('.')}>` : JSON.stringify(arn)}/*`);
    }
    return [];
  };
  role.node.addValidation({ validate: exemptObjects });
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
  });
  exempt(handler, 'outsideNetwork');
  return { handler, role };
}
