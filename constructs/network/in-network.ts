/** A function's way into a network: the policy by which Lambda brings it there, and what its own code must not do with that policy. */
import { type IVpc, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Effect, ManagedPolicy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { awsPolicy, exempt } from '../exemptions';

const POLICY = 'service-role/AWSLambdaVPCAccessExecutionRole';

/** In subnets without a way out, unless told otherwise. Changes the role. */
export function inNetwork(
  scope: Construct,
  role: Role,
  { vpc, description, wayOut = false }: { readonly vpc: IVpc; readonly description: string; readonly wayOut?: boolean },
) {
  role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName(POLICY));
  exempt(role, 'awsPolicy', awsPolicy(POLICY));
  const securityGroup = new SecurityGroup(scope, 'SecurityGroup', { vpc, description, allowAllOutbound: false });
  const subnetType = wayOut ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED;
  return { vpc, vpcSubnets: { subnetType }, securityGroups: [securityGroup] };
}

const INTERFACES = ['CreateNetworkInterface', 'DeleteNetworkInterface', 'AssignPrivateIpAddresses'];

/** What Lambda may do to bring the function into the network, the function's own code may not. */
export function denyInterfaces(role: Role, { functionArn }: IFunction): void {
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: INTERFACES.map((action) => `ec2:${action}`),
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
    }),
  );
}
