/** What `npm run whatif` answers programs, and what it refuses. Its text: test/invariants/recovery.test.ts. */
import { spawnSync } from 'node:child_process';
import type { Resource, Stack } from '../../lib/commands/assembly';
import { graphOf } from '../../lib/commands/whatif/graph';
import { partsOf } from '../../lib/commands/whatif/parts';
import { prod } from '../../lib/config/prod';

const command = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/bin/whatif.js', ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
};

it('prints one JSON for programs, in whatever case the loss is written', () => {
  const { stdout } = command('--env', 'prod', '--json', 'cloudfront');
  expect(JSON.parse(stdout)).toMatchObject({
    environment: 'prod',
    loss: 'CloudFront',
    functions: { pages: { downSeconds: 96 }, jobs: { downSeconds: 0 } },
    alarms: expect.arrayContaining([expect.objectContaining({ name: 'SiteDown', region: 'us-east-1' })]),
  });
});

describe('a mistake is one line', () => {
  it.each([
    [['--env', 'prd', 'CloudFront'], 'environment: expected one of dev, staging, prod, got "prd"'],
    [['--env', 'prod'], /expected what is lost, got nothing; usage: npm run whatif/],
    [['--page', 'docs/none.md'], "--page: expected a Markdown page, got no file 'docs/none.md'"],
    [['--fast'], /--fast.*usage: npm run whatif/],
  ])('for %j', (words, line) => {
    const { status, lines } = command(...words);
    expect(status).toBe(1);
    expect(lines).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)]);
  });
});

describe('parts of a system with more than the shipped environments have', () => {
  const stack: Stack = {
    name: 'Backend',
    deployedAs: 'Holdfast-prod-Backend',
    region: prod.region,
    after: [],
    outputs: {},
    resources: [],
  };
  const of = (id: string, type: string, properties: Resource['properties'] = {}): Resource => ({
    key: `Backend.${id}`,
    type,
    properties,
    stack,
  });
  const group = 'Holdfast-prod-search-blue';
  const services = { search: { min: '3', max: '6', groups: { blue: group } } };
  const resources = [
    of('Live', 'Custom::LiveFleets', { services }),
    of('Template', 'AWS::EC2::LaunchTemplate'),
    of('Group', 'AWS::AutoScaling::AutoScalingGroup', {
      AutoScalingGroupName: group,
      LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } },
      TargetGroupARNs: [{ Ref: 'Targets' }],
    }),
    of('Targets', 'AWS::ElasticLoadBalancingV2::TargetGroup'),
    of('Fixed', 'AWS::ElasticLoadBalancingV2::LoadBalancer', { Type: 'network' }),
    of('Balancer', 'AWS::ElasticLoadBalancingV2::LoadBalancer', { Type: 'application' }),
  ];
  const parts = partsOf(graphOf([{ ...stack, resources }]), prod);

  it("a service has as many servers as its own configuration says, not the backend's", () => {
    expect(parts.services.map(({ min }) => min)).toEqual([3]);
  });

  it('what has the fixed addresses is not what visitors are led to', () => {
    expect(parts.balancers.map(({ key }) => key)).toEqual(['Backend.Balancer']);
  });
});
