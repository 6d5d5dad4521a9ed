/** Bills as text for people and as JSON for programs. */
import type { Mode } from '../../config/modes';
import { table } from '../markdown';
import type { Bill, Row } from './bill';
import type { Price, PriceFile } from './prices';

export interface ModeCost extends Pick<Bill, 'usd' | 'byPart' | 'notPriced'> {
  readonly mode: Mode;
  /** USD a month more than without a second region. */
  readonly more: number;
}

export interface Costs {
  readonly environment: string;
  readonly bill: Bill;
  /** Of each mode that its second region may have, the first without one; empty where it has none. */
  readonly modes: readonly ModeCost[];
}

const atLeast = (notPriced: readonly string[]) => (notPriced.length > 0 ? 'at least ' : '');
const money = (usd: number) => usd.toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const unit = ({ usd, per }: Price) => (usd === undefined ? 'not found' : `${usd} per ${per}`);

/** As documents tell it: to 5 USD, which is more than the prices deserve. */
export const rounded = (usd: number): number => Math.round(usd / 5) * 5;

function stackLines(rows: readonly Row[]): readonly (readonly string[])[] {
  const [first] = rows;
  const total = rows.reduce((sum, { month }) => sum + month, 0);
  return [
    [`**${first?.stack}**, ${first?.region}`, '', '', `**${money(total)}**`],
    ...rows.map(({ usage, quantity, price, month, region }) => [
      `${price?.what ?? usage}${region === first?.region ? '' : `, ${region}`}`,
      `${quantity}`,
      price ? unit(price) : 'not priced',
      price ? money(month) : '',
    ]),
  ];
}

function sourceLines(file: PriceFile, { rows, use }: Bill): readonly string[] {
  const named = new Set([...rows.flatMap(({ price }) => price?.source ?? []), ...use.map(({ source }) => source)]);
  return Object.entries(file)
    .filter(([name]) => named.has(name))
    .map(([name, { what, url, date }]) => {
      const usd = rows.filter(({ price }) => price?.source === name).reduce((sum, { month }) => sum + month, 0);
      return `- ${date}, ${money(usd)} USD of the sum: ${what} (${url})`;
    });
}

export function reportText({ environment, bill, modes }: Costs, file: PriceFile): string {
  const groups = new Map<string, Row[]>();
  for (const row of bill.rows) groups.set(row.stack, [...(groups.get(row.stack) ?? []), row]);
  return [
    `${environment}, USD a month before traffic, on demand, at the minimum of servers, without free tiers and tax:\n`,
    table(
      ['what', 'quantity', 'price', 'USD a month'],
      [...groups.values()].flatMap((rows) => stackLines(rows)),
    ),
    `\nTogether ${atLeast(bill.notPriced)}${money(bill.usd)} USD a month, about ${rounded(bill.usd)}.`,
    ...(bill.notPriced.length > 0
      ? [`\nNot priced, and not in the sum: ${bill.notPriced.join(', ')}. docs/cost.md says how to add a price.`]
      : []),
    ...(modes.length > 0
      ? [
          '\nBy what stands in the second region:\n',
          table(
            ['recovery.mode', 'USD a month', 'more than without'],
            modes.map(({ mode, usd, more, notPriced }) => [mode, `${atLeast(notPriced)}${money(usd)}`, money(more)]),
          ),
        ]
      : []),
    '\nWith traffic, as it is used:\n',
    table(
      ['what', 'USD'],
      bill.use.map((price) => [price.what, unit(price)]),
    ),
    '\nPrices:',
    ...sourceLines(file, bill),
    '',
  ].join('\n');
}

export function reportJson({ environment, bill, modes }: Costs): string {
  const { rows, use, notPriced, usd, byPart } = bill;
  return JSON.stringify({ environment, usd, byPart, modes, notPriced, rows, use });
}
