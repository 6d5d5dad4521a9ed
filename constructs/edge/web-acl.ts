/** A web application firewall: AWS's managed rules and a flood rule, logged without credentials. Attached by whom it protects. */
import { Duration, Names, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { Logs, type LogsProps } from '../storage/logs';

const MANAGED = [
  'AWSManagedRulesAmazonIpReputationList',
  'AWSManagedRulesCommonRuleSet',
  'AWSManagedRulesKnownBadInputsRuleSet',
];
/** Logged and sampled requests lose these headers, and the query. */
const REDACTED = ['authorization', 'cookie', 'x-origin-secret'];
/** What is logged: whom a rule met. An ordinary visitor's address is not kept, and costs nothing. */
const KEPT = ['BLOCK', 'COUNT', 'EXCLUDED_AS_COUNT'];

export interface WebAclProps extends LogsProps {
  /** 'CLOUDFRONT' exists in us-east-1 only. */
  readonly scope: 'CLOUDFRONT' | 'REGIONAL';
  /** Requests of one address in 5 minutes. */
  readonly requestsPer5Minutes: number;
  /** Rules that only count: 'Flood', a managed group, or a rule of one as 'group/rule'. @default every rule blocks */
  readonly counted?: readonly string[];
  /**
   * Header by which the CDN proves itself to a balancer. Its requests are not counted again here: they all come from a
   * few of the CDN's addresses, and the flood rule would shut the whole site out.
   * @default every request is counted
   */
  readonly cdn?: { readonly header: string; readonly value: string };
}

const carries = ({ header, value }: { readonly header: string; readonly value: string }) => ({
  byteMatchStatement: {
    fieldToMatch: { singleHeader: { Name: header } },
    positionalConstraint: 'EXACTLY',
    searchString: value,
    textTransformations: [{ priority: 0, type: 'NONE' }],
  },
});

export class WebAcl extends Construct {
  readonly arn: string;
  readonly #dimensions: Readonly<Record<string, string>>;
  readonly logs: ILogGroup;

  constructor(parent: Construct, id: string, props: WebAclProps) {
    super(parent, id);
    const { scope, requestsPer5Minutes, counted = [], cdn } = props;
    const { region } = Stack.of(this);
    if (scope === 'CLOUDFRONT' && region !== 'us-east-1') {
      throw new Error(
        `${this.node.path}.scope: expected a stack in us-east-1 for CLOUDFRONT, got one in ${region}; move it to the edge stack`,
      );
    }
    const seen = (metricName: string) => ({ metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true });
    const managed = MANAGED.map((name, index) => ({
      name,
      priority: index + 1,
      overrideAction: counted.includes(name) ? { count: {} } : { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: 'AWS',
          name,
          ruleActionOverrides: counted
            .filter((rule) => rule.startsWith(`${name}/`))
            .map((rule) => ({ name: rule.slice(name.length + 1), actionToUse: { count: {} } })),
        },
      },
      visibilityConfig: seen(name),
    }));
    const flood = {
      name: 'Flood',
      priority: 0,
      action: counted.includes('Flood') ? { count: {} } : { block: { customResponse: { responseCode: 429 } } },
      statement: {
        rateBasedStatement: {
          limit: requestsPer5Minutes,
          evaluationWindowSec: 300,
          aggregateKeyType: 'IP',
          scopeDownStatement: cdn && { notStatement: { statement: carries(cdn) } },
        },
      },
      visibilityConfig: seen('Flood'),
    };
    const metricName = Names.uniqueResourceName(this, { maxLength: 60 }); // metrics of two firewalls of a name would add up
    const acl = new CfnWebACL(this, 'Acl', {
      scope,
      defaultAction: { allow: {} },
      rules: [flood, ...managed],
      visibilityConfig: seen(metricName),
      // samples in the console know nothing of the log's redaction
      dataProtectionConfig: {
        dataProtections: [
          { action: 'SUBSTITUTION', field: { fieldType: 'SINGLE_HEADER', fieldKeys: REDACTED } },
          { action: 'SUBSTITUTION', field: { fieldType: 'QUERY_STRING' } },
        ],
      },
    });
    const name = `aws-waf-logs-${metricName}`; // WAF takes no other
    const logs = new Logs(this, 'Logs', props, name);
    const { account, partition } = Stack.of(this);
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [`arn:${partition}:logs:${region}:${account}:log-group:${logs.logGroupName}`],
      redactedFields: [...REDACTED.map((name) => ({ singleHeader: { Name: name } })), { queryString: {} }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: KEPT.map((Action) => ({ ActionCondition: { Action } })),
          },
        ],
      },
    });
    this.arn = acl.attrArn;
    this.logs = logs;
    this.#dimensions = { WebACL: metricName, Rule: 'ALL', ...(scope === 'REGIONAL' && { Region: region }) };
  }

  get signals() {
    const metric = new Metric({
      namespace: 'AWS/WAFV2',
      metricName: 'BlockedRequests',
      statistic: 'Sum',
      period: Duration.minutes(1),
      dimensionsMap: this.#dimensions,
    });
    return { firewallBlocks: signal('count', metric) };
  }
}
