/** The price file: what AWS asks for a unit of something in a region, by who says so and when. Reckons nothing. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ConfigError } from '../../config/config-error';
import { usageOf } from './usages';

/** Whose prices they are; 'what' says whether they were read at the address. */
export interface Source {
  /** What it is, and how far it can be trusted. */
  readonly what: string;
  readonly url: string;
  /** On which the prices held, as YYYY-MM-DD. */
  readonly date: string;
  /**
   * Region, or 'any' where AWS asks the same in all → usage type as in usages.ts, without the region's prefix → USD of a unit, on demand;
   * null where it was not found.
   */
  readonly usd: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

/** A price that a bill asks for. */
export interface Need {
  readonly region: string;
  readonly usage: string;
}

/** By name. */
export type PriceFile = Readonly<Record<string, Source>>;

export interface Price {
  readonly usage: string;
  readonly what: string;
  readonly per: string;
  /** Nothing where it was not found. */
  readonly usd?: number;
  /** Name of the source. */
  readonly source: string;
}

export const PRICES = 'lib/commands/cost/prices.json';
export const ANY = 'any';

interface Entry {
  readonly source: string;
  readonly region: string;
  readonly usage: string;
  readonly usd: number | null;
}

export const entriesOf = (file: PriceFile): readonly Entry[] =>
  Object.entries(file).flatMap(([source, { usd }]) =>
    Object.entries(usd).flatMap(([region, prices]) =>
      Object.entries(prices).map(([usage, price]) => ({ source, region, usage, usd: price })),
    ),
  );

/** Throws a ConfigError for a file that isn't there, isn't JSON, or has a price twice, of nothing known, or that is no number. */
export function readPrices(path = PRICES): PriceFile {
  if (!existsSync(path)) throw new ConfigError(`${path}: expected the price file, got none; git checkout ${path}`);
  let file: PriceFile;
  try {
    file = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${path}: expected JSON, got ${(error as Error).message}`);
  }
  const seen = new Set<string>();
  for (const { source, region, usage, usd } of entriesOf(file)) {
    const at = `${path}: ${source}.usd.${region}['${usage}']`;
    if (usd !== null && !(typeof usd === 'number' && usd > 0))
      throw new ConfigError(`${at}: expected USD above 0, or null, got ${JSON.stringify(usd)}`);
    if (!usageOf(usage)) throw new ConfigError(`${at}: expected a usage type of usages.ts, got another`);
    if (seen.has(`${region} ${usage}`)) throw new ConfigError(`${at}: expected it once, got it again; drop the older`);
    seen.add(`${region} ${usage}`);
  }
  return file;
}

export const writePrices = (file: PriceFile, path = PRICES): void =>
  writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`);

/** The region's own price before that of any; nothing where the file has none. */
export function priceOf(file: PriceFile, region: string, usage: string): Price | undefined {
  const named = usageOf(usage);
  const entries = entriesOf(file);
  const found = [region, ANY].flatMap((place) =>
    entries.filter((entry) => entry.region === place && entry.usage === usage),
  )[0];
  if (!named || !found) return undefined;
  return {
    usage,
    what: usage.replace(named.pattern, named.what),
    per: named.per,
    usd: found.usd ?? undefined,
    source: found.source,
  };
}
