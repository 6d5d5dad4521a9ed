/** The bill of a synthesised assembly before traffic: its rows by stack, their sum, and what it has no price for. Pure; reads no file. */
import type { Stack } from '../assembly';
import { CHARGED, type Charge, PARTS, WATCHING } from './charges';
import { ownMetrics } from './own-metrics';
import { type Need, type Price, type PriceFile, priceOf } from './prices';
import { BY_USE, FREE } from './without';

export interface Row {
  /** Or 'custom metrics', which belong to none. */
  readonly stack: string;
  readonly region: string;
  readonly part: Charge['part'];
  readonly usage: string;
  /** Of what the price is of, such as servers or GB. */
  readonly quantity: number;
  /** Nothing where the file has none. */
  readonly price?: Price;
  /** USD; 0 without a price. */
  readonly month: number;
}

export interface Bill {
  readonly rows: readonly Row[];
  /** Unit prices of what use costs, in the first region. */
  readonly use: readonly Price[];
  /** Usage types without a price, and types of resources that nobody has said are free. */
  readonly notPriced: readonly string[];
  /** USD a month, of what is priced. */
  readonly usd: number;
  readonly byPart: Readonly<Record<Charge['part'], number>>;
  /** The prices that it asked for. */
  readonly needs: readonly Need[];
}

/** Of months that are 365 × 24 / 12 hours long. */
const HOURS = 730;

const sum = (rows: readonly Row[]) => rows.reduce((total, { month }) => total + month, 0);

/** Of one stack, what is alike together, in the order of its resources. */
function charged(stack: Stack, stacks: readonly Stack[]): readonly Charge[] {
  const all = stack.resources.flatMap((resource) => CHARGED[resource.type]?.(resource, stacks) ?? []);
  const together = new Map<string, Charge>();
  for (const charge of all.filter(({ quantity }) => quantity !== 0)) {
    const key = [charge.part, charge.usage, charge.region].join(' ');
    together.set(key, { ...charge, quantity: charge.quantity + (together.get(key)?.quantity ?? 0) });
  }
  return [...together.values()];
}

/** @param region the environment's first one, whose prices of use are told */
export function billOf(stacks: readonly Stack[], file: PriceFile, region: string): Bill {
  const rowOf = (stack: string, there: string, { part, usage, quantity }: Charge): Row => {
    const price = priceOf(file, there, usage);
    const month = quantity * (price?.usd ?? 0) * (price?.per === 'hour' ? HOURS : 1);
    return { stack, region: there, part, usage, quantity, price: price?.usd === undefined ? undefined : price, month };
  };
  const rows = [
    ...stacks.flatMap((stack) =>
      charged(stack, stacks).map((charge) => rowOf(stack.name, charge.region ?? stack.region, charge)),
    ),
    ...[...ownMetrics(stacks)].map(([there, quantity]) =>
      rowOf('custom metrics', there, { part: WATCHING, usage: 'CW:MetricMonitorUsage', quantity }),
    ),
  ];
  const types = [...new Set(stacks.flatMap(({ resources }) => resources.map(({ type }) => type)))];
  const byUse = [...new Set(types.flatMap((type) => BY_USE[type] ?? []))].map((usage) => ({ region, usage }));
  const unpriced = [
    ...rows.filter(({ price }) => !price),
    ...byUse.filter(({ usage }) => !priceOf(file, region, usage)),
  ].map((need) => `${need.usage} in ${need.region}`);
  const unknown = types.filter((type) => !(type in CHARGED || type in FREE || type in BY_USE));
  return {
    rows,
    use: byUse.flatMap(({ usage }) => priceOf(file, region, usage) ?? []),
    notPriced: [...new Set([...unpriced, ...unknown])],
    usd: sum(rows),
    byPart: Object.fromEntries(
      PARTS.map((part) => [part, sum(rows.filter((row) => row.part === part))]),
    ) as Bill['byPart'],
    needs: [...rows.map(({ region: there, usage }) => ({ region: there, usage })), ...byUse],
  };
}
