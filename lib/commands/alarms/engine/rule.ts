/** Whether the rule of a composite alarm holds. Not what follows from that. */
import { ConfigError } from '../../../config/config-error';
import type { State } from './evaluation';
import { type Node, parse } from './expression';

const STATES: readonly string[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] satisfies readonly State[];

const alarmName = (node: Node | undefined) =>
  node?.kind === 'name' ? node.name : node?.kind === 'value' ? String(node.value) : undefined;

/** Names of the alarms that a rule asks, in order. */
export function asked(text: string): readonly string[] {
  const names: string[] = [];
  ruleHolds(text, (name) => {
    names.push(name);
    return 'OK';
  });
  return [...new Set(names)];
}

/** Throws a ConfigError for a rule that CloudWatch wouldn't take. */
export function ruleHolds(text: string, stateOf: (alarm: string) => State): boolean {
  const bad = (what: string) =>
    new ConfigError(
      `${text}: expected ALARM, OK, INSUFFICIENT_DATA, AT_LEAST, AND, OR, NOT, TRUE or FALSE, got ${what}`,
    );
  const is = (state: string, alarm: Node | undefined): boolean => {
    const name = alarmName(alarm);
    if (name === undefined) throw bad('a state without the name of an alarm');
    return stateOf(name) === state;
  };
  const holds = (node: Node): boolean => {
    if (node.kind === 'name' && /^(TRUE|FALSE)$/.test(node.name)) return node.name === 'TRUE';
    if (node.kind !== 'call') throw bad(alarmName(node) ?? 'a list');
    const { name, operands } = node;
    if (STATES.includes(name)) return is(name, operands[0]);
    const results = name === 'AT_LEAST' ? [] : operands.map(holds); // all, since their names are asked for too
    if (name === 'AND') return results.every(Boolean);
    if (name === 'OR') return results.some(Boolean);
    if (name === 'NOT') return !results[0];
    const [count, state, alarms] = operands;
    if (name !== 'AT_LEAST' || count?.kind !== 'value' || state?.kind !== 'name' || alarms?.kind !== 'list')
      throw bad(name);
    return alarms.items.filter((alarm) => is(state.name, alarm)).length >= Number(count.value);
  };
  return holds(parse(text));
}
