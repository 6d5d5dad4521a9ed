/** Services besides the backend, as no shipped environment has them all: production with one on the backend's servers, one with its own by path, one by name; and fixed addresses. */
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { builtArchives } from '../../lib/stacks/archives';
import type { BackendStack } from '../../lib/stacks/backend-stack';
import { WebApp } from '../../lib/web-app';
import { WITH_SERVICES, written } from '../support/services';
import { properties, testApp } from '../support/stack';

const app = testApp();
const web = new WebApp(app, 'Holdfast', { config: WITH_SERVICES, archives: builtArchives() });
const stack = (name: string) => web.node.findChild(name) as Stack;
const backend = Template.fromStack(stack('Backend'));
const edge = Template.fromStack(stack('Edge'));
const text = (value: unknown) => JSON.stringify(value);
const launch = (service: string) =>
  text(Object.entries(backend.findResources('AWS::EC2::LaunchTemplate')).find(([id]) => id.startsWith(service)));
const told = (service: string, name: string) => new RegExp(`\\\\n${name}='([^']*)'`).exec(launch(service))?.[1];
const ofRole = (service: string) =>
  text(
    Object.entries(backend.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith(`${service}Fleet`))
      .map(([, policy]) => policy),
  );

describe('at the balancer', () => {
  it('those with servers of their own have a rule each, in order, below what closes the site', () => {
    const rules = properties(backend, 'AWS::ElasticLoadBalancingV2::ListenerRule')
      .filter(({ Conditions }) => !Conditions[0].HttpHeaderConfig)
      .map(({ Priority, Conditions: [{ PathPatternConfig, HostHeaderConfig }] }) => [
        Priority,
        (PathPatternConfig ?? HostHeaderConfig).Values,
      ]);
    expect(rules).toEqual([
      [11, ['/search/*']],
      [12, ['office.example.com']],
    ]);
  });

  it('each has two groups of targets, weights in one rule, and tests of both', () => {
    backend.resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 6 + 2 + 1); // and those of the fixed addresses, and the maintenance page
    const tested = properties(backend, 'AWS::ElasticLoadBalancingV2::ListenerRule').flatMap(
      ({ Conditions, Priority }) =>
        Conditions[0].HttpHeaderConfig ? [[Priority, Conditions[0].HttpHeaderConfig.Values[0]]] : [],
    );
    expect(tested).toEqual([
      [1, 'backend-blue'],
      [2, 'backend-green'],
      [5, 'search-blue'],
      [6, 'search-green'],
      [7, 'back-office-blue'],
      [8, 'back-office-green'],
    ]);
  });

  it('and one by name has a record and a place in the certificate; CloudFront knows nothing of it', () => {
    backend.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'office.example.com.', Type: 'A' });
    const [{ SubjectAlternativeNames }] = properties(backend, 'AWS::CertificateManager::Certificate');
    expect(SubjectAlternativeNames).toEqual([
      'origin.www.example.com',
      'eu-west-1.origin.www.example.com',
      'static.www.example.com',
      'office.example.com',
    ]);
    expect(text(edge.toJSON())).not.toContain('office.example.com');
  });
});

it('have their paths at the edge, uncached and whatever the method, as the API', () => {
  const [{ DistributionConfig }] = properties(edge, 'AWS::CloudFront::Distribution');
  const behaviours = DistributionConfig.CacheBehaviors;
  const [api] = behaviours;
  const same = ['/reports', '/reports/*', '/search/*'].map((PathPattern) => ({ ...api, PathPattern }));
  expect(behaviours.slice(3)).toEqual(same);
});

describe('on the backend’s servers', () => {
  it('a service is told of beside the backend, and has nothing of its own', () => {
    expect(told('Backend', 'SERVES')).toBe('backend');
    expect(told('Backend', 'SERVICES')).toBe('pages:8200:2::/reports,/reports/*');
    expect(launch('Pages')).toBeUndefined();
  });
});

describe('on servers of its own', () => {
  it('a service is what NGINX and systemd there are told of', () => {
    expect([told('Search', 'SERVES'), told('Search', 'PROCESSES')]).toEqual(['service', '2']);
    const { units, told: processes } = written(told('Search', 'SERVICES') ?? '');
    expect(units).toEqual([8000, 8001].map((port) => `holdfast-service@search-${port}`));
    expect(processes['search-8001']).toBe("NAME='search'\nPORT='8001'\nSECRETS='DATABASE'\n");
  });

  it('it answers to its own names and the site’s, and to no other service’s', () => {
    expect(told('BackOffice', 'HOSTS')).toBe(
      'www.example.com origin.www.example.com eu-west-1.origin.www.example.com static.www.example.com office.example.com',
    );
    expect(told('Search', 'HOSTS')).not.toContain('office');
  });

  it.each([
    ['Search', 'DATABASE', 'SESSIONS', 'PostgreSQL'],
    ['BackOffice', 'SESSIONS', 'DATABASE', 'Sessions'],
  ])(
    '%s is told of the secrets it is given, may read no others, and reaches what they are for',
    (service, has, lacks, what) => {
      expect(launch(service)).toContain(`${has}_SECRET='`);
      expect(launch(service)).not.toContain(`${lacks}_SECRET='`);
      const imported = (name: string) => new RegExp(`ImportValue":"[^"]*Output[^"]*${name}[^"]*Secret`, 'i');
      expect(ofRole(service)).toMatch(imported(has));
      expect(ofRole(service)).not.toMatch(imported(lacks));
      const reached = Object.entries(backend.findResources('AWS::EC2::SecurityGroupEgress'))
        .filter(([id]) => id.startsWith(service))
        .map(([, { Properties }]) => Properties.Description);
      expect(reached).toEqual([what]);
    },
  );

  it('it may fetch its own state of releases and no other’s', () => {
    expect(ofRole('Search')).toContain('/services/search.json');
    expect(ofRole('Search')).not.toMatch(/services\/(?!search)/);
  });

  it('its limits are live ones, and its groups rest and work as the backend’s do', () => {
    const [{ services }] = properties(backend, 'Custom::LiveFleets');
    expect(Object.keys(services)).toEqual(['backend', 'search', 'back-office']);
    expect(services.search).toMatchObject({ min: '3', max: '6' });
    expect(services['back-office'].groups).toEqual({
      blue: 'Holdfast-prod-back-office-blue',
      green: 'Holdfast-prod-back-office-green',
    });
    backend.resourceCountIs('Custom::RestingGroups', 1);
  });

  it('its release is moved by itself, after the backend’s, and stopped by its own alarms', () => {
    const { services } = stack('Backend') as BackendStack;
    expect(services.map(({ name }) => name)).toEqual(['backend', 'search', 'back-office']);
    const [, search] = services;
    expect(search?.balanced?.ruleArn).toBeDefined();
    const names = text((stack('Backend') as Stack).resolve(search?.alarms));
    for (const alert of ['LatencyHigh', 'ErrorRateCritical', 'NoHealthyServer', 'CapacityExhausted'])
      expect(names).toContain(`SearchAlarms${alert}`);
  });

  it('its alarms say whose they are, watch its own targets and groups, and have its own limits', () => {
    const alarms = Object.entries(backend.findResources('AWS::CloudWatch::Alarm')).filter(([id]) =>
      id.startsWith('SearchAlarms'),
    );
    const composites = Object.entries(backend.findResources('AWS::CloudWatch::CompositeAlarm')).filter(([id]) =>
      id.startsWith('SearchAlarms'),
    );
    const told = [...alarms, ...composites].map(([, { Properties }]) => text(Properties.AlarmDescription));
    for (const each of told) expect(each).toMatch(/\w+: (Service search: |a part of that alarm)/);
    const all = text(alarms);
    expect(all).toMatch(/"SearchFleetBlue\w+"/);
    expect(all).toMatch(/"SearchTargetsGreen\w+"/);
    expect(all).not.toMatch(/"Backend(Fleet|Targets)/);
    const atMaximum = alarms.find(([id]) => id.includes('FleetAtMaximum'));
    expect(atMaximum?.[1].Properties.Threshold).toBe(5);
  });
});

describe('fixed addresses', () => {
  it('are one elastic IP for each zone, before the balancer, at 443 and 80', () => {
    const [network] = properties(backend, 'AWS::ElasticLoadBalancingV2::LoadBalancer').filter(
      ({ Type }) => Type === 'network',
    );
    expect(network.Scheme).toBe('internet-facing');
    expect(network.SubnetMappings).toHaveLength(WITH_SERVICES.zones.length);
    for (const { AllocationId } of network.SubnetMappings) expect(text(AllocationId)).toMatch(/StaticAddress\d/);
    const targets = properties(backend, 'AWS::ElasticLoadBalancingV2::TargetGroup').filter(
      ({ TargetType }) => TargetType === 'alb',
    );
    expect(
      targets.map(({ Port, Protocol, HealthCheckProtocol, HealthCheckPath }) => [
        Port,
        Protocol,
        HealthCheckProtocol,
        HealthCheckPath,
      ]),
    ).toEqual([
      [443, 'TCP', 'HTTPS', '/livez'],
      [80, 'TCP', 'HTTP', '/livez'],
    ]);
  });

  it('are the second region’s too, or a failover shuts out whoever lists addresses', () => {
    for (const template of [backend, Template.fromStack(stack('BackendRecovery'))]) {
      expect(properties(template, 'AWS::EC2::EIP')).toHaveLength(3);
      template.hasOutput('StaticAddresses', {});
    }
  });

  it('have a name of their own, which the certificate and the servers know', () => {
    backend.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'static.www.example.com.',
      AliasTarget: { DNSName: '_regions.static.www.example.com.' },
    });
    expect(told('Backend', 'HOSTS')).toBe(
      'www.example.com origin.www.example.com eu-west-1.origin.www.example.com static.www.example.com office.example.com',
    );
  });
});
