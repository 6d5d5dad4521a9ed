import { asked, ruleHolds } from '../../../lib/commands/alarms/engine/rule';

const states = { a: 'ALARM', b: 'OK', c: 'INSUFFICIENT_DATA', 'arn:aws:x:1': 'ALARM' } as const;
const holds = (rule: string) => ruleHolds(rule, (name) => states[name as keyof typeof states]);

it.each([
  ['ALARM(a)', true],
  ['ALARM("arn:aws:x:1")', true],
  ['OK(a)', false],
  ['INSUFFICIENT_DATA(c)', true],
  ['ALARM(a) AND NOT ALARM(b)', true],
  ['(ALARM(b) OR ALARM(a)) AND OK(b)', true],
  ['ALARM(b) OR ALARM(c)', false],
  ['NOT (ALARM(a) OR OK(b))', false],
  ['AT_LEAST(2, ALARM, (a, b, "arn:aws:x:1"))', true],
  ['AT_LEAST(2, OK, (a, b))', false],
  ['TRUE', true],
  ['ALARM(a) AND FALSE', false],
])('%s is %s', (rule, result) => {
  expect(holds(rule)).toBe(result);
});

it('asks every alarm of a rule, also behind one that decides it', () => {
  expect(asked('ALARM(a) OR (OK("b") AND AT_LEAST(1, ALARM, (c, a)))')).toEqual(['a', 'b', 'c']);
});

it.each([['a'], ['SOMETHING(a)'], ['ALARM()'], ['ALARM(a) +']])('%s is refused', (rule) => {
  expect(() => holds(rule)).toThrow(/expected/);
});
