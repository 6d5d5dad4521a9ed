/** The router from message to message: real HTTP, stand-ins that fail as services do, and the emulator's AWS. */

import { alarmMessage, envelope, MINUTE } from '../support/alerts';
import { opening, type RouterUnderTest, startAws, startRouter } from '../support/router';

let aws: Awaited<ReturnType<typeof startAws>>;
let router: RouterUnderTest;

beforeAll(async () => {
  aws = await startAws('.holdfast/alert-router-test');
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterAll(() => aws?.stop());
beforeEach(async () => {
  router = await startRouter(aws.endpoint);
  await router.fill(opening(router.channels));
});
afterEach(() => router.stop());

const alarm = (
  name: string,
  state: 'ALARM' | 'OK' = 'ALARM',
  at = Date.now(),
  severity: 'critical' | 'warning' = 'critical',
) => envelope(alarmMessage(name, state, at), severity);
const lastTexts = () => router.channels.slack.map(({ texts }) => texts.at(-1) ?? '');
const counted = (metric: string) =>
  jest.mocked(process.stdout.write).mock.calls.filter(([line]) => `${line}`.includes(`"${metric}":1`)).length;

it('tells an alarm and its end: one message at Slack, changed, and one incident at PagerDuty, resolved', async () => {
  await router.take(alarm('Cpu'));
  expect(lastTexts()).toEqual([expect.stringContaining(':red_circle: *critical: Cpu firing')]);
  expect(router.channels.pagerDuty).toMatchObject([{ key: '111111111111:eu-west-1:Cpu', status: 'triggered' }]);
  await router.take(alarm('Cpu', 'OK', Date.now() + MINUTE));
  expect(lastTexts()).toEqual([expect.stringContaining(':large_green_circle: *critical: Cpu resolved')]);
  expect(router.channels.pagerDuty).toMatchObject([{ status: 'resolved', events: ['trigger', 'resolve'] }]);
});

it('tells a message that comes three times once', async () => {
  const message = alarm('Cpu');
  await router.take(message, message);
  await router.take(message);
  expect(router.channels.asked).toEqual({ slack: 1, pagerDuty: 1 });
});

it('tells nobody of an alarm that becomes OK when it is made', async () => {
  await router.take(alarm('New', 'OK'));
  expect(router.channels.asked).toEqual({ slack: 0, pagerDuty: 0 });
});

it('shows an acknowledgement at both', async () => {
  await router.take(alarm('Cpu'));
  await router.take(envelope({ acknowledge: 'Cpu' }));
  expect(lastTexts()).toEqual([expect.stringContaining('Cpu acknowledged')]);
  expect(router.channels.pagerDuty).toMatchObject([{ status: 'acknowledged' }]);
});

describe.each([
  ['is limited for a second', { status: 429, headers: { 'retry-after': '1' } }],
  ['answers 500', { status: 500 }],
  ['breaks the connection', 'reset'],
  ['answers with a page', { status: 503, body: '<html>' }],
] as const)('a channel that %s', (_, fault) => {
  it('is told by another try, once', async () => {
    router.channels.fail('slack', fault, 1);
    router.channels.fail('pagerDuty', fault, 1);
    await router.take(alarm('Cpu'));
    expect(lastTexts()).toHaveLength(1);
    expect(router.channels.pagerDuty).toHaveLength(1);
    expect(router.channels.asked).toEqual({ slack: 2, pagerDuty: 2 });
  });
});

it.each(['silence', 'slow body'] as const)(
  'gives up waiting at %s, and tells by another try',
  async (fault) => {
    router.channels.fail('slack', fault, 1);
    const begin = Date.now();
    await router.take(alarm('Cpu'));
    expect(lastTexts()).toHaveLength(1);
    expect(Date.now() - begin).toBeLessThan(8000);
  },
  20_000,
);

it('tells another channel of one that is down, and that one all it missed when it works again', async () => {
  router.channels.fail('slack', { status: 500 });
  await router.take(alarm('Low', 'ALARM', Date.now(), 'warning'));
  expect(lastTexts()).toEqual([]);
  expect(router.channels.pagerDuty.map(({ summary }) => summary)).toEqual(
    expect.arrayContaining([expect.stringContaining('Channel slack firing'), expect.stringContaining('Low firing')]),
  );
  router.channels.works('slack');
  await router.pass(MINUTE);
  expect(lastTexts()).toEqual([expect.stringContaining('Low firing')]);
  expect(router.channels.pagerDuty.find(({ summary }) => summary.includes('Channel slack'))?.status).toBe('resolved');
}, 30_000);

it('tells what began and ended while a channel was down', async () => {
  router.channels.fail('slack', { status: 403 });
  await router.take(alarm('Brief'));
  await router.take(alarm('Brief', 'OK', Date.now() + MINUTE));
  router.channels.works('slack');
  await router.pass(2 * MINUTE);
  expect(lastTexts()).toEqual([expect.stringMatching(/Brief resolved after 1 min/)]);
});

it('skips a channel without a value, says so by another one, and tells it when it has one', async () => {
  await router.fill({ ...opening(router.channels), pagerDutyRoutingKey: '' });
  const before = counted('ChannelFailures');
  await router.take(alarm('Cpu'));
  expect(router.channels.asked.pagerDuty).toBe(0);
  expect(counted('ChannelFailures')).toBe(before + 1);
  expect(lastTexts()).toEqual(
    expect.arrayContaining([
      expect.stringContaining('Cpu firing'),
      expect.stringMatching(/Channel pagerDuty firing(.|\n)*put pagerDutyRoutingKey into the secret/),
    ]),
  );
  await router.fill(opening(router.channels));
  await router.pass(MINUTE);
  expect(router.channels.pagerDuty).toMatchObject([{ status: 'triggered' }]);
});

it('writes a new message when somebody deleted the old one', async () => {
  await router.take(alarm('Cpu'));
  (router.channels.slack as unknown[]).length = 0;
  await router.take(alarm('Cpu', 'OK', Date.now() + MINUTE));
  expect(lastTexts()).toEqual([expect.stringContaining('Cpu resolved')]);
});

it('has all alarms of a storm in the one message that is made anew', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `Alarm${index}`);
  await Promise.all(names.map((name) => router.take(alarm(name))));
  await router.pass(MINUTE);
  (router.channels.slack as unknown[]).length = 0;
  for (const name of names.slice(-2)) {
    await router.take(alarm(name, 'OK', Date.now() + MINUTE));
    await router.pass(MINUTE);
  }
  expect(router.channels.slack).toHaveLength(1);
});

it('lets no secret into a log or a message', async () => {
  router.channels.fail('pagerDuty', { status: 400, body: 'key-of-a-test is no routing key' });
  router.channels.fail('slack', { status: 200, body: '{"ok":false,"error":"invalid_auth"}' }, 1);
  await router.take(alarm('Cpu'));
  await router.pass(MINUTE);
  const said = JSON.stringify([
    jest.mocked(process.stdout.write).mock.calls,
    router.channels.slack,
    await router.store.health(),
  ]);
  expect(said).toContain('Channel pagerDuty');
  expect(said).not.toMatch(/(key|token)-of-a-test/);
});

it('tells each alert once although ten calls take in at the same time', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `Alarm${index}`);
  await Promise.all(names.map((name) => router.take(alarm(name))));
  await router.pass(MINUTE);
  const said = lastTexts().join('\n');
  for (const name of names) expect(said.match(new RegExp(`${name}\\b`, 'g'))).toHaveLength(1);
}, 30_000);

it('tells 1,000 alarms within a minute, and their ends, by at most 10 messages a channel, each by name', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `Alarm${index}of1000`);
  const tell = async (state: 'ALARM' | 'OK') => {
    for (let from = 0; from < 1000; from += 100) {
      const at = Date.now();
      await router.take(...names.slice(from, from + 100).map((name) => alarm(name, state, at)));
      await router.pass(6000);
    }
    for (let waited = 0; waited < 6; waited++) await router.pass(15_000);
  };
  await tell('ALARM');
  expect(router.channels.slack.length).toBeLessThanOrEqual(10);
  expect(router.channels.pagerDuty.length).toBeLessThanOrEqual(10);
  const known = await router.store.incidents();
  expect(known.filter(({ told }) => told.slack?.state === 'firing' && told.pagerDuty?.state === 'firing')).toHaveLength(
    1000,
  );
  await router.pass(20 * MINUTE);
  await tell('OK');
  expect(router.channels.slack.length).toBeLessThanOrEqual(10);
  expect(lastTexts().every((text) => text.startsWith(':large_green_circle:'))).toBe(true);
  expect(router.channels.pagerDuty.every(({ status }) => status === 'resolved')).toBe(true);
}, 180_000);
