/** Files of the repository for tests that read sources. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths below `roots` that end in `ending`, sorted. */
export const filesBelow = (ending: string, ...roots: readonly string[]): readonly string[] =>
  roots
    .flatMap((root) => readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)))
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .sort();
