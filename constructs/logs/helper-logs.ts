/** Log groups of the functions that CDK adds by itself, which forget and go with their stack; those that Lambda makes do neither. Our own functions name theirs. */
import { CfnResource, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';

export class HelperLogs implements IAspect {
  constructor(private readonly retention: RetentionDays) {}

  visit(stack: IConstruct): void {
    if (!Stack.isStack(stack)) return;
    const resources = stack.node.findAll().filter(CfnResource.isCfnResource);
    const isHelper = (resource: CfnResource) =>
      resource.cfnResourceType === 'AWS::Lambda::Function' && !(resource instanceof CfnFunction);
    const called = resources.filter(({ cfnResourceType }) => cfnResourceType.startsWith('Custom::'));
    for (const helper of resources.filter(isHelper)) {
      const logs = new CfnLogGroup(helper, 'Logs', {
        logGroupName: `/aws/lambda/${helper.ref}`,
        retentionInDays: this.retention,
      });
      logs.applyRemovalPolicy(RemovalPolicy.DESTROY);
      for (const each of called) each.addResourceDependency(logs); // made before the first call, deleted after the last
    }
  }
}
