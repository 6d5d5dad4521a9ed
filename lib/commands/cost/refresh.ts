/** Reads prices anew from AWS's public price lists, which ask for no credentials: the CSV of an offer in a region, line by line, since some have hundreds of MB. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { ConfigError } from '../../config/config-error';
import type { Need, PriceFile } from './prices';
import { usageOf } from './usages';

interface Wanted {
  /** As in prices.json. */
  readonly usage: string;
  /** As in the list, behind the region's prefix. */
  readonly listed: string;
  readonly operation?: string;
}

interface List {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly usd: Readonly<Record<string, number>>;
}

const AWS = 'https://pricing.us-east-1.amazonaws.com';
/** 'EU-', 'EUC1-', 'eu-west-1-'; us-east-1 has none for most. */
const PREFIX = /^(?:[A-Z]{2,4}\d?|[a-z]{2}-[a-z]+-\d)-/;

/** Of one line: fields in quotes, a quote in one doubled. */
const fields = (line: string): readonly string[] =>
  [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)|([^,]*)(?:,|$)/g)].map(([, quoted, bare = '']) =>
    quoted === undefined ? bare : quoted.replaceAll('""', '"'),
  );

/** The first tier's price on demand of each that is wanted; others may be missing. Throws an Error for what isn't a price list. */
export async function readList(lines: AsyncIterable<string>, wanted: readonly Wanted[]): Promise<List> {
  let date = '';
  let column: ReadonlyMap<string, number> | undefined;
  const usd: Record<string, number> = {};
  for await (const line of lines) {
    if (!column) {
      const row = fields(line);
      if (row[0] === 'Publication Date') date = row[1]?.slice(0, 10) ?? '';
      if (row[0] === 'SKU') column = new Map(row.map((name, index) => [name.toLowerCase(), index]));
      continue;
    }
    if (!wanted.some(({ listed }) => line.includes(listed))) continue; // parses a few of a million lines
    const row = fields(line);
    const at = (name: string) => row[column?.get(name) ?? -1] ?? '';
    if (at('termtype') !== 'OnDemand' || at('currency') !== 'USD' || !['', '0'].includes(at('startingrange'))) continue;
    const price = Number(at('priceperunit'));
    const found = wanted.find(
      ({ listed, operation }) =>
        [at('usagetype'), at('usagetype').replace(PREFIX, '')].includes(listed) &&
        (operation === undefined || at('operation') === operation),
    );
    if (found && price > 0) usd[found.usage] ??= price;
  }
  if (!column || !date) throw new Error('no line with the columns, or without a date');
  return { date, usd };
}

async function download(url: string, wanted: readonly Wanted[]): Promise<List> {
  try {
    const { ok, status, body } = await fetch(url);
    if (!ok || !body) throw new Error(`status ${status}`);
    return await readList(createInterface({ input: Readable.fromWeb(body as ReadableStream) }), wanted);
  } catch (error) {
    const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
    throw new ConfigError(
      `${url}: expected AWS's price list, got ${cause?.code ?? cause?.message ?? message}; check the network (proxies are not asked), or edit the prices by hand (docs/cost.md)`,
    );
  }
}

/** Without what any source says of those usage types in that region; sources that tell nothing any more are dropped. */
function without(file: PriceFile, region: string, usages: readonly string[]): PriceFile {
  const dropped = (there: string, usage: string) => there === region && usages.includes(usage);
  const kept = <T>(all: Readonly<Record<string, T>>, keep: (name: string, value: T) => boolean) =>
    Object.fromEntries(Object.entries(all).filter(([name, value]) => keep(name, value)));
  const sources = Object.entries(file).map(([name, source]) => {
    const prices = Object.entries(source.usd).map(
      ([there, each]) => [there, kept(each, (usage) => !dropped(there, usage))] as const,
    );
    const usd = kept(Object.fromEntries(prices), (_, each) => Object.keys(each).length > 0);
    return [name, { ...source, usd }] as const;
  });
  return kept(Object.fromEntries(sources), (_, { usd }) => Object.keys(usd).length > 0);
}

/**
 * The file with the prices of `needs` as AWS lists them now, and a line to print for each list.
 * @param base where the lists are @default AWS
 */
export async function refreshed(file: PriceFile, needs: readonly Need[], base = AWS) {
  const lists = new Map<string, Map<string, Wanted>>();
  const byHand = new Set<string>();
  for (const { region, usage } of needs) {
    const named = usageOf(usage);
    if (!named?.list) {
      byHand.add(usage);
      continue;
    }
    const { offer, operation, usage: listed = '$&' } = named.list;
    const list = lists.get(`${offer} ${region}`) ?? new Map<string, Wanted>();
    lists.set(
      `${offer} ${region}`,
      list.set(usage, { usage, listed: usage.replace(named.pattern, listed), operation }),
    );
  }
  let prices = file;
  const lines: string[] = [];
  for (const [name, wanted] of [...lists].sort()) {
    const [offer, region = ''] = name.split(' ');
    const url = `${base}/offers/v1.0/aws/${offer}/current/${region}/index.csv`;
    const { date, usd } = await download(url, [...wanted.values()]);
    const found = Object.keys(usd);
    const missing = [...wanted.keys()].filter((usage) => !found.includes(usage));
    lines.push(
      `${name}: ${found.length} prices of ${date}${missing.length > 0 ? `; not found: ${missing.join(', ')}` : ''}`,
    );
    if (found.length === 0) continue;
    const { [name]: own, ...others } = without(prices, region, found);
    const what = `AWS's price list of ${offer}`;
    const same = own?.date === date;
    const older = own && !same ? { [`${name} of ${own.date}`]: own } : {}; // a price keeps the date of its list
    prices = {
      ...others,
      ...older,
      [name]: { what, url, date, usd: { [region]: { ...(same && own.usd[region]), ...usd } } },
    };
  }
  return { prices, lines: byHand.size > 0 ? [...lines, `by hand: ${[...byHand].join(', ')}`] : lines };
}
