/** A managed Prometheus: workspace, rules, and who hears of them. Not what writes to it: the fleet's. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnRuleGroupsNamespace, CfnWorkspace } from 'aws-cdk-lib/aws-aps';
import { Construct } from 'constructs';

export interface MetricsWorkspaceProps {
  /** Name in lists of workspaces; a change is free. */
  readonly alias: string;
  /** Rule groups, as Prometheus takes them. */
  readonly rules: string;
  /** Definition of the alert manager. */
  readonly alertManager: string;
  /** Keep 150 days of figures when the stack goes. */
  readonly retain: boolean;
}

export class MetricsWorkspace extends Construct {
  readonly workspaceId: string;
  readonly workspaceArn: string;

  constructor(scope: Construct, id: string, { alias, rules, alertManager, retain }: MetricsWorkspaceProps) {
    super(scope, id);
    const workspace = new CfnWorkspace(this, 'Workspace', { alias, alertManagerDefinition: alertManager });
    workspace.applyRemovalPolicy(retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    this.workspaceId = workspace.attrWorkspaceId;
    this.workspaceArn = workspace.attrArn;
    new CfnRuleGroupsNamespace(this, 'Rules', { name: 'holdfast', workspace: workspace.attrArn, data: rules });
  }
}
