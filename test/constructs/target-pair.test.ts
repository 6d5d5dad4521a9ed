/** How a service's requests are shared out: between its two groups of targets, and over the servers of each. */
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Balancer } from '../../constructs/backend/balancer';
import { TargetPair, type TargetPairProps } from '../../constructs/backend/target-pair';
import { properties, testStack, testVpc } from '../support/stack';

type Given = Partial<Omit<TargetPairProps, 'vpc' | 'balancer'>>;

/** @param given of each service; the first is 'backend' */
function pairs(...given: readonly Given[]) {
  const stack = testStack();
  const vpc = testVpc(stack);
  const balancer = new Balancer(stack, 'Balancer', {
    vpc,
    cloudFrontPrefixList: 'pl-4fa04526',
    accessLogRetention: Duration.days(30),
  });
  const made = given.map(
    (props, index) =>
      new TargetPair(stack, `Pair${index}`, {
        vpc,
        balancer,
        service: 'backend',
        weights: { blue: 95, green: 5 },
        algorithm: 'least-outstanding',
        drain: Duration.seconds(30),
        ...props,
      }),
  );
  return { made, balanced: made.map((each) => each.balanced), template: Template.fromStack(stack) };
}

const attributes = ({ template }: { template: Template }) =>
  properties(template, 'AWS::ElasticLoadBalancingV2::TargetGroup').map(({ TargetGroupAttributes }) =>
    Object.fromEntries(TargetGroupAttributes.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value])),
  );
const listener = ({ template }: { template: Template }, port: number) =>
  properties(template, 'AWS::ElasticLoadBalancingV2::Listener').find(({ Port }) => Port === port);
const rules = ({ template }: { template: Template }) =>
  properties(template, 'AWS::ElasticLoadBalancingV2::ListenerRule').map(({ Priority, Conditions, ListenerArn }) => [
    Priority,
    Conditions[0].HttpHeaderConfig?.Values ??
      Conditions[0].PathPatternConfig?.Values ??
      Conditions[0].HostHeaderConfig?.Values,
    ListenerArn.Ref.includes('Test') ? 'test' : 'visitors',
  ]);

const backend = pairs({});

it('gets requests by the weights that it is given, both groups in one action', () => {
  const [{ ForwardConfig }] = listener(backend, 80).DefaultActions;
  expect(ForwardConfig.TargetGroups.map(({ Weight }: { Weight: number }) => Weight)).toEqual([95, 5]);
  expect(ForwardConfig).not.toHaveProperty('TargetGroupStickinessConfig');
});

it('holds a visitor to a group where it holds him to a server: a listener refuses the one without the other', () => {
  const sticky = pairs({ sticky: Duration.hours(1) });
  const [{ ForwardConfig }] = listener(sticky, 80).DefaultActions;
  expect(ForwardConfig.TargetGroupStickinessConfig).toEqual({ Enabled: true, DurationSeconds: 3600 });
  for (const each of attributes(sticky))
    expect(each).toMatchObject({ 'stickiness.lb_cookie.duration_seconds': '3600' });
});

it('asks for shallow health, so that a database failover ends no server', () => {
  const paths = properties(backend.template, 'AWS::ElasticLoadBalancingV2::TargetGroup').map(
    (each) => each.HealthCheckPath,
  );
  expect(paths).toEqual(['/livez', '/livez']);
});

it.each([
  ['round-robin', 'round_robin'],
  ['least-outstanding', 'least_outstanding_requests'],
  ['weighted-random', 'weighted_random'],
] as const)('shares by %s in both groups, and lets a leaving server finish', (algorithm, name) => {
  const both = attributes(pairs({ algorithm }));
  expect(both).toHaveLength(2);
  for (const each of both)
    expect(each).toMatchObject({
      'load_balancing.algorithm.type': name,
      'deregistration_delay.timeout_seconds': '30',
      'stickiness.enabled': 'false',
    });
});

it('has less sent to a server that answers badly where the algorithm can', () => {
  for (const each of attributes(pairs({ algorithm: 'weighted-random' })))
    expect(each).toMatchObject({ 'load_balancing.algorithm.anomaly_mitigation': 'on' });
  for (const each of attributes(backend))
    expect(each).not.toHaveProperty('load_balancing.algorithm.anomaly_mitigation');
});

it('lets new servers start slowly where that is asked for', () => {
  const slow = pairs({ algorithm: 'round-robin', slowStart: Duration.seconds(60) });
  for (const each of attributes(slow)) expect(each).toMatchObject({ 'slow_start.duration_seconds': '60' });
  for (const each of attributes(backend)) expect(each).not.toHaveProperty('slow_start.duration_seconds');
});

it('is tested group by group, whatever the weights are', () => {
  expect(rules(backend)).toEqual([
    [1, ['backend-blue'], 'test'],
    [2, ['backend-green'], 'test'],
  ]);
});

describe('a further service', () => {
  const two = pairs({}, { service: 'search', place: 2, route: { priority: 10, paths: ['/search/*'] } });

  it('gets the requests of its route, and rules of its own for tests', () => {
    expect(rules(two).slice(2)).toEqual([
      [10, ['/search/*'], 'visitors'],
      [3, ['search-blue'], 'test'],
      [4, ['search-green'], 'test'],
    ]);
  });

  it('has its weights in its rule, which a rollout is told of', () => {
    expect(two.balanced.map(({ ruleArn }) => ruleArn === undefined)).toEqual([true, false]);
    const [host] = rules(pairs({ route: { priority: 11, hosts: ['admin.example.com'] } }, {}));
    expect(host).toEqual([11, ['admin.example.com'], 'visitors']);
  });
});

it('is watched by one metric for both groups, of which the resting one reports nothing', () => {
  const { healthyServers, unhealthyServers } = backend.made[0]?.signals ?? {};
  const expressions = [healthyServers, unhealthyServers].flatMap((each) =>
    each?.metrics.map((metric) => ('expression' in metric ? metric.expression : '')),
  );
  expect(expressions).toEqual(['SUM([blue, green])', 'MAX([blue, green])']);
});
