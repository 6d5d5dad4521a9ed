/** The emulator's names: pairs of two regions, health checks that ask through its balancers, one inverted, one of others. Real requests; the templates' own records are tested in test/stacks. */
import { mkdirSync, rmSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { FENCE_PATH, fenceAnswer } from '../../lambda/failover/fence';
import { ACCOUNT } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import { type Running, until } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { foundTools } from '../support/backend';
import { end, listen, portOf } from '../support/nginx';

const STATE = '.holdfast/integration-emulator-names';
const ORIGIN = 'origin.www.example.com';
const REGIONS = ['eu-west-1', 'eu-central-1'] as const;
const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'rehearsal' };
const servers: Server[] = [];
const ill = new Set<string>();
let emulator: Running;
let port: number;
let fence: string;
let second: ElasticLoadBalancingV2Client;

const at = (region: string) => ({ endpoint: `http://127.0.0.1:${port}`, region, credentials });

/** A balancer with one server, which answers with its region. */
async function balancer(region: (typeof REGIONS)[number]) {
  const client = new ElasticLoadBalancingV2Client(at(region));
  const server = await listen((_, answer) => {
    answer.writeHead(ill.has(region) ? 503 : 200);
    answer.end(region);
  });
  servers.push(server);
  const { TargetGroups: [group] = [] } = await client.send(
    new CreateTargetGroupCommand({ Name: 'all', Protocol: 'HTTP', Port: 80, TargetType: 'ip' }),
  );
  const TargetGroupArn = group?.TargetGroupArn;
  const Targets = [{ Id: '127.0.0.1', Port: portOf(server) }];
  await client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
  const { LoadBalancers: [made] = [] } = await client.send(new CreateLoadBalancerCommand({ Name: region }));
  const { Listeners: [listener] = [] } = await client.send(
    new CreateListenerCommand({
      LoadBalancerArn: made?.LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn: 'arn:aws:acm:eu-west-1:000000000000:certificate/1' }],
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  return { client, DNSName: made?.DNSName ?? '', ListenerArn: listener?.ListenerArn };
}

const zone = { HostedZoneId: 'Z1' };
const record = (Name: string, DNSName: string, more: object = {}) => ({
  Type: 'AWS::Route53::RecordSet',
  Properties: { ...zone, Name, Type: 'A', AliasTarget: { ...zone, DNSName, EvaluateTargetHealth: false }, ...more },
});
const check = (FullyQualifiedDomainName: string, ResourcePath: string, more: object = {}) => ({
  Type: 'AWS::Route53::HealthCheck',
  Properties: {
    HealthCheckConfig: {
      ...{ Type: 'HTTPS', FullyQualifiedDomainName, ResourcePath, RequestInterval: 10, FailureThreshold: 1 },
      ...more,
    },
  },
});
const id = (name: string) => ({ 'Fn::GetAtt': [name, 'HealthCheckId'] });

/** As our own templates have it. */
const template = (first: string, other: string) => ({
  Resources: {
    FirstRecord: record(`${REGIONS[0]}.${ORIGIN}.`, first),
    SecondRecord: record(`${REGIONS[1]}.${ORIGIN}.`, other),
    FirstCheck: check(`${REGIONS[0]}.${ORIGIN}`, '/health.txt'),
    Fence: check(`${REGIONS[1]}.${ORIGIN}`, FENCE_PATH, { Inverted: true }),
    Guard: {
      Type: 'AWS::Route53::HealthCheck',
      Properties: {
        HealthCheckConfig: {
          Type: 'CALCULATED',
          ChildHealthChecks: [id('FirstCheck'), id('Fence')],
          HealthThreshold: 2,
        },
      },
    },
    Primary: record(`_regions.${ORIGIN}.`, first, {
      ...{ Failover: 'PRIMARY', SetIdentifier: 'First', HealthCheckId: id('Guard') },
    }),
    Secondary: record(`_regions.${ORIGIN}.`, other, { Failover: 'SECONDARY', SetIdentifier: 'Second' }),
    Origin: record(`${ORIGIN}.`, `_regions.${ORIGIN}.`),
  },
});

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(`${STATE}/tmp`, { recursive: true });
  port = await freePort();
  const place = { port, account: ACCOUNT, logFile: `${STATE}/emulator.log`, temporary: resolve(STATE, 'tmp') };
  emulator = await startEmulator(await foundTools(), place);
  const [first, other] = [await balancer(REGIONS[0]), await balancer(REGIONS[1])];
  second = other.client;
  const { Rules: [rule] = [] } = await second.send(
    new CreateRuleCommand({
      ListenerArn: other.ListenerArn,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [FENCE_PATH] } }],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: fenceAnswer(false) }],
    }),
  );
  fence = rule?.RuleArn ?? '';
  const stacks = new CloudFormationClient(at(REGIONS[0]));
  const TemplateBody = JSON.stringify(template(first.DNSName, other.DNSName));
  await stacks.send(new CreateStackCommand({ StackName: 'Names', TemplateBody }));
  await until('the stack', async () => {
    const { Stacks: [made] = [] } = await stacks.send(new DescribeStacksCommand({ StackName: 'Names' }));
    return made?.StackStatus === 'CREATE_COMPLETE';
  });
}, 180_000);
afterAll(async () => {
  await emulator.stop();
  await Promise.all(servers.map(end));
});

const ask = (host: string, path = '/') =>
  new Promise<string>((done, failed) => {
    const headers = { host: `${host}:443`, 'x-forwarded-proto': 'https' };
    request({ host: '127.0.0.1', port, path, headers }, async (answer) => done(await text(answer)))
      .once('error', failed)
      .end();
  });
const answers = (region: string) =>
  until(`${ORIGIN} to lead to ${region}`, async () => (await ask(ORIGIN)) === region, 20_000);
const raise = (active: boolean) =>
  second.send(
    new ModifyRuleCommand({
      RuleArn: fence,
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: fenceAnswer(active) }],
    }),
  );

it('leads to each balancer by its own name', async () => {
  for (const region of REGIONS) expect(await ask(`${region}.${ORIGIN}`)).toBe(region);
});

it('leads to the first region, to the second while that one is ill, and back', async () => {
  await answers(REGIONS[0]);
  ill.add(REGIONS[0]);
  await answers(REGIONS[1]);
  ill.delete(REGIONS[0]);
  await answers(REGIONS[0]);
});

it('leads to the second while it says that it writes, however well the first is', async () => {
  await raise(true);
  await answers(REGIONS[1]);
  await raise(false);
  await answers(REGIONS[0]);
});
