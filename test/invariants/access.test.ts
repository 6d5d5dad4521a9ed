/** Rules for who may do what and reach whom, in every environment. Each exemption has its reason, and exempts something. */
import { everywhere, of, type Rule, text, values } from '../support/rules';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

const statements = (properties: unknown): readonly Statement[] =>
  values(properties).flatMap(([key, value]) =>
    key === 'Statement' && Array.isArray(value) ? (value as Statement[]) : [],
  );
const listed = (value: unknown) => new Set(Array.isArray(value) ? value : [value]);
const ROLES = of('AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy');

/** Actions that a statement may have on every resource: they know no narrower one, or are CDK's own. */
const ON_EVERYTHING: Readonly<Record<string, string>> = {
  'autoscaling:DescribeAutoScalingGroups': 'knows no resource',
  'autoscaling:DescribeInstanceRefreshes': 'knows no resource',
  'cloudwatch:DescribeAlarms': 'of alarms together, some of which are composite: knows no resource',
  'cloudwatch:GetMetricData': 'knows no resource',
  'cloudwatch:PutMetricData': 'knows no resource; held to one namespace by its condition',
  'ec2:DescribeTags': 'knows no resource',
  ...Object.fromEntries(
    ['CreateNetworkInterface', 'DeleteNetworkInterface', 'DescribeDhcpOptions', 'DescribeNetworkInterfaces']
      .concat('DescribeSecurityGroups', 'DescribeSubnets', 'DescribeVpcs')
      .map((action) => [`ec2:${action}`, 'asked for by CodeBuild to stand in a network']),
  ),
  ...Object.fromEntries(
    ['ec2:DescribeInstances', 'ec2:DescribeManagedPrefixLists', 'ec2:DescribeNetworkAcls']
      .concat('elasticache:DescribeReplicationGroups', 'ssm:CancelCommand', 'ssm:ListCommands', 'tag:GetResources')
      .map((action) => [action, 'asked for by FIS; knows no resource']),
  ),
  'ec2:InjectApiError': 'knows no resource; held to the auto scaling groups by its condition',
  'elasticloadbalancing:DescribeListeners': 'knows no resource',
  'elasticloadbalancing:DescribeRules': 'knows no resource',
  'elasticloadbalancing:DescribeTargetHealth': 'knows no resource',
  'rds:DescribeDBInstances':
    'of all together, since one that is missing is no fault: a list knows no narrower resource',
  ...Object.fromEntries(
    ['CreateLogDelivery', 'DeleteLogDelivery', 'GetLogDelivery', 'ListLogDeliveries', 'UpdateLogDelivery']
      .concat('DescribeLogGroups', 'DescribeResourcePolicies', 'PutResourcePolicy')
      .map((action) => [`logs:${action}`, 'asked for by Step Functions to write its log; knows no resource']),
  ),
  'xray:GetSamplingRules': 'knows no resource',
  'xray:GetSamplingTargets': 'knows no resource',
  'xray:PutTraceSegments': 'knows no resource',
  'xray:PutTelemetryRecords': 'knows no resource',
};
const actionsOnEverything = (properties: unknown) =>
  statements(properties)
    .filter(({ Effect, Resource }) => Effect === 'Allow' && listed(Resource).has('*'))
    .flatMap(({ Action }) => Action);

const SECURITY_GROUPS = of('AWS::EC2::SecurityGroup');
const RULES_OF_GROUPS = of(
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SecurityGroupEgress',
);
const ANYWHERE = /"(0\.0\.0\.0\/0|::\/0)"/;

const RULES: readonly Rule[] = [
  [
    'no policy allows every action of a service',
    ROLES,
    ({ Properties }) =>
      statements(Properties).every(({ Action }) => ![Action].flat().some((each) => /^\*$|:\*$/.test(`${each}`))),
  ],
  [
    'only listed actions are allowed on every resource',
    ROLES,
    ({ Properties }) => actionsOnEverything(Properties).every((action) => action in ON_EVERYTHING),
  ],
  [
    'a key, topic or bucket that admits a service asks for whom it works',
    of('AWS::KMS::Key', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'),
    ({ Properties }) =>
      statements(Properties)
        .filter(({ Effect, Principal }) => Effect === 'Allow' && text(Principal).includes('"Service"'))
        .filter(({ Principal }) => text(Principal) !== '{"Service":"events.amazonaws.com"}') // a topic's conditions refuse it
        .every(({ Condition, Resource }) => Condition !== undefined || text(Resource).includes('AccessLogs')),
  ],
  [
    'only a public balancer admits anybody, at 80 and 443',
    RULES_OF_GROUPS,
    ({ Type, Properties, where }) => {
      const rules = [Type.endsWith('Ingress') ? Properties : (Properties?.SecurityGroupIngress ?? [])].flat();
      const open = Type.endsWith('Egress') ? [] : rules.filter((rule) => ANYWHERE.test(text(rule)));
      return (
        open.length === 0 || (/\/Balancer/.test(where) && open.every((rule) => /"ToPort":(80|443)\b/.test(text(rule))))
      );
    },
  ],
  ['nothing opens SSH', RULES_OF_GROUPS, ({ Properties }) => !/"(FromPort|ToPort)":22\b/.test(text(Properties))],
  [
    'only servers, rotations and dumps reach out, by HTTPS, and the smoke test to a public balancer',
    RULES_OF_GROUPS,
    ({ Type, Properties, where }) => {
      const rules = [Type.endsWith('Egress') ? Properties : (Properties?.SecurityGroupEgress ?? [])].flat();
      const open = Type.endsWith('Ingress') ? [] : rules.filter((rule) => ANYWHERE.test(text(rule)));
      return (
        open.length === 0 ||
        (/\/(BackendFleet|Workers)|\/(Rotation|Dumps)\//.test(where) &&
          open.every((rule) => /"ToPort":443\b/.test(text(rule)))) ||
        (/\/RolloutsSmoke/.test(where) && open.every((rule) => /"ToPort":9000\b/.test(text(rule))))
      );
    },
  ],
  [
    'every security group says what it is for',
    SECURITY_GROUPS,
    ({ Properties }) => /^[A-Z][\w ]+$/.test(`${Properties?.GroupDescription}`),
  ],
  [
    'databases and session stores stand in subnets without a way out',
    of('AWS::RDS::DBSubnetGroup', 'AWS::ElastiCache::SubnetGroup'),
    ({ Properties }) => [Properties?.SubnetIds].flat().every((subnet) => text(subnet).includes('IsolatedSubnet')),
  ],
  [
    'no route leads out of an isolated subnet',
    of('AWS::EC2::Route'),
    ({ Properties }) => !text(Properties?.RouteTableId).includes('Isolated'),
  ],
];

everywhere(RULES);

it.each(Object.entries(ON_EVERYTHING))('%s is needed on every resource: %s', (action) => {
  expect(ROLES.flatMap(({ Properties }) => actionsOnEverything(Properties))).toContain(action);
});
