/** `npm run alarms` over prod's templates: what it prints, and what it refuses. That the alarms are right: test/invariants/evaluator.test.ts. */
import { alarms, alarmsText } from '../../../lib/commands/alarms';
import { stacksOf } from '../../../lib/commands/assembly';
import { nearest } from '../../../lib/commands/nearest';
import { ASSEMBLIES } from '../../support/assemblies';

const stacks = stacksOf(`${ASSEMBLIES}/prod`);
const cells = (name: string) =>
  alarmsText('prod', stacks, undefined, false)
    .split('\n')
    .find((line) => line.startsWith(`| ${name} `))
    ?.split('|')
    .map((cell) => cell.trim());

describe('the table', () => {
  it('says of each alert what triggers it, with its unit, for how long, and what silence means', () => {
    expect(cells('LatencyHigh')).toEqual(
      expect.arrayContaining(['critical', 'latency p95 above 1 s', '5 min', 'fine', 'balancer-latency.md']),
    );
    expect(cells('ErrorRateHigh')).toEqual(expect.arrayContaining(['error rate above 5 %', '3 of 5 min']));
    expect(cells('SiteDown')).toContain('an alarm');
  });

  it('counts the alarms of an alert that has one for each node', () => {
    expect(cells('SessionMemoryHigh ×3')).toContain('session memory above 80 %');
  });

  it('shows the threshold of the environment, not the row’s', () => {
    expect(cells('DatabaseConnectionsHigh')).toContain('database connections above 1,441');
  });

  it('is JSON too', () => {
    const { environment, alerts } = JSON.parse(alarmsText('prod', stacks, undefined, true));
    expect(environment).toBe('prod');
    expect(alerts.find(({ name }: { name: string }) => name === 'LatencyHigh')).toMatchObject({
      alarms: 1,
      severity: 'critical',
      runbook: 'docs/runbooks/balancer-latency.md',
    });
  });
});

describe('an explanation', () => {
  const text = alarmsText('prod', stacks, 'ErrorRateCritical', false);

  it('says what is computed, in words', () => {
    expect(text).toContain('((100 × failed) / all) where (all above 20), else 0');
    expect(text).toContain('Sum of AWS/ApplicationELB RequestCount over 60 s');
  });

  it('shows who hears of it in an example, and of its end', () => {
    const heard = text.split('\n').filter((line) => line.includes('critical hears'));
    expect(heard.map((line) => line.replace(/.*critical hears (\w+).*/, '$1'))).toEqual(['OK', 'ALARM', 'OK']);
  });
});

it.each([
  [['--env', 'prd'], 'environment: expected one that is there, such as prod'],
  [['explain'], 'expected explain and the name of one alert'],
  [['explain', 'A', 'B'], 'expected explain and the name of one alert'],
  [['list'], "expected explain and the name of one alert, got 'list'"],
  [['--colour'], "Unknown option '--colour'"],
])('%j is refused with what was meant', async (words, why) => {
  await expect(alarms(words)).rejects.toThrow(why);
});

it('names alerts near one that is not there', () => {
  expect(() => alarmsText('prod', stacks, 'LatencyHih', false)).toThrow(/such as LatencyHigh, .*got 'LatencyHih'/);
});

it.each([
  ['errorrate', 'ErrorRateHigh'],
  ['SiteDwn', 'SiteDown'],
])('%s is near %s', (name, near) => {
  expect(nearest(name, ['SiteDown', 'LatencyHigh', 'ErrorRateHigh'])[0]).toBe(near);
});
