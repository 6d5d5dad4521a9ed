/** An environment with a managed Prometheus, tracing and an error tracker, none of which is on in those that are shipped. */
import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';
import { ALERTS } from '../../lib/alerts';
import { checked } from '../../lib/config/check';
import { prod } from '../../lib/config/prod';
import { mirroredRows, ownRows } from '../../lib/prometheus/rules';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { TEMPLATES } from '../support/assemblies';
import { properties, testApp } from '../support/stack';

const DSN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:tracker-AbCdEf';
const config = checked(
  { ...prod, metrics: { prometheus: true }, tracing: { sampleRate: 0.05 }, errorTracker: { dsnSecretArn: DSN } },
  'lib/config/prod.ts',
);
const web = new WebApp(testApp(), 'Holdfast', { config, archives: builtArchives() });
const template = (name: string) => Template.fromStack(web.node.findChild(name) as Stack);
const text = (part: unknown) => JSON.stringify(part);

const metrics = template('Metrics');
const backend = template('Backend');
const [workspace] = properties(metrics, 'AWS::APS::Workspace');
const statements: readonly { readonly Action: unknown; readonly Resource: unknown }[] = properties(
  backend,
  'AWS::IAM::Policy',
).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
/** What the servers may do on no resource in particular. */
const onAnyResource = text(statements.filter(({ Action }) => text(Action).includes('ec2:DescribeTags')));
const userData = text(properties(backend, 'AWS::EC2::LaunchTemplate')[0].LaunchTemplateData.UserData);

describe('the workspace', () => {
  it('outlives its stack where data is retained', () => {
    metrics.hasResource('AWS::APS::Workspace', { DeletionPolicy: 'Retain' });
  });

  it('has the rules that only the processes can answer, and tells of nothing twice', () => {
    const [{ Data }] = properties(metrics, 'AWS::APS::RuleGroupsNamespace');
    const alerts = parse(Data).groups.flatMap(({ rules }: { rules: { alert?: string }[] }) =>
      rules.map((rule) => rule.alert),
    );
    expect(alerts).toEqual(expect.arrayContaining(Object.keys(ownRows)));
    expect(alerts.filter((name: string) => name in mirroredRows)).toEqual([]);
    const watched = (row: object) => ('signal' in row ? [row.signal] : []);
    const elsewhere = Object.entries<object>(ALERTS).flatMap(([name, row]) => (name in ownRows ? [] : watched(row)));
    expect(
      Object.values<object>(ownRows)
        .flatMap(watched)
        .filter((signal) => elsewhere.includes(signal)),
    ).toEqual([]);
  });

  it.each(['Critical', 'Warning', 'Info'])('tells the topic %s', (severity) => {
    expect(text(workspace.AlertManagerDefinition)).toContain(`OutputRefTopics${severity}`);
  });

  it('may publish to topics and use their key, for this account alone', () => {
    const alerting = template('Alerting');
    const admits = Match.objectLike({
      Principal: { Service: Match.arrayWith(['aps.amazonaws.com']) },
      Condition: { StringEquals: { 'aws:SourceAccount': Match.anyValue() } },
    });
    const has = { PolicyDocument: { Statement: Match.arrayWith([admits]) } };
    expect(Object.keys(alerting.findResources('AWS::SNS::TopicPolicy', { Properties: has }))).toHaveLength(4);
    alerting.hasResourceProperties('AWS::KMS::Key', { KeyPolicy: { Statement: Match.arrayWith([admits]) } });
  });
});

describe('the servers', () => {
  it('may write to that workspace, and to no other', () => {
    const writing = statements.filter(({ Action }) => text(Action).includes('aps:'));
    expect(writing.map(({ Action }) => Action)).toEqual(['aps:RemoteWrite']);
    expect(text(writing[0]?.Resource)).toMatch(/ImportValue.*MetricsWorkspace/);
  });

  it('may send spans', () => {
    expect(onAnyResource).toMatch(/"xray:PutTelemetryRecords","xray:PutTraceSegments"/);
  });

  it('may read the DSN, whose value stands nowhere', () => {
    const reading = statements.filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(reading.some(({ Resource }) => text(Resource).includes(DSN))).toBe(true);
  });

  it('are told where, how often and by which secret', () => {
    expect(userData).toContain('PROMETHEUS_WORKSPACE=');
    expect(userData).toContain("TRACE_RATE='0.05'");
    expect(userData).toContain(`ERROR_DSN_SECRET='${DSN}'`);
  });
});

it('is reached through endpoints of its own where the network has them', () => {
  const names = properties(template('Network'), 'AWS::EC2::VPCEndpoint').map(({ ServiceName }) => text(ServiceName));
  for (const service of ['aps-workspaces', 'xray'])
    expect(names.filter((name) => name.includes(service))).toHaveLength(1);
});

it('leaves no trace where it is off', () => {
  const found = TEMPLATES.filter((each) =>
    /AWS::APS|aps:|"ec2:DescribeTags","xray|PROMETHEUS_WORKSPACE|TRACE_RATE|ERROR_DSN/.test(text(each.template)),
  );
  expect(found.map(({ environment, stack }) => `${environment}/${stack}`)).toEqual([]);
});
