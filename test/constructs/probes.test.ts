/** What the probes may do and reach: next to nothing. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Signals } from '../../constructs/alerting/signal';
import { Postgres } from '../../constructs/database/postgres';
import { PostgresProbe } from '../../constructs/probes/postgres-probe';
import { RedisProbe } from '../../constructs/probes/redis-probe';
import { UptimeProbe } from '../../constructs/probes/uptime-probe';
import { SessionStore } from '../../constructs/sessions/session-store';
import * as postgresReading from '../../lambda/postgres-probe/reading';
import * as redisReading from '../../lambda/redis-probe/reading';
import * as uptimeAnswers from '../../lambda/uptime-probe/answers';
import { testStack, testTopics, testVpc } from '../support/stack';

function probes(login = false) {
  const stack = testStack();
  const vpc = testVpc(stack);
  const key = new Key(stack, 'Key');
  const logs = { logRetention: RetentionDays.ONE_YEAR, logKey: key };
  const common = { environment: 'test', ...logs, failures: testTopics(stack).info };
  const data = { vpc, encryptionKey: key, logRetention: RetentionDays.ONE_YEAR };
  const store = new SessionStore(stack, 'Sessions', { ...data, engine: 'valkey', nodeType: 'cache.t4g.small' });
  const instanceType = new InstanceType('t4g.micro');
  const database = new Postgres(stack, 'Database', { ...data, instanceType, storageGib: 20 });
  const made = {
    redis: new RedisProbe(stack, 'Redis', { ...common, vpc, store }),
    postgres: new PostgresProbe(stack, 'Postgres', { ...common, vpc, database, databaseName: 'app' }),
    uptime: new UptimeProbe(stack, 'Uptime', { ...common, site: 'www.example.com', marker: '<title>', login }),
  };
  return { ...made, template: Template.fromStack(stack) };
}

const { template, redis, postgres, uptime } = probes();
const functions = Object.values(template.findResources('AWS::Lambda::Function')).filter(
  ({ Properties }) => Properties.Environment?.Variables?.ENVIRONMENT,
);
/** What the role of one may, but write its log, its trace and its last message. */
const rights = (id: string, from = template) =>
  Object.entries(from.findResources('AWS::IAM::Policy'))
    .filter(([name]) => name.startsWith(`${id}FunctionRole`))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => Action as string | string[])
    .filter((action) => !/^(logs|xray|sns|kms):/.test(action));

it('run once a minute each, and end before the next', () => {
  template.resourcePropertiesCountIs('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)' }, 3);
  expect(functions).toHaveLength(3);
  for (const { Properties } of functions) expect(Properties.Timeout).toBeLessThan(60);
});

it('may log in as the users made for them, and nothing else', () => {
  expect(rights('Redis')).toEqual(['elasticache:Connect']);
  expect(rights('Postgres')).toEqual(['rds-db:connect']);
  expect(rights('Uptime')).toEqual([]);
});

it('know no secret but the password of a synthetic user, where one is wanted', () => {
  expect(JSON.stringify(functions)).not.toContain('{{resolve');
  expect(rights('Uptime', probes(true).template)).toEqual([
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
  ]);
});

it('inside the network reach one port each, and no way out', () => {
  const groups = Object.values(template.findResources('AWS::EC2::SecurityGroup')).filter(({ Properties }) =>
    /^Probe/.test(Properties.GroupDescription),
  );
  expect(groups).toHaveLength(2);
  for (const { Properties } of groups)
    expect(JSON.stringify(Properties.SecurityGroupEgress ?? [])).not.toMatch(/0\.0\.0\.0/);
  const ports = Object.values(template.findResources('AWS::EC2::SecurityGroupEgress')).map(
    ({ Properties }) => Properties.FromPort,
  );
  expect(ports.map((port) => JSON.stringify(port)).sort()).toEqual(['15432', '6379']);
});

it('stand in subnets without a way out', () => {
  const subnets = functions.flatMap(({ Properties }) => Properties.VpcConfig?.SubnetIds ?? []);
  expect(subnets).toHaveLength(6);
  for (const subnet of subnets) expect(JSON.stringify(subnet)).toContain('Isolated');
});

it("leave Lambda's right to make network interfaces to Lambda", () => {
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Deny',
          Condition: { ArnEquals: { 'lambda:SourceFunctionArn': Match.anyValue() } },
        }),
      ]),
    },
  });
});

it('look at a session store as a user who sees no key and has no password', () => {
  template.hasResourceProperties('AWS::ElastiCache::User', {
    UserName: 'test-eu-west-1-probe',
    UserId: 'test-eu-west-1-probe', // IAM demands that they are equal
    AccessString: 'on -@all +ping +info +slowlog|get +cluster|nodes',
    AuthenticationMode: { Type: 'iam' },
  });
});

it.each([
  ['postgres', () => postgres.signals, postgresReading.METRICS],
  ['redis', () => redis.signals, redisReading.METRICS],
  ['uptime', () => uptime.signals, uptimeAnswers.METRICS],
])('of %s publish no metric that nobody reads', (_, signals, metrics) => {
  const read = Object.values(signals() as Signals).flatMap(({ metrics: all }) => all);
  const published = Object.entries(metrics).flatMap(([name, unit]) => (unit === 'logged' ? [] : [name]));
  expect([...new Set(read.map((metric) => (metric as Metric).metricName))].sort()).toEqual(published.sort());
});

it('watch metrics under the names that the functions write', () => {
  const [lag] = redis.signals.sessionLagBytes.metrics;
  expect(lag).toMatchObject({
    namespace: 'Holdfast/Probes',
    metricName: 'LagBytes',
    dimensions: { Environment: 'test', Probe: 'redis' },
  });
});
