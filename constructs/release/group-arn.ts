/** How a policy names a group of servers, by its name, since the middle of its ARN is made later; and how cdk-nag names that. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export const groupArn = (scope: Construct, name: string) =>
  Stack.of(scope).formatArn({
    service: 'autoscaling',
    resource: 'autoScalingGroup',
    resourceName: `*:autoScalingGroupName/${name}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

interface Part {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::ImportValue'?: string;
}

type Found = string | { readonly 'Fn::Join': readonly [string, readonly (string | Part)[]] };

/** How cdk-nag names an ARN of our making, with an asterisk in it. */
export function wildcardFinding(scope: Construct, resource: string): string {
  const arn: Found = Stack.of(scope).resolve(resource);
  if (typeof arn === 'string') return `Resource::${arn}`;
  const parts = arn['Fn::Join'][1].map((part) => {
    if (typeof part === 'string') return part;
    if (part['Fn::GetAtt']) return `<${part['Fn::GetAtt'].join('.')}>`;
    return part.Ref ? `<${part.Ref}>` : (part['Fn::ImportValue'] ?? JSON.stringify(part));
  });
  return `Resource::${parts.join('')}`;
}
