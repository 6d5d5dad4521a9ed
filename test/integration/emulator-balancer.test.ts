/** The emulator's balancer with what services need of one: rules by path and by host, weights within a rule, stickiness. Real requests to real listeners; the template's own rules are tested in test/stacks. */
import { mkdirSync, rmSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ACCOUNT } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { foundTools } from '../support/backend';
import { end, listen, portOf } from '../support/nginx';

const STATE = '.holdfast/integration-emulator-balancer';
/** The balancer's other name, beside the one it is found by. */
const OFFICE = 'front.alb.localhost';
const NAMES = ['backend', 'search-blue', 'search-green', 'office'] as const;
const servers: Server[] = [];
let emulator: Running;
let port: number;
let client: ElasticLoadBalancingV2Client;
let searchRule: string;
let site: string;
let groups: Record<(typeof NAMES)[number], string>;

const weighted = (blue: number, green: number, sticky = false) => [
  {
    Type: 'forward' as const,
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: groups['search-blue'], Weight: blue },
        { TargetGroupArn: groups['search-green'], Weight: green },
      ],
      ...(sticky && { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } }),
    },
  },
];

async function target(Name: string): Promise<string> {
  const { TargetGroups: [made] = [] } = await client.send(
    new CreateTargetGroupCommand({ Name, Protocol: 'HTTP', Port: 80, TargetType: 'ip', HealthCheckPath: '/livez' }),
  );
  const server = await listen((_, answer) => answer.end(Name));
  servers.push(server);
  const TargetGroupArn = made?.TargetGroupArn ?? '';
  const Targets = [{ Id: '127.0.0.1', Port: portOf(server) }];
  await client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
  return TargetGroupArn;
}

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(`${STATE}/tmp`, { recursive: true });
  port = await freePort();
  const place = { port, account: ACCOUNT, logFile: `${STATE}/emulator.log`, temporary: resolve(STATE, 'tmp') };
  emulator = await startEmulator(await foundTools(), place);
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'rehearsal' };
  client = new ElasticLoadBalancingV2Client({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-west-1', credentials });
  const { LoadBalancers: [made] = [] } = await client.send(new CreateLoadBalancerCommand({ Name: 'front' }));
  site = made?.DNSName ?? '';
  const arns: [string, string][] = [];
  for (const name of NAMES) arns.push([name, await target(name)]);
  groups = Object.fromEntries(arns) as typeof groups;
  const { Listeners: [listener] = [] } = await client.send(
    new CreateListenerCommand({
      LoadBalancerArn: made?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: groups.backend }],
    }),
  );
  const ListenerArn = listener?.ListenerArn;
  const { Rules: [search] = [] } = await client.send(
    new CreateRuleCommand({
      ListenerArn,
      Priority: 10,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/search/*'] } }],
      Actions: weighted(100, 0),
    }),
  );
  searchRule = search?.RuleArn ?? '';
  await client.send(
    new CreateRuleCommand({
      ListenerArn,
      Priority: 11,
      Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [OFFICE] } }],
      Actions: [{ Type: 'forward', TargetGroupArn: groups.office }],
    }),
  );
}, 180_000);
afterAll(async () => {
  client.destroy();
  await emulator.stop();
  await Promise.all(servers.map(end));
});

const ask = (path: string, headers: { readonly host?: string; readonly cookie?: string } = {}) =>
  new Promise<{ readonly said: string; readonly cookie: string }>((done, failed) => {
    request({ host: '127.0.0.1', port, path, headers: { host: site, ...headers } }, async (answer) => {
      const cookie = (answer.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ');
      done({ said: await text(answer), cookie });
    })
      .once('error', failed)
      .end();
  });
const move = (...weights: Parameters<typeof weighted>) =>
  client.send(new ModifyRuleCommand({ RuleArn: searchRule, Actions: weighted(...weights) }));
const many = async (count: number, headers?: { readonly cookie: string }) => {
  const said: string[] = [];
  for (let asked = 0; asked < count; asked++) said.push((await ask('/search/x', headers)).said);
  return said;
};

it.each([
  ['/', 'the site', 'backend'],
  ['/searching', 'the site', 'backend'],
  ['/search/x', 'the site', 'search-blue'],
  ['/', OFFICE, 'office'],
  ['/search/x', OFFICE, 'search-blue'], // the rule before
])('sends %s of %s to %s', async (path, host, service) => {
  await move(100, 0);
  expect((await ask(path, host === OFFICE ? { host } : {})).said).toBe(service);
});

it('moves a service’s requests by the weights of its rule, and nobody else’s', async () => {
  await move(50, 50);
  expect(new Set(await many(40))).toEqual(new Set(['search-blue', 'search-green']));
  await move(0, 100);
  expect(new Set(await many(20))).toEqual(new Set(['search-green']));
  expect((await ask('/')).said).toBe('backend');
});

it('keeps a visitor with a group by a cookie, until that has no weight', async () => {
  await move(50, 50, true);
  const { said, cookie } = await ask('/search/x');
  expect(new Set(await many(20, { cookie }))).toEqual(new Set([said]));
  await move(said === 'search-blue' ? 0 : 100, said === 'search-blue' ? 100 : 0, true);
  expect(await many(5, { cookie })).not.toContain(said);
});
