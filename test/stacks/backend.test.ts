/** The servers of production: what they are told, where they stand, what their agent reports. */
import { readFileSync } from 'node:fs';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { properties, stackTemplate } from '../support/stack';

const launch = (name: string) =>
  JSON.stringify(stackTemplate(name, 'Backend').findResources('AWS::EC2::LaunchTemplate'));
const groupsOf = (name: string) => properties(stackTemplate(name, 'Backend'), 'AWS::AutoScaling::AutoScalingGroup');

describe('the processes', () => {
  const unit = readFileSync('app/server/systemd/holdfast-backend@.service', 'utf8');
  const script = readFileSync('app/server/secrets.sh', 'utf8');

  it.each(ENVIRONMENT_NAMES)('of %s are told how many connections each may open', (name) => {
    const { databasePool } = environment(name).fleet;
    expect(launch(name)).toContain(`DATABASE_POOL='${databasePool}'`);
  });

  it.each(ENVIRONMENT_NAMES)('of %s are told of every replica of the database', (name) => {
    const [, told = ''] = /DATABASE_REPLICAS='(.*?)SESSIONS_SECRET/.exec(launch(name)) ?? [];
    expect(told.match(/DatabaseReplica\d\w*EndpointAddress/g)).toHaveLength(environment(name).database.replicas);
  });

  it.each(ENVIRONMENT_NAMES)('of %s are told what a login waits for, and how often one address may ask', (name) => {
    expect(launch(name)).toContain("SESSION_WAIT_REPLICAS='1'");
    expect(launch(name)).toContain(`RATE_LIMIT='${environment(name).fleet.requestsPer15Minutes}/900'`);
    expect(launch(name)).toContain("CORS_ORIGINS=''");
  });

  it.each(ENVIRONMENT_NAMES)('of %s are told of secrets that can rotate, and may read them', (name) => {
    const backend = stackTemplate(name, 'Backend');
    const rotating = Object.entries(backend.findResources('AWS::SecretsManager::Secret'));
    const policies = JSON.stringify(backend.findResources('AWS::IAM::Policy'));
    expect(rotating.length).toBeGreaterThanOrEqual(2);
    for (const [id, { Properties }] of rotating) {
      expect(Properties.GenerateSecretString).toMatchObject({
        GenerateStringKey: 'current',
        SecretStringTemplate: '{}',
      });
      expect(policies).toContain(`{"Ref":"${id}"}`);
      expect(launch(name)).toContain(`{"Ref":"${id}"}`);
    }
  });

  it('get what the server was told, and what is fetched when they start', () => {
    expect(unit).toMatch(/^EnvironmentFile=\/etc\/holdfast\/environment$/m);
    expect(unit).toMatch(/^EnvironmentFile=-\/run\/holdfast-%i\/env$/m);
    expect(unit).toMatch(/^ExecStartPre=\/opt\/holdfast\/server\/secrets\.sh \/run\/holdfast-%i\/env$/m);
    expect(script).toContain('DATABASE_REPLICA_URLS: ');
  });

  it.each(ENVIRONMENT_NAMES)('of %s find no secret in what a server is told', (name) => {
    expect(launch(name)).not.toMatch(/resolve:secretsmanager|SecretString/);
  });
});

describe('the loss of one zone', () => {
  const lasting = ENVIRONMENT_NAMES.filter((name) => environment(name).optOuts?.spareServer === undefined);

  it.each(lasting)('leaves %s a server: at least two, spread over all zones', (name) => {
    const [{ services }] = properties(stackTemplate(name, 'Backend'), 'Custom::LiveFleets');
    expect(Number(services.backend.min)).toBeGreaterThanOrEqual(2);
    for (const { VPCZoneIdentifier } of groupsOf(name))
      expect(VPCZoneIdentifier).toHaveLength(environment(name).zones.length);
  });

  it('is prepared for in production', () => {
    expect(lasting).toContain('prod');
  });
});

describe('the agent', () => {
  const agent = JSON.parse(readFileSync('app/server/amazon-cloudwatch-agent.json', 'utf8')).metrics;
  interface Watched {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions: readonly { readonly Name: string }[];
    readonly Statistic: string;
  }
  /** Metrics of its namespace that an alarm looks at, alone or in an expression. */
  const watched: readonly Watched[] = properties(stackTemplate('prod', 'Backend'), 'AWS::CloudWatch::Alarm')
    .flatMap((alarm) => [
      alarm,
      ...(alarm.Metrics ?? []).flatMap(({ MetricStat }: { MetricStat?: { Metric: object; Stat: string } }) =>
        MetricStat ? [{ ...MetricStat.Metric, Statistic: MetricStat.Stat }] : [],
      ),
    ])
    .filter(({ Namespace }) => Namespace === agent.namespace);

  it('reports what the alarms of memory, disk, iowait and network watch', () => {
    const { net, ethtool, ...others } = agent.metrics_collected;
    const collected = [
      ...Object.values<{ measurement: string[] }>(others).flatMap((each) => each.measurement),
      ...net.measurement.map((name: string) => `net_${name}`),
      ...ethtool.metrics_include.map((name: string) => `ethtool_${name}`),
    ];
    expect(watched.map(({ MetricName }) => MetricName).sort()).toEqual([...collected, ...collected].sort()); // of both groups
  });

  it('reports for the group, since an alarm on one server would end with it', () => {
    expect(Object.keys(agent.append_dimensions)).toEqual(['AutoScalingGroupName']);
    expect(agent.aggregation_dimensions).toEqual([['AutoScalingGroupName']]);
    for (const { Dimensions } of watched) expect(Dimensions.map(({ Name }) => Name)).toEqual(['AutoScalingGroupName']);
  });

  it('is watched for the server that is worst off: an average hides one full disk', () => {
    const states = watched.filter(({ MetricName }) => !/^(net|ethtool)_/.test(MetricName)); // those count events
    expect(states.map(({ Statistic }) => Statistic)).toEqual(states.map(() => 'Maximum'));
  });

  it('may report into its own namespace and no other', () => {
    const policies = JSON.stringify(stackTemplate('prod', 'Backend').findResources('AWS::IAM::Policy'));
    expect(policies).toContain(`{"StringEquals":{"cloudwatch:namespace":"${agent.namespace}"}}`);
  });
});
