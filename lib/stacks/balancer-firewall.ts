/** The firewall before a balancer that visitors reach without CloudFront, its logs and its alarms. CloudFront's own is Edge's. */
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import type { Balancer } from '../../constructs/backend/balancer';
import { WebAcl } from '../../constructs/edge/web-acl';
import type { EncryptionKey } from '../../constructs/security/encryption-key';
import { SavedQueries } from '../../constructs/storage/saved-queries';
import { firewallAlerts } from '../alerts/firewall';
import type { Environment } from '../config/environment';
import { QUERIES, queryFolder } from '../logs/queries';

interface Given {
  readonly config: Environment;
  readonly balancer: Balancer;
  /** By which CloudFront is known. */
  readonly originSecret: ISecret;
  readonly logKey: EncryptionKey;
  readonly alerting: Alerting;
}

export function balancerFirewall(stack: Construct, { config, balancer, originSecret, logKey, alerting }: Given): void {
  const { requestsPer5Minutes, counted } = config.edge.firewall;
  const acl = new WebAcl(stack, 'WebAcl', {
    scope: 'REGIONAL',
    requestsPer5Minutes,
    counted,
    logRetention: config.retention.logDays as RetentionDays,
    logKey,
    // a dynamic reference, resolved at deployment
    cdn: { header: 'x-origin-secret', value: originSecret.secretValueFromJson('current').unsafeUnwrap() },
  });
  const { loadBalancerArn } = balancer.loadBalancer;
  const logGroups = [acl.logs];
  new SavedQueries(stack, 'FirewallQueries', { folder: queryFolder(config), queries: QUERIES.firewall, logGroups });
  new CfnWebACLAssociation(stack, 'Firewall', { resourceArn: loadBalancerArn, webAclArn: acl.arn });
  new Alarms(stack, 'FirewallAlarms', { signals: acl.signals, alerts: firewallAlerts, ...alerting });
}
