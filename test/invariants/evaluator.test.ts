/** Every alarm of every environment is fed what its row promises to notice, and what it promises to leave alone, as CloudWatch would evaluate it. */
import { closure, judge } from '../../lib/commands/alarms/judge';
import { systemOf } from '../../lib/commands/alarms/read';
import { stacksOf } from '../../lib/commands/diagrams/assembly';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { ASSEMBLIES } from '../support/assemblies';

const began = process.cpuUsage();
const ENVIRONMENTS = ENVIRONMENT_NAMES.map((name) => {
  const stacks = stacksOf(`${ASSEMBLIES}/${name}`);
  return { name, system: systemOf(stacks), judged: judge(environment(name), stacks) };
});
const { user } = process.cpuUsage(began);

describe.each(ENVIRONMENTS)('$name', ({ name, system, judged }) => {
  it('leaves no alarm out', () => {
    const seen = new Set(judged.flatMap(({ alarm }) => closure(system, alarm).alarms.map(({ key }) => key)));
    expect(system.alarms.length).toBeGreaterThan(25);
    expect(system.alarms.map(({ key }) => key).filter((key) => !seen.has(key))).toEqual([]);
  });

  for (const { alarm, lacks } of judged) if (lacks) it.todo(`${alarm.key}: needs ${lacks}`);

  it.each(
    judged
      .filter(({ lacks }) => !lacks)
      .map(({ alarm, ...rest }) => [alarm.key.replace(/[0-9A-F]{8}$/, ''), rest] as const),
  )('%s answers every scenario rightly', (key, { faults }) => {
    expect(faults.map((fault) => `${name} ${key}, ${fault}`)).toEqual([]);
  });
});

it('takes 3 s of one processor at most for all of them', () => {
  expect(user).toBeLessThan(3_000_000);
});
