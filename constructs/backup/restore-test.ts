/** Restores the newest backup of a database by the clock, beside the database, and has AWS delete it again. Says nothing of what is in it. */

import { Stack } from 'aws-cdk-lib';
import { CfnRestoreTestingPlan, CfnRestoreTestingSelection, type IBackupVault } from 'aws-cdk-lib/aws-backup';
import type { Schedule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { Postgres } from '../database/postgres';
import { awsPolicy, exempt } from '../exemptions';

const RESTORES = 'service-role/AWSBackupServiceRolePolicyForRestores';

export interface RestoreTestProps {
  /** Whose backup comes back in its subnets and behind its firewall: nobody but its own clients could reach it, and none knows it. */
  readonly database: Postgres;
  readonly vault: IBackupVault;
  /** UTC. */
  readonly schedule: Schedule;
}

export class RestoreTest extends Construct {
  constructor(scope: Construct, id: string, { database, vault, schedule }: RestoreTestProps) {
    super(scope, id);
    const name = Stack.of(this).stackName.replaceAll('-', '_'); // all that its names may hold
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('backup.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(RESTORES)],
    });
    exempt(role, 'awsPolicy', awsPolicy(RESTORES));
    const plan = new CfnRestoreTestingPlan(this, 'Plan', {
      restoreTestingPlanName: name,
      scheduleExpression: schedule.expressionString,
      startWindowHours: 8,
      recoveryPointSelection: {
        algorithm: 'LATEST_WITHIN_WINDOW',
        includeVaults: [vault.backupVaultArn],
        recoveryPointTypes: ['SNAPSHOT'],
        selectionWindowDays: 7,
      },
    });
    const instance = database.primary.node.defaultChild as CfnDBInstance;
    const groups = database.connections.securityGroups.map(({ securityGroupId }) => securityGroupId);
    new CfnRestoreTestingSelection(this, 'Selection', {
      restoreTestingPlanName: plan.ref,
      restoreTestingSelectionName: name,
      protectedResourceType: 'RDS',
      protectedResourceArns: [database.primary.instanceArn],
      iamRoleArn: role.roleArn,
      restoreMetadataOverrides: {
        dbSubnetGroupName: instance.dbSubnetGroupName ?? '', // else RDS looks for a default network
        vpcSecurityGroupIds: Stack.of(this).toJsonString(groups),
        multiAz: 'false',
      },
    });
  }
}
