/** Experiments and zonal shift as no shipped environment has them: what may be hurt, who may, what ends it. */
import { readFileSync } from 'node:fs';
import { ALERTS } from '../../lib/alerts';
import { stacksOf } from '../../lib/commands/assembly';
import { lossNamed } from '../../lib/commands/whatif/losses';
import { lossText } from '../../lib/commands/whatif/report';
import { systemOf } from '../../lib/commands/whatif/simulate';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { checked } from '../../lib/config/check';
import { EXPERIMENTS, templateOutput } from '../../lib/game-days';
import { chosen } from '../drills/scenarios';
import { ASSEMBLIES, TEMPLATES } from '../support/assemblies';
import { OPTIONS } from '../support/options';
import { properties, stackTemplate } from '../support/stack';

const template = (name: string) => stackTemplate(OPTIONS.name, name);
const gameDays = template('GameDays');
const experiments = properties(gameDays, 'AWS::FIS::ExperimentTemplate');
const rows = Object.entries(EXPERIMENTS);
const text = (value: unknown) => JSON.stringify(value);

it.each(ENVIRONMENT_NAMES)('are in %s only if it has asked for them', (name) => {
  const { gameDays: days, balancing } = environment(name);
  const all = text(TEMPLATES.filter((each) => each.environment === name).map(({ template: each }) => each));
  expect([/holdfast:game-day/, /FIS::Experiment/, /ZonalAutoshift/].map((sign) => sign.test(all))).toEqual([
    days?.enabled ?? false,
    days?.enabled ?? false,
    balancing.autoshift ?? false,
  ]);
});

it('show a reviewer what they do', () => {
  const readable = text(gameDays.toJSON()).replace(/"Metadata":\{"aws:cdk:path":"[^"]*"\},?/g, ''); // noise
  expect(JSON.parse(readable.replaceAll(',}', '}'))).toMatchSnapshot();
});

describe('an experiment', () => {
  it('has a template for each row, and an output that names it', () => {
    expect(experiments.map(({ Tags }) => Tags.Name)).toEqual(rows.map(([name]) => `options-${name}`));
    for (const [name] of rows) gameDays.hasOutput(templateOutput(name), {});
  });

  it('hurts nothing but what is marked as this environment, and its own database', () => {
    // biome-ignore lint/suspicious/noExplicitAny: templates have no types
    for (const target of experiments.flatMap(({ Targets }) => Object.values(Targets)) as any[]) {
      if (target.ResourceArns) expect(text(target.ResourceArns)).toMatch(/:rds:.*:db:/);
      else expect(target.ResourceTags['holdfast:game-day']).toBe('options');
    }
  });

  it('is ended by a critical alarm of any stack, but not by those that look at what is taken away', () => {
    for (const { StopConditions } of experiments)
      expect(StopConditions).toEqual([{ Source: 'aws:cloudwatch:alarm', Value: expect.anything() }]);
    const [{ AlarmRule }] = properties(gameDays, 'AWS::CloudWatch::CompositeAlarm');
    const rule = text(AlarmRule);
    for (const name of ['ErrorRateCritical', 'NoHealthyServer', 'AvailabilityBurnsFast', 'JobsLost'])
      expect(rule).toContain(name);
    expect(rule).not.toMatch(/Unreachable|ErrorRateHigh/);
  });

  it('uses the targets, parameters and documents that FIS names', () => {
    const zone = experiments.find(({ Tags }) => Tags.Name === 'options-zone-power');
    expect(Object.keys(zone.Actions)).toEqual(Object.keys(EXPERIMENTS['zone-power'].faults));
    expect(zone.Targets.serversInZone.Filters[1].Path).toBe('Placement.AvailabilityZone');
    expect(text(zone)).not.toMatch(/eu-west-1[ac]|\{zone\}/);
    const cut = experiments.find(({ Tags }) => Tags.Name === 'options-database-cut').Actions.cutOff.Parameters;
    expect(JSON.parse(cut.documentParameters)).toEqual({
      Protocol: 'tcp',
      Port: '15432',
      TrafficType: 'egress',
      DurationSeconds: '60',
      InstallDependencies: 'True',
    });
    const slow = experiments.find(({ Tags }) => Tags.Name === 'options-network-slow').Actions.delay.Parameters;
    expect(JSON.parse(slow.documentParameters).Sources).toBe(OPTIONS.network.cidr);
    expect(text(experiments)).not.toMatch(/\{\w+\}/);
  });
});

describe('the role', () => {
  const [{ AssumeRolePolicyDocument }] = properties(gameDays, 'AWS::IAM::Role');
  const [{ PolicyDocument }] = properties(gameDays, 'AWS::IAM::Policy');
  // biome-ignore lint/suspicious/noExplicitAny: templates have no types
  const statements: readonly any[] = PolicyDocument.Statement;

  it('is for experiments of this account alone', () => {
    expect(text(AssumeRolePolicyDocument)).toMatch(/aws:SourceArn.*:fis:.*:experiment\/\*.*fis\.amazonaws\.com/);
    expect(text(AssumeRolePolicyDocument)).toContain('aws:SourceAccount');
  });

  it.each(['ec2:StopInstances', 'ec2:TerminateInstances', 'ec2:ReplaceNetworkAclAssociation', 'ssm:SendCommand'])(
    'may %s only of what is marked',
    (action) => {
      const marked = statements.filter(({ Action }) => [Action].flat().includes(action));
      expect(text(marked)).toMatch(/(aws:ResourceTag|ssm:resourceTag)\/holdfast:game-day":"options"/);
    },
  );

  it('changes nothing of everybody', () => {
    const everywhere = statements.filter(({ Resource, Condition }) => Resource === '*' && !Condition);
    const changes = everywhere
      .flatMap(({ Action }) => Action)
      .filter((action) => !/:(Describe|List|GetResources)/.test(action));
    expect(changes).toEqual(['logs:CreateLogDelivery', 'logs:PutResourcePolicy', 'ssm:CancelCommand']);
  });
});

it.each(rows)('%s names alerts that there are and drills that run here', (_, { expects, mayRing, twins }) => {
  expect([...expects.map(({ alert }) => alert), ...mayRing].filter((name) => !(name in ALERTS))).toEqual([]);
  expect(twins.length).toBeGreaterThan(0);
  expect(chosen(twins).map(({ name }) => name)).toEqual(twins);
});

it.each(rows)('%s is judged by alarms that the environment has', (_, { expects, mayRing }) => {
  const alarms = ['Backend', 'Data', 'Probes'].flatMap((name) => [
    ...properties(template(name), 'AWS::CloudWatch::Alarm'),
    ...properties(template(name), 'AWS::CloudWatch::CompositeAlarm'),
  ]);
  const described = alarms.map(({ AlarmDescription }) => text(AlarmDescription));
  const missing = [...expects.map(({ alert }) => alert), ...mayRing].filter(
    (name) => !described.some((each) => each.includes(`"${name}: `)),
  );
  expect(missing).toEqual([]);
});

it.each(rows)('%s has its row in the guide', (name, { hypothesis, twins }) => {
  const guide = readFileSync('docs/game-days.md', 'utf8').replaceAll('\n', ' ');
  expect(guide).toContain(`| \`${name}\` |`);
  expect(guide).toContain(hypothesis);
  for (const twin of twins) expect(guide).toContain(`\`${twin}\``);
});

it('marks servers when they start, and their service, in the first region alone', () => {
  const tags = properties(template('Backend'), 'AWS::AutoScaling::AutoScalingGroup').map(({ Tags }) => Tags);
  for (const each of tags) {
    expect(each).toContainEqual({ Key: 'holdfast:game-day', PropagateAtLaunch: true, Value: 'options' });
    expect(each).toContainEqual({ Key: 'holdfast:service', PropagateAtLaunch: true, Value: 'backend' });
  }
  expect(text(template('Edge').toJSON())).not.toContain('holdfast:game-day');
});

describe('a zone', () => {
  it('can be left by hand in every environment', () => {
    for (const environment of ['dev', 'staging', 'prod'])
      for (const { LoadBalancerAttributes } of properties(
        stackTemplate(environment, 'Backend'),
        'AWS::ElasticLoadBalancingV2::LoadBalancer',
      ))
        expect(LoadBalancerAttributes).toContainEqual({ Key: 'zonal_shift.config.enabled', Value: 'true' });
  });

  it('is left by AWS, and for practice while no critical alarm of the balancer rings, where that is asked for', () => {
    const [shift] = properties(template('Backend'), 'AWS::ARCZonalShift::ZonalAutoshiftConfiguration');
    expect(shift.ZonalAutoshiftStatus).toBe('ENABLED');
    expect(shift.PracticeRunConfiguration.OutcomeAlarms).toHaveLength(1); // as the service takes
    const stop = properties(template('Backend'), 'AWS::CloudWatch::CompositeAlarm').find(({ AlarmDescription }) =>
      text(AlarmDescription).includes('AutoshiftStop'),
    );
    expect(text(stop.AlarmRule)).toContain('ErrorRateCritical');
    expect(shift.PracticeRunConfiguration.BlockingAlarms).toEqual(shift.PracticeRunConfiguration.OutcomeAlarms);
  });
});

it('and whatif knows of that', () => {
  const system = systemOf(OPTIONS, stacksOf(`${ASSEMBLIES}/${OPTIONS.name}`));
  const told = lossText(OPTIONS.name, system.lose(lossNamed(system.losses, 'zone eu-west-1b')));
  expect(told).toContain('AWS takes the zone out where it sees it fail');
});

describe('the configuration refuses', () => {
  const faults = (others: object) => {
    try {
      checked({ ...OPTIONS, ...others }, 'x.ts');
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each<[string, object, string]>([
    [
      'a zone that is not in use',
      { gameDays: { enabled: true, zone: 'eu-west-1d' } },
      'gameDays.zone: expected one of zones',
    ],
    [
      'to take away what stands alone',
      { sessions: { ...OPTIONS.sessions, replicas: 0 } },
      'gameDays.enabled: expected false where sessions.replicas has no second to take over, got true',
    ],
    [
      'to leave a zone with too few servers',
      { fleet: { ...OPTIONS.fleet, min: 2 } },
      'balancing.autoshift: expected none with fewer servers (fleet.min 2) than zones (3)',
    ],
  ])('%s', (_, others, message) => {
    expect(faults(others)).toContain(message);
  });
});
