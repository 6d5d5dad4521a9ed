/** Whom maintenance closes where servers stand in two regions, and what one of them keeps from nothing when it is silent. AWS is played. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { maintenance } from '../../lib/commands/maintenance';
import { type Place, switchBalancer } from '../../lib/commands/maintenance/balancer';
import { switchEdge } from '../../lib/commands/maintenance/edge';
import { environment } from '../../lib/config';

jest.mock('../../lib/commands/account', () => ({
  caller: async () => ({ account: '111122223333', who: 'jane' }),
  agree: async () => undefined,
}));
jest.mock('../../lib/commands/outputs', () => ({
  PATIENCE: {},
  outputsOf: async (stack: string, region: string, keys: readonly string[]) =>
    Object.fromEntries(keys.map((key) => [key, `${key} of ${stack} in ${region}`])),
}));
jest.mock('../../lib/commands/maintenance/balancer', () => ({ switchBalancer: jest.fn() }));
jest.mock('../../lib/commands/maintenance/edge', () => ({ switchEdge: jest.fn(async () => true) }));

const [FIRST, SECOND] = ['eu-west-1', 'eu-central-1'];
const balancers = jest.mocked(switchBalancer);
let told: string[];
let printed: jest.SpyInstance;
let warned: jest.SpyInstance;

beforeEach(() => {
  jest.clearAllMocks();
  told = [];
  balancers.mockImplementation(async () => true);
  printed = jest.spyOn(console, 'log').mockReturnValue();
  warned = jest.spyOn(console, 'error').mockReturnValue();
  jest.spyOn(EventBridgeClient.prototype, 'send').mockImplementation(async function (this: EventBridgeClient) {
    told.push(await this.config.region());
  });
});
afterEach(() => jest.restoreAllMocks());

const silent = (...regions: readonly string[]) =>
  balancers.mockImplementation(async ({ region }: Place) => {
    if (regions.includes(region)) throw new Error(`${region} is silent`);
    return true;
  });
const closed = async (wish = 'on') => {
  const code = await maintenance([wish, '--env', 'prod', '--json'], environment);
  return { code, ...JSON.parse(printed.mock.calls.flat().join('')) };
};

it.each(['on', 'off'])('%s is said to the edge once, and to the balancer of each region', async (wish) => {
  expect(await closed(wish)).toMatchObject({ code: 0, maintenance: wish, edge: true, balancer: true, silent: [] });
  const on = wish === 'on';
  expect(switchEdge).toHaveBeenCalledTimes(1);
  expect(switchEdge).toHaveBeenCalledWith('prod', on);
  expect(
    balancers.mock.calls.map(([{ region, dnsName, page, targetGroup }, state]) => [
      region,
      dnsName,
      page,
      targetGroup,
      state,
    ]),
  ).toEqual(
    [
      [FIRST, 'Holdfast-prod-Backend'],
      [SECOND, 'Holdfast-prod-BackendRecovery'],
    ].map(([region, stack]) => [
      region,
      ...['LoadBalancerDnsName', 'MaintenanceFunctionArn', 'MaintenanceTargetGroupArn'].map(
        (key) => `${key} of ${stack} in ${region}`,
      ),
      on,
    ]),
  );
});

it.each([
  [FIRST, SECOND],
  [SECOND, FIRST],
])(
  'with %s silent the other one is closed all the same, tells, and the command names who is not',
  async (gone, there) => {
    silent(gone);
    expect(await closed()).toMatchObject({ code: 0, balancer: true, silent: [gone] });
    expect(told).toEqual([there]);
    expect(warned.mock.calls.flat().join()).toBe(
      `warning: ${gone}: expected its balancer to be closed, got ${gone} is silent; call this again when it answers`,
    );
  },
);

it('with both silent it fails, and tells nobody that anything is closed', async () => {
  silent(FIRST, SECOND);
  await expect(closed()).rejects.toThrow(`${FIRST} is silent`);
  expect(told).toEqual([]);
});
