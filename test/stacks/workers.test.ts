/** Who does the jobs: servers of their own, or those of the fleet; what they are told and may do. */
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { TEMPLATES } from '../support/assemblies';
import { properties, stackTemplate } from '../support/stack';

const prod = stackTemplate('prod', 'Workers');
const launch = (name: string, stack: string) =>
  JSON.stringify(stackTemplate(name, stack).findResources('AWS::EC2::LaunchTemplate'));
interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}
const statements = (name: string, stack: string): readonly Statement[] =>
  properties(stackTemplate(name, stack), 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
const actions = (name: string, stack: string) =>
  statements(name, stack)
    .flatMap(({ Action }) => Action)
    .filter((action) => /^(sqs|ses):/.test(action))
    .sort();
const TAKING = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'];

describe('servers of their own', () => {
  it('are there where the environment asks for them', () => {
    const with_ = TEMPLATES.filter(({ stack }) => stack === 'Workers').map((each) => each.environment);
    expect(with_).toEqual(ENVIRONMENT_NAMES.filter((name) => environment(name).workers.group));
  });

  it('grow with the messages that wait for each, in service now', () => {
    const [{ TargetTrackingConfiguration, PolicyType }] = properties(prod, 'AWS::AutoScaling::ScalingPolicy');
    const { TargetValue, CustomizedMetricSpecification } = TargetTrackingConfiguration;
    expect([PolicyType, TargetValue]).toEqual(['TargetTrackingScaling', environment('prod').workers.group?.backlog]);
    const metrics = CustomizedMetricSpecification.Metrics.map(
      // biome-ignore lint/suspicious/noExplicitAny: templates have no types
      ({ Id, Expression, MetricStat, ReturnData }: any) => [Id, Expression ?? MetricStat.Metric.MetricName, ReturnData],
    );
    expect(metrics).toEqual([
      ['waiting', 'ApproximateNumberOfMessagesVisible', false],
      ['servers', 'GroupInServiceInstances', false],
      ['backlog', 'FILL(waiting, 0) / IF(servers < 1, 1, servers)', true],
    ]);
  });

  it('never fall to none in production, and are spread over its zones', () => {
    const [{ VPCZoneIdentifier, HealthCheckType }] = properties(prod, 'AWS::AutoScaling::AutoScalingGroup');
    expect([VPCZoneIdentifier.length, HealthCheckType]).toEqual([3, 'EC2']);
    const [{ services }] = properties(prod, 'Custom::LiveFleets');
    expect(services.workers).toMatchObject({ min: '1', max: '4', groups: { blue: 'Holdfast-prod-workers-blue' } });
  });

  it('take jobs and may send none, and the fleet the other way round', () => {
    expect(actions('prod', 'Workers')).toEqual(TAKING);
    expect(actions('prod', 'Backend')).toEqual(['sqs:SendMessage']);
  });

  it('read one secret: that of the database', () => {
    const secrets = statements('prod', 'Workers').filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(secrets).toHaveLength(1);
    expect(JSON.stringify(secrets)).toMatch(/DatabasePrimarySecret/);
    expect(JSON.stringify(secrets)).not.toMatch(/Session|Cookie|Jwt/);
  });

  it('are told that they serve jobs, and where those are', () => {
    const told = launch('prod', 'Workers');
    for (const line of ["SERVES='worker'", "JOBS_AT_ONCE='10'", "QUEUE_URL='"]) expect(told).toContain(line);
    expect(launch('prod', 'Backend')).toContain("SERVES='backend'");
  });
});

describe('the fleet where there are none', () => {
  it('sends jobs and does them', () => {
    expect(actions('dev', 'Backend')).toEqual([...TAKING, 'sqs:SendMessage']);
    expect(launch('dev', 'Backend')).toContain("SERVES='backend worker'");
  });
});
