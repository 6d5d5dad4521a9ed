/** Watches every Lambda function of a stack, CDK's own included. Not what they do: their own signals. */
import { CfnResource, Duration, type Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { signal } from './signal';

export class Functions {
  readonly #names: readonly string[];

  constructor(stack: Stack) {
    this.#names = stack.node
      .findAll()
      .filter(CfnResource.isCfnResource)
      .filter(({ cfnResourceType }) => cfnResourceType === 'AWS::Lambda::Function')
      .map(({ ref }) => ref);
  }

  get signals() {
    const each = (metricName: string) =>
      this.#names.map(
        (FunctionName) =>
          new Metric({
            namespace: 'AWS/Lambda',
            metricName,
            statistic: 'Sum',
            period: Duration.minutes(1),
            dimensionsMap: { FunctionName },
          }),
      );
    return {
      functionErrors: signal('count', ...each('Errors')),
      functionThrottles: signal('count', ...each('Throttles')),
    };
  }
}
