/** What `npm run alert` refuses before it asks AWS anything. */
import { alertOptions, HELP } from '../../lib/commands/alert/options';

it.each([
  [[], /^alert: expected test, acknowledge, replay, status, got nothing; usage: npm run alert/],
  [['tset'], /^alert: expected test, acknowledge, replay, status, got tset/],
  [['test', '--severity', 'high'], /^--severity: expected critical, warning, info, got high$/],
  [['acknowledge'], /^--alarm: expected an alarm's name, got nothing$/],
  [['test', '--fast'], /--fast.*usage: npm run alert/],
])('refuses %j by one line', (words, line) => {
  expect(() => alertOptions(words)).toThrow(line);
});

it('says how it is used', () => {
  expect(alertOptions(['--help'])).toBe(HELP);
});

it('takes a critical test of the usual environment unless it is told otherwise', () => {
  expect(alertOptions(['test'])).toMatchObject({ action: 'test', severity: 'critical' });
  expect(alertOptions(['test', '--severity', 'info', '--region', 'eu-central-1'])).toMatchObject({
    severity: 'info',
    region: 'eu-central-1',
  });
});
