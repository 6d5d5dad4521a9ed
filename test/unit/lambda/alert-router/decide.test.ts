import { type Health, plan, routeOf, toldBy } from '../../../../lambda/alert-router/decide';
import type { ChannelName } from '../../../../lambda/alert-router/environment';
import { type Known, standing } from '../../../../lambda/alert-router/incident';
import { incident, MINUTE, NOON } from '../../../support/alerts';

const WELL: Health = { failures: 0 };
const one = (index: number, more: Partial<Known['incident']> = {}): Known => ({
  incident: incident({ key: `alarm-${index}`, title: `Alarm${index}`, ...more }),
  told: {},
});
const many = (count: number) => Array.from({ length: count }, (_, index) => one(index));
/** As it is after a plan was carried out. */
const told = (known: Known, channel: ChannelName, ref?: string): Known => ({
  ...known,
  told: {
    ...known.told,
    [channel]: toldBy({ incident: known.incident, standing: standing(known.incident, NOON) }, ref),
  },
});
const over = (known: Known): Known => ({ ...known, incident: { ...known.incident, state: 'ok', at: NOON + MINUTE } });
const kinds = (channel: ChannelName, known: readonly Known[], health = WELL, now = NOON) =>
  plan(channel, known, health, now).sends.map(({ kind, members, ref }) => [kind, members.length, ref]);

describe('a channel is told', () => {
  it('of a few alerts one by one, of more as one group', () => {
    expect(kinds('slack', many(3))).toEqual([
      ['new', 1, undefined],
      ['new', 1, undefined],
      ['new', 1, undefined],
    ]);
    expect(kinds('slack', many(4))).toEqual([['new', 4, undefined]]);
  });

  it('of nothing that it knows', () => {
    expect(kinds('slack', [told(one(1), 'slack', 'C 1')])).toEqual([]);
  });

  it('of nothing that never fired', () => {
    expect(kinds('email', [one(1, { state: 'ok', since: 0, firings: [] })])).toEqual([]);
  });

  it('of the end in the message of the begin, or in another where messages stay as they are', () => {
    expect(kinds('slack', [over(told(one(1), 'slack', 'C 1'))])).toEqual([['change', 1, 'C 1']]);
    expect(kinds('email', [over(told(one(1), 'email'))])).toEqual([['new', 1, undefined]]);
  });

  it('of what came and went while it was out, but nobody is paged for it', () => {
    expect(kinds('slack', [over(one(1))])).toEqual([['new', 1, undefined]]);
    expect(kinds('pagerDuty', [over(one(1))])).toEqual([]);
  });

  it("of a storm's ends in the storm's message, with all that it is about", () => {
    const storm = many(20).map((known) => told(known, 'slack', 'C 1'));
    const some = storm.map((known, index) => (index < 5 ? over(known) : known));
    expect(kinds('slack', some)).toEqual([['change', 20, 'C 1']]);
  });

  it('of an acknowledgement where messages can be changed', () => {
    const known = told(one(1), 'slack', 'C 1');
    const acknowledged = { ...known, incident: { ...known.incident, acknowledged: true } };
    expect(kinds('slack', [acknowledged])).toEqual([['change', 1, 'C 1']]);
    expect(kinds('email', [told(acknowledged, 'email')])).toEqual([]);
  });

  it('the worst first, then the oldest', () => {
    const alerts = [one(1, { severity: 'warning' }), one(2, { since: NOON + 1 }), one(3), one(4, { severity: 'info' })];
    const [group] = plan('slack', alerts, WELL, NOON).sends;
    expect(group?.members.map(({ incident: { title } }) => title)).toEqual(['Alarm3', 'Alarm2', 'Alarm1', 'Alarm4']);
  });

  it('later, when its messages are used up or it is out, and somebody looks again then', () => {
    const empty = { failures: 0, tokens: { left: 0, at: NOON } };
    expect(plan('slack', many(1), empty, NOON)).toMatchObject({ sends: [], wakeAt: NOON + 15_000 });
    const out = { failures: 2, retryAt: NOON + 30_000 };
    expect(plan('slack', many(1), out, NOON)).toMatchObject({ sends: [], wakeAt: NOON + 30_000 });
  });
});

describe('a storm of 1,000 alerts in a minute', () => {
  /** Carries out what is planned, each second, and counts. */
  function messages(channel: ChannelName, arrivedAt: (index: number) => number) {
    let health: Health = WELL;
    let known = many(1000).map((each, index) => ({ ...each, arrives: arrivedAt(index) }));
    let count = 0;
    for (let now = NOON; now < NOON + 5 * MINUTE; now += 1000) {
      const here = known.filter(({ arrives }) => arrives <= now);
      const { sends, tokens } = plan(channel, here, health, now);
      health = { ...health, tokens };
      for (const send of sends) {
        const keys = new Set(send.members.map(({ incident: { key } }) => key));
        known = known.map((each) =>
          keys.has(each.incident.key) ? { ...each, ...told(each, channel, `m ${count}`) } : each,
        );
        if (send.kind === 'new') count++;
      }
    }
    return { count, untold: known.filter((each) => !each.told[channel]).length };
  }

  it.each(['slack', 'pagerDuty', 'email', 'sms'] as const)(
    'is at most 10 messages at %s, and none is forgotten',
    (channel) => {
      const evenly = messages(channel, (index) => NOON + index * 60);
      expect(evenly.count).toBeGreaterThan(1);
      expect(evenly.count).toBeLessThanOrEqual(10);
      expect(evenly.untold).toBe(0);
      const inBursts = messages(channel, (index) => NOON + Math.floor(index / 100) * 6000);
      expect(inBursts.count).toBeLessThanOrEqual(10);
      expect(inBursts.untold).toBe(0);
    },
  );
});

describe('the route of an alert', () => {
  const routes = { critical: ['pagerDuty', 'slack'], warning: ['slack'], info: ['slack'] } as const;
  const all = ['pagerDuty', 'slack', 'email'] as const;
  const route = (severity: 'critical' | 'warning' | 'info', out: readonly ChannelName[], key = 'alarm') =>
    routeOf(incident({ key, severity }), routes, all, (channel) => out.includes(channel));

  it('is that of its severity', () => {
    expect(route('critical', [])).toEqual(['pagerDuty', 'slack']);
  });

  it('has a stand-in where all of it is out', () => {
    expect(route('warning', ['slack'])).toEqual(['slack', 'email']);
    expect(route('warning', ['slack', 'email'])).toEqual(['slack', 'pagerDuty']);
    expect(route('critical', ['slack'])).toEqual(['pagerDuty', 'slack']);
  });

  it('wakes nobody by another way for information', () => {
    expect(route('info', ['slack'])).toEqual(['slack']);
  });

  it('leads past the channel that the alert is about', () => {
    expect(route('warning', ['slack'], 'router/slack')).toEqual(['email']);
  });
});
