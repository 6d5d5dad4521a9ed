/** When the local system takes its servers for there and well: by what Auto Scaling and the balancers say, which a test says here. */
import { text } from 'node:stream/consumers';
import { healthy } from '../../lib/rehearsal/aws';
import { end, listen, portOf } from '../support/nginx';

interface Told {
  readonly desired?: number;
  /** Of its instances. */
  readonly states?: readonly string[];
  readonly refresh?: string;
  /** Of its targets. */
  readonly targets?: readonly string[];
}

const members = (all: readonly string[]) => all.map((each) => `<member>${each}</member>`).join('');
const answer = (action: string, inner: string) =>
  `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`;

async function found({ desired = 2, states = ['InService', 'InService'], refresh, targets = ['healthy'] }: Told) {
  const said: Readonly<Record<string, string>> = {
    DescribeAutoScalingGroups: `<AutoScalingGroups><member><AutoScalingGroupName>blue</AutoScalingGroupName>
      <DesiredCapacity>${desired}</DesiredCapacity>
      <Instances>${members(states.map((state) => `<LifecycleState>${state}</LifecycleState>`))}</Instances></member></AutoScalingGroups>`,
    DescribeInstanceRefreshes: `<InstanceRefreshes>${members(refresh ? [`<Status>${refresh}</Status>`] : [])}</InstanceRefreshes>`,
    DescribeTargetGroups: `<TargetGroups>${members(['<TargetGroupArn>arn:blue</TargetGroupArn>'])}</TargetGroups>`,
    DescribeTargetHealth: `<TargetHealthDescriptions>${members(
      targets.map((state) => `<TargetHealth><State>${state}</State></TargetHealth>`),
    )}</TargetHealthDescriptions>`,
  };
  const server = await listen(async (asked, response) => {
    const action = new URLSearchParams(await text(asked)).get('Action') ?? '';
    response.setHeader('content-type', 'text/xml').end(answer(action, said[action] ?? ''));
  });
  try {
    const cloud = { endpoint: `http://127.0.0.1:${portOf(server)}`, account: '000000000000', home: '.' };
    return await healthy(cloud, 'eu-west-1');
  } finally {
    await end(server);
  }
}

it.each<[string, Told]>([
  ['all are in service and healthy', {}],
  ['a refresh is over', { refresh: 'Successful' }],
])('they are where %s', async (_, told) => {
  expect(await found(told)).toBe(true);
});

it.each<[string, Told]>([
  ['a refresh was only asked for, and the old ones serve on', { refresh: 'Pending' }],
  ['a refresh goes on', { refresh: 'InProgress' }],
  ['one boots that no balancer knows yet', { states: ['InService', 'Pending:Wait'] }],
  ['one goes', { desired: 1, states: ['InService', 'Terminating:Wait'] }],
  ['none was launched yet, and another group’s are healthy', { states: [] }],
  ['a target is draining', { targets: ['healthy', 'draining'] }],
  ['there are no targets', { targets: [] }],
])('they are not where %s', async (_, told) => {
  expect(await found(told)).toBe(false);
});
