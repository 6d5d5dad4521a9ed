/** The endpoints' names and where they lead: what a failover switches in AWS. The backends look them up through resolver.cjs. */
import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Names {
  /** What a backend needs in its environment to look them up. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on these names lead there; all at once. */
  lead(names: Readonly<Record<string, string>>): void;
}

export function names(file: string, first: Readonly<Record<string, string>>): Names {
  let current = {};
  const lead: Names['lead'] = (more) => {
    current = { ...current, ...more };
    writeFileSync(`${file}.new`, JSON.stringify(current));
    renameSync(`${file}.new`, file); // nobody reads half of it
  };
  lead(first);
  return {
    env: { NODE_OPTIONS: `--require ${resolve('test/drills/resolver.cjs')}`, DRILL_NAMES: resolve(file) },
    lead,
  };
}
