/** Every exemption from a rule of a validator, with its reason; a construct takes one by the row's name, for itself and what is in it. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

interface Exemption {
  /** Ids of cdk-nag, or of Control Tower as cfn-guard names them: all that ask for the same thing. */
  readonly rules: readonly string[];
  readonly reason: string;
}

const nag = (name: string) => `AwsSolutions::AwsSolutions-${name}`;
const controlTower = (name: string) => `cdk-validator-cfnguard::${name}`;

export const EXEMPTIONS = {
  awsPolicy: {
    rules: [nag('IAM4')],
    reason: 'AWS keeps this policy in step with what its own agent or service needs.',
  },
  wildcard: {
    rules: [nag('IAM5')],
    reason: 'No narrower resource can be named: the action knows none, or the name is made later.',
  },
  rotation: {
    rules: [nag('SMG4')],
    reason:
      "The Rotation stack replaces it by a schedule, which the rule cannot see from here; or it is another party's, or opens nothing, and is replaced by hand: docs/secrets.md.",
  },
  ownLogs: {
    rules: [nag('S1'), controlTower('s3_bucket_logging_enabled_check')],
    reason: 'It holds access logs itself; logging access to them has no end.',
  },
  bucketKey: {
    rules: [controlTower('s3_bucket_default_encryption_kms_check')],
    reason: "S3's own key: access logs take no other, and a release holds no secret and nobody's data.",
  },
  standby: {
    rules: [nag('RDS3'), controlTower('rds_instance_multi_az_support_check')],
    reason: 'Reads of a replica fall back to the primary, and a primary without a standby is an opt-out in writing.',
  },
  deletable: {
    rules: [
      nag('RDS10'),
      controlTower('rds_instance_deletion_protection_enabled_check'),
      controlTower('elbv2_deletion_protection_enabled_check'),
    ],
    reason: 'No data goes with a replica, and an environment without retained data opts out in writing.',
  },
  replica: {
    rules: [nag('RDS2')],
    reason: "A replica has its primary's encryption, which RDS takes from there and the rule misses.",
  },
  sessionUsers: {
    rules: [nag('AEC6')],
    reason: 'Users with passwords replace the one AUTH token, which could not be added later.',
  },
  sessionReplica: {
    rules: [nag('AEC4')],
    reason: 'The environment opts out of a replica, with a reason of its own in its configuration.',
  },
  oneClass: {
    rules: [controlTower('autoscaling_mixed_instances_policy_multiple_instance_types_check')],
    reason: 'Servers of one class share load evenly and scale on its CPU; what a zone lacks, the other zones launch.',
  },
  visitors: {
    rules: [nag('EC23')],
    reason:
      'Visitors whom DNS sends here when CloudFront fails come from anywhere; only 80 (redirect) and 443 are open.',
  },
  insideHttp: {
    rules: [controlTower('alb_http_to_https_redirection_check')],
    reason:
      'Only CloudFront and tests reach it, inside the network, and without a domain there is no certificate for it.',
  },
  outsideNetwork: {
    rules: [controlTower('lambda_inside_vpc_check')],
    reason:
      "It speaks to AWS's own interfaces or the public site alone and would gain nothing inside the network, or it is inside by subnets of another stack, which the rule cannot see.",
  },
  everywhere: {
    rules: [nag('CFR1')],
    reason: 'The site is for the whole world; config.edge.reach only says where it is fast.',
  },
  firewall: {
    rules: [nag('CFR2')],
    reason: 'The environment opts out of the firewall, with a reason of its own in its configuration.',
  },
  logDelivery: {
    rules: [nag('CFR3'), controlTower('cloudfront_access_logs_enabled_check')],
    reason: 'It is logged by the current delivery (AccessLogs), which the rules do not know.',
  },
  ownName: {
    rules: [
      nag('CFR4'),
      ...['custom_ssl_certificate', 'security_policy', 'sni_enabled'].map((name) =>
        controlTower(`cloudfront_${name}_check`),
      ),
    ],
    reason: "CloudFront's own name has CloudFront's own certificate, whose protocols are fixed.",
  },
  deadLetters: {
    rules: ['Serverless::Serverless-SQSRedrivePolicy'],
    reason: 'It holds dead letters itself: another queue behind it has no end.',
  },
  shortLogs: {
    rules: [controlTower('cloudwatch_log_group_retention_period_check')],
    reason: 'The environment opts out of a year of logs, with a reason of its own in its configuration.',
  },
} as const satisfies Readonly<Record<string, Exemption>>;

/** @param findings What cdk-nag puts in brackets behind the rule, where it demands each to be named. @default the rule alone */
export function exempt(construct: IConstruct, name: keyof typeof EXEMPTIONS, ...findings: readonly string[]): void {
  const { rules, reason } = EXEMPTIONS[name];
  const ids = rules.flatMap((rule) =>
    findings.length > 0 ? findings.map((finding) => `${rule}[${finding}]`) : [rule],
  );
  Validations.of(construct).acknowledge(...ids.map((id) => ({ id, reason })));
}

/** The same, where only synthesis can tell the findings: by then the stacks' references to each other have the form of the template. */
export function exemptAtSynthesis(
  construct: IConstruct,
  name: keyof typeof EXEMPTIONS,
  findings: () => readonly string[],
): void {
  const validate = () => {
    exempt(construct, name, ...findings());
    return [];
  };
  construct.node.addValidation({ validate });
}

/** The finding of cdk-nag about a policy of AWS's. */
export const awsPolicy = (name: string) => `Policy::arn:<AWS::Partition>:iam::aws:policy/${name}`;
