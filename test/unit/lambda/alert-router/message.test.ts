import { observed } from '../../../../lambda/alert-router/parse/message';
import { alarmMessage, envelope, NOON, TOPICS } from '../../../support/alerts';

const say = (message: unknown, severity: 'critical' | 'warning' | 'info' = 'critical', id = 'message-1') =>
  observed(envelope(message, severity, id), TOPICS, NOON);

describe('an alarm', () => {
  it('is known by account, region and name, and says what is true, since when, and what to do', () => {
    expect(say(alarmMessage('NoHealthyServer', 'ALARM', NOON))).toEqual({
      key: '111111111111:eu-west-1:NoHealthyServer',
      at: NOON,
      state: 'firing',
      severity: 'critical',
      title: 'NoHealthyServer',
      summary: 'No server is healthy.',
      reason: 'Threshold Crossed: 1 datapoint [0.0] was less than the threshold (1.0).',
      region: 'eu-west-1',
      runbook: 'docs/runbooks/balancer-unhealthy.md',
      link: expect.stringContaining(
        'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/',
      ),
    });
  });

  it('that is composite is one like any other', () => {
    const composite = {
      ...alarmMessage('Availability', 'ALARM', NOON),
      AlarmRule: 'ALARM("Long") AND ALARM("Short")',
      Trigger: undefined,
      TriggeringChildren: [{ Arn: 'arn:aws:cloudwatch:eu-west-1:111111111111:alarm:Long', State: { Value: 'ALARM' } }],
    };
    expect(say(composite)).toMatchObject({ state: 'firing', title: 'Availability' });
  });

  it('that acts on silence fires by it, with the severity of its topic', () => {
    expect(say(alarmMessage('Probe', 'INSUFFICIENT_DATA', NOON), 'warning')).toMatchObject({
      state: 'firing',
      severity: 'warning',
      reason: expect.stringMatching(/^What must report is silent\./),
    });
  });

  it('that is OK is over', () => {
    expect(say(alarmMessage('Probe', 'OK', NOON))).toMatchObject({ state: 'ok' });
  });

  it('without a description or a time that can be read is told all the same', () => {
    const odd = { ...alarmMessage('Odd', 'ALARM', NOON), AlarmDescription: null, StateChangeTime: 'soon' };
    expect(say(odd)).toMatchObject({ at: NOON, title: 'Odd', summary: '' });
  });
});

describe('a message', () => {
  it.each([
    ['a text of AWS Budgets', 'AWS Budget Notification: the budget has exceeded 80 %', /exceeded 80 %/],
    [
      'a notice of the fleet',
      { Event: 'autoscaling:EC2_INSTANCE_LAUNCH_ERROR', Description: 'Launching failed' },
      /Launching failed/,
    ],
    ['an object that nobody foresaw', { some: 'thing' }, /some/],
  ])('that is %s is told once, as an event', (_, message, summary) => {
    expect(say(message, 'warning')).toMatchObject({
      key: '111111111111:eu-west-1:message:message-1',
      state: 'notice',
      severity: 'warning',
      summary: expect.stringMatching(summary),
    });
  });

  it.each(['no JSON', '{"half":', '[]', 'null', '12'])('that is %j is told rather than lost', (text) => {
    expect(say(text)).toMatchObject({ state: 'notice', severity: 'critical', summary: text });
  });

  it('of a topic that nobody knows is told as a warning', () => {
    expect(observed({ ...envelope('text'), TopicArn: 'arn:aws:sns:eu-west-1:1:Other' }, TOPICS, NOON)?.severity).toBe(
      'warning',
    );
  });

  it('that a subscription was made is nobody’s business', () => {
    expect(say({ Event: 'autoscaling:TEST_NOTIFICATION' }, 'info')).toBeUndefined();
  });

  it('that acknowledges an alarm is about that alarm', () => {
    expect(say({ acknowledge: 'Probe' })).toMatchObject({ key: '111111111111:eu-west-1:Probe', state: 'acknowledged' });
  });
});
