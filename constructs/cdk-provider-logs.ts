/** Log groups of the functions that CDK adds by itself, which forget and go with their stack; those that Lambda makes do neither. Our own functions name theirs. */
import { CfnResource, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { exempt } from './exemptions';
import { EncryptionKey } from './security/encryption-key';

export class ProviderLogs implements IAspect {
  constructor(private readonly retention: RetentionDays) {}

  visit(stack: IConstruct): void {
    if (!Stack.isStack(stack)) return;
    const resources = stack.node.findAll().filter(CfnResource.isCfnResource);
    const key = stack.node.children.find((child) => child instanceof EncryptionKey); // of the stack's other logs
    const isProvider = (resource: CfnResource) =>
      resource.cfnResourceType === 'AWS::Lambda::Function' && !(resource instanceof CfnFunction);
    const called = resources.filter(({ cfnResourceType }) => cfnResourceType.startsWith('Custom::'));
    for (const provider of resources.filter(isProvider)) {
      const logs = new CfnLogGroup(provider, 'Logs', {
        logGroupName: `/aws/lambda/${provider.ref}`,
        retentionInDays: this.retention,
        kmsKeyId: key?.keyArn,
      });
      logs.applyRemovalPolicy(RemovalPolicy.DESTROY);
      if (this.retention < 365) exempt(logs, 'shortLogs');
      for (const each of called) each.addResourceDependency(logs); // made before the first call, deleted after the last
    }
  }
}
