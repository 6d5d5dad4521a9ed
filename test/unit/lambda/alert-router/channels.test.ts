import { mail, sms } from '../../../../lambda/alert-router/channels/notices';
import { pagerDutyEvent } from '../../../../lambda/alert-router/channels/pager-duty';
import { slackText } from '../../../../lambda/alert-router/channels/slack';
import { type Member, type Send, toldBy } from '../../../../lambda/alert-router/decide';
import type { Incident } from '../../../../lambda/alert-router/incident';
import { MINUTE, member, NOON } from '../../../support/alerts';

const fresh = (...members: Member[]): Send => ({ kind: 'new', members, changed: members });
const changed = (ref: string, ...members: Member[]): Send => ({ kind: 'change', ref, members, changed: members });
const known = (more: Partial<Incident> = {}) => member(more, toldBy(member(), 'ref'));
const OVER = { state: 'ok', at: NOON + 5 * MINUTE } as const;
const storm = (count: number) =>
  Array.from({ length: count }, (_, index) => member({ key: `alarm-${index}`, title: `SomeAlertOfMany${index}` }));

describe('Slack', () => {
  it('reads what is true, why, since when and what to do', () => {
    const runbook = 'docs/runbooks/balancer-unhealthy.md';
    expect(slackText(fresh(member({ runbook, link: 'https://console' })), 'shop')).toBe(
      [
        ':red_circle: *critical: NoHealthyServer firing (shop, eu-west-1)*',
        'No server is healthy.',
        '_0 &lt; 1_',
        'Since 2026-01-31 12:00 UTC',
        `Runbook: ${runbook} · <https://console|Alarm>`,
      ].join('\n'),
    );
  });

  it('turns green when it is over, and says how long it took', () => {
    expect(slackText(changed('C 1', known(OVER)), 'shop')).toMatch(/^:large_green_circle: .* resolved after 5 min/);
  });

  it('shows nobody a mention or a link that an alarm holds', () => {
    expect(slackText(fresh(member({ summary: '<!channel> & <https://evil|here>' })), 'shop')).toContain(
      '&lt;!channel&gt; &amp; &lt;https://evil|here&gt;',
    );
  });

  it('lists a storm within what Slack shows, and counts the rest', () => {
    const text = slackText(fresh(...storm(1000)), 'shop');
    expect(text).toMatch(/1000 alerts at once, 1000 firing/);
    expect(text).toMatch(/… and \d+ more$/);
    expect(text.length).toBeLessThan(40_000);
  });
});

describe('PagerDuty', () => {
  const event = (send: Send) => pagerDutyEvent(send, { routingKey: 'key', environment: 'shop' });

  it('is triggered and resolved by the same key', () => {
    const begin = event(fresh(member()));
    expect(begin).toMatchObject({
      routing_key: 'key',
      event_action: 'trigger',
      dedup_key: '111111111111:eu-west-1:NoHealthyServer',
      payload: { severity: 'critical', source: 'shop eu-west-1', timestamp: '2026-01-31T12:00:00.000Z' },
    });
    expect(event(changed(begin?.dedup_key ?? '', known(OVER)))).toEqual({
      routing_key: 'key',
      event_action: 'resolve',
      dedup_key: begin?.dedup_key,
    });
  });

  it('hears of an acknowledgement', () => {
    expect(event(changed('k', known({ acknowledged: true })))?.event_action).toBe('acknowledge');
  });

  it('gets a key and a summary of lengths that it takes', () => {
    const long = event(fresh(member({ key: 'k'.repeat(300), summary: 's'.repeat(2000) })));
    expect(long?.dedup_key).toMatch(/^[0-9a-f]{64}$/);
    expect(long && 'payload' in long && long.payload.summary.length).toBe(1024);
  });

  it('gets a storm as one incident that names each alert, resolved with the last of them', () => {
    const members = storm(1000);
    const begin = event(fresh(...members));
    const alerts = begin && 'payload' in begin && begin.payload.custom_details.alerts;
    expect(alerts).toHaveLength(1000);
    const told = members.map((each) => ({ ...each, told: toldBy(each, begin?.dedup_key) }));
    const ended = told.map(({ incident, told }) => member({ ...incident, ...OVER }, told));
    expect(event(changed(begin?.dedup_key ?? '', ...ended.slice(0, 999), ...told.slice(999)))).toBeUndefined();
    expect(event(changed(begin?.dedup_key ?? '', ...ended))).toMatchObject({ event_action: 'resolve' });
  });
});

describe('a mail', () => {
  it('has a subject that SNS takes: short, in ASCII, one line', () => {
    const { subject } = mail(fresh(member({ title: `Größe\n${'x'.repeat(200)}` })), 'shop');
    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
  });

  it('names every alert of a storm', () => {
    const { subject, message } = mail(fresh(...storm(1000)), 'shop');
    expect(subject).toContain('1000 alerts at once');
    expect(message.match(/SomeAlertOfMany/g)).toHaveLength(1000);
    expect(Buffer.byteLength(message)).toBeLessThan(256_000);
  });
});

it('an SMS is two parts at most', () => {
  expect(sms(fresh(...storm(1000)), 'shop').length).toBeLessThanOrEqual(306);
  expect(sms(fresh(member()), 'shop')).toBe(
    'critical: NoHealthyServer firing (shop, eu-west-1). No server is healthy.',
  );
});
