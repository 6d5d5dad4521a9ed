/** Computes metric math over given series. Sources of its rules: docs/decisions/0085. */
import { ConfigError } from '../../../config/config-error';
import { type Node, parse } from './expression';
import { FILLERS, FUNCTIONS } from './functions';
import { type Bundle, each, linesOf, type Series, type Value } from './series';

export interface Inputs {
  /** Metrics by id, all of one length. */
  readonly metrics: Readonly<Record<string, Series>>;
  /** Expressions by id, that others may name. */
  readonly expressions?: Readonly<Record<string, string>>;
  /** Of every metric, in seconds. */
  readonly periodS: number;
}

/** What CloudWatch has and an alarm can't use, or what is no function of time series alone. */
const REFUSED: Readonly<Record<string, string>> = {
  SEARCH: 'an alarm watches one series, and a search finds any number of them',
  ANOMALY_DETECTION_BAND: 'a band is a forecast: it is given as series, not computed',
};

function unknown(text: string, name: string): ConfigError {
  return new ConfigError(
    name in REFUSED
      ? `${text}: expected no ${name}: ${REFUSED[name]}`
      : `${text}: expected a function of metric math that alarms use (${Object.keys(FUNCTIONS)
          .filter((known) => /^[A-Z]/.test(known))
          .join(', ')}), got ${name}`,
  );
}

/** A series, or several; throws a ConfigError for what it can't compute. */
export function compute(text: string, inputs: Inputs, above: readonly string[] = []): Exclude<Value, number> {
  const { metrics, expressions = {}, periodS } = inputs;
  const length = Object.values(metrics)[0]?.length ?? 0;

  const named = (name: string): Value => {
    const metric = metrics[name];
    if (metric) return metric;
    const expression = expressions[name];
    if (expression === undefined)
      throw new ConfigError(`${text}: expected the id of a metric or expression, got ${name}`);
    if (above.includes(name)) throw new ConfigError(`${text}: expected no circle, got ${[...above, name].join(' → ')}`);
    return compute(expression, inputs, [...above, name]);
  };
  const bundle = (values: readonly Value[]): Bundle => ({ lines: values.flatMap(linesOf) });
  const called = (name: string, operands: readonly Node[]): Value => {
    if (name === 'METRICS') {
      const [part] = operands;
      const holds = part?.kind === 'value' ? String(part.value) : '';
      return bundle(
        Object.keys(metrics)
          .filter((id) => id.includes(holds))
          .map((id) => metrics[id] ?? []),
      );
    }
    const [first, second] = operands;
    const filler = name === 'FILL' && second?.kind === 'name' ? FILLERS[second.name] : undefined;
    if (first && filler) return each(value(first), filler);
    const apply = FUNCTIONS[name];
    if (!apply) throw unknown(text, name);
    return apply(operands.map(value), { periodS, length });
  };
  const value = (node: Node): Value => {
    if (node.kind === 'value') return Number(node.value);
    if (node.kind === 'name') return named(node.name);
    return node.kind === 'list' ? bundle(node.items.map(value)) : called(node.name, node.operands);
  };

  const result = value(parse(text));
  if (typeof result === 'number')
    throw new ConfigError(`${text}: expected a series, got one number; CloudWatch refuses that`);
  return result;
}
