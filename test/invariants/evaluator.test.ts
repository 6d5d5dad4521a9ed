/** Every alarm of every environment is fed what its row promises to notice, and what it promises to leave alone, as CloudWatch would evaluate it. */
import { judge } from '../../lib/commands/alarms/judge';
import { isPart, systemOf } from '../../lib/commands/alarms/read';
import { stacksOf } from '../../lib/commands/assembly';
import { ASSEMBLIES } from '../support/assemblies';
import { ALL_ENVIRONMENTS } from '../support/options';

const began = process.cpuUsage();
const ENVIRONMENTS = ALL_ENVIRONMENTS.map((config) => {
  const { name } = config;
  const stacks = stacksOf(`${ASSEMBLIES}/${name}`);
  return { name, system: systemOf(stacks), judged: judge(config, stacks) };
});
const { user } = process.cpuUsage(began);

describe.each(ENVIRONMENTS)('$name', ({ name, system, judged }) => {
  it('leaves no alarm out', () => {
    const seen = new Set(judged.flatMap(({ together }) => together));
    expect(system.alarms.length).toBeGreaterThan(25);
    const unseen = system.alarms.filter(({ key }) => !seen.has(key));
    expect(unseen.filter((alarm) => !(alarm.kind === 'composite' && isPart(alarm)))).toEqual([]); // ends something, tells nobody
  });

  it('judges every one: whoever adds a signal or a metric writes down its world', () => {
    expect(judged.flatMap(({ alarm, lacks }) => (lacks ? [`${alarm.key} needs ${lacks}`] : []))).toEqual([]);
  });

  it.each(
    judged
      .filter(({ lacks }) => !lacks)
      .map(({ alarm, ...rest }) => [alarm.key.replace(/[0-9A-F]{8}$/, ''), rest] as const),
  )('%s answers every scenario rightly', (key, { faults }) => {
    expect(faults.map((fault) => `${name} ${key}, ${fault}`)).toEqual([]);
  });
});

// 5 s with two regions on an idle machine; beside other tests the same work takes up to twice the time
it('takes few seconds of one processor for all of them', () => {
  expect(user).toBeLessThan(10_000_000);
});
