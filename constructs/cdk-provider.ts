/** CDK's own Lambda behind one of its custom resources: what CDK leaves no say in is exempted, what is written twice removed. */
import { type CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { exempt } from './exemptions';

/** @param type Of the custom resource, such as 'Custom::S3AutoDeleteObjects'; one of `scope`'s stack. */
export function exemptProvider(scope: IConstruct, type: string): void {
  const provider = Stack.of(scope).node.findChild(`${type}CustomResourceProvider`);
  const [handler, role] = ['Handler', 'Role'].map((id) => provider.node.findChild(id) as CfnResource);
  if (!handler || !role || handler.obtainDependencies().length === 0) return; // seen already
  handler.removeResourceDependency(role); // its property says so too
  exempt(provider, 'outsideNetwork');
}
