/** Our model of Auto Scaling, in the emulator alone, with servers that cost little. */
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../lib/rehearsal/process';
import { FleetAccount, type Group, texts } from '../support/fleet';

const STATE = '.holdfast/fleet-driver';
let account: FleetAccount;
beforeAll(async () => {
  account = await FleetAccount.start(STATE);
}, 120_000);
afterAll(() => account?.stop());

/** Deployed, and all its servers healthy. */
async function fleet(group: Group) {
  const outputs = await account.deploy(group);
  const { Targets: targets = '' } = outputs;
  const steady = (count: number) => account.steady(group.name, targets, count);
  return { ...outputs, targets, steady, servers: await steady(group.min ?? 2) };
}

it('starts as many servers as the smallest size, balanced over the zones, and sends them requests', async () => {
  const { servers } = await fleet({ name: 'starts', min: 4 });
  const zones = servers.map(({ zone }) => zone).sort();
  expect(zones).toEqual(['eu-west-1a', 'eu-west-1a', 'eu-west-1b', 'eu-west-1b']);
  const { status, text } = await account.ask('starts');
  expect([status, servers.map(({ id }) => id)]).toEqual([200, expect.arrayContaining([text])]);
});
