/** Who may send mails, and as whom. The identity is verified in SES by whoever owns the address. */
import { Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** @param from whose identity, or that of its domain, is verified in this region */
export function allowMail(role: IRole, from: string): void {
  const stack = Stack.of(role);
  const identity = (resourceName: string) => stack.formatArn({ service: 'ses', resource: 'identity', resourceName });
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [from, from.slice(from.indexOf('@') + 1)].map(identity),
      conditions: { StringEquals: { 'ses:FromAddress': from } },
    }),
  );
}
