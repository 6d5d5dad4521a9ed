/** Alarms in words: what a promise, an expression or a treatment of silence means to a reader. */
import { type Node, parse } from './engine/expression';
import type { Query } from './engine/model';
import type { Promised } from './promises';

const SIGNS: Readonly<Record<string, string>> = {
  percent: '%',
  seconds: 's',
  milliseconds: 'ms',
  bytes: 'bytes',
  count: '',
};

/** latencyP95 → latency p95 */
export const spaced = (name: string): string => name.replace(/([A-Z])/g, ' $1').toLowerCase();

const number = (value: number) => Number(value.toFixed(3)).toLocaleString('en-GB');

export function trigger(promised: Promised): string {
  if (promised.kind === 'together') return `${promised.of} of ${promised.alerts.join(', ')}`;
  if (promised.kind === 'burning')
    return `${spaced(promised.signal)} above ${number(promised.most)} % of all, over ${promised.longMinutes} and over ${promised.shortMinutes} min`;
  if (promised.kind === 'leaving') {
    const where = promised.outside === 'band' ? 'outside' : promised.outside;
    return `${spaced(promised.signal)} ${where} what is usual, ± ${promised.width} standard deviations`;
  }
  const { signal, comparison, threshold, unit } = promised;
  return `${spaced(signal)} ${comparison} ${number(threshold)} ${SIGNS[unit] ?? unit}`.trimEnd();
}

/** M of N. */
export function howLong(promised: Promised): string {
  if (promised.kind === 'together') return 'at once';
  if (promised.kind === 'burning') return 'at once';
  const { forMinutes, datapoints = forMinutes } = promised;
  return datapoints === forMinutes ? `${forMinutes} min` : `${datapoints} of ${forMinutes} min`;
}

const SILENCE = { missing: 'an alarm', notBreaching: 'fine', ignore: 'no change' } as const;
export const silence = (promised: Promised): string => ('missing' in promised ? SILENCE[promised.missing] : 'fine');

const INFIX: Readonly<Record<string, string>> = {
  '>': 'above',
  '<': 'below',
  '>=': 'at least',
  '<=': 'at most',
  '==': 'equal to',
  '!=': 'other than',
  AND: 'and',
  OR: 'or',
  '+': '+',
  '-': '−',
  '*': '×',
  '/': '/',
};

function expression(node: Node): string {
  if (node.kind === 'value') return String(node.value);
  if (node.kind === 'name') return node.name;
  if (node.kind === 'list') return node.items.map(expression).join(', ');
  const [first = '', second = '', third] = node.operands.map(expression);
  const sign = INFIX[node.name];
  if (sign) return `(${first} ${sign} ${second})`;
  if (node.name === 'FILL') return `${first} [${second} where nothing is reported]`;
  if (node.name === 'IF') return `${second} where ${first}${third === undefined ? '' : `, else ${third}`}`;
  if (node.name === 'NEGATIVE') return `−${first}`;
  if (node.name === 'ANOMALY_DETECTION_BAND') return `what is usual for ${first}, ± ${second} standard deviations`;
  if (node.name === 'DIFF') return `growth of ${first}`;
  return `${node.name.toLowerCase()} of ${node.operands.map(expression).join(', ')}`;
}

/** One line for a metric or an expression of an alarm. */
export function query({ id, metric, expression: text }: Query, periodS: number): string {
  if (!metric) return `${id} = ${expression(parse(text ?? ''))}`;
  const of = Object.entries(metric.dimensions).map(([name, value]) => `${name} ${value}`);
  return `${id} = ${metric.statistic} of ${metric.namespace} ${metric.name} over ${periodS} s (${of.join(', ') || 'no dimensions'})`;
}
