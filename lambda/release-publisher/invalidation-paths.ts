/** The paths of a CloudFront invalidation, within its limits. Pure. */
import { encodeKey } from './files/key';

/** In progress at once, of one distribution. */
const MOST_PATHS = 3000;
const MOST_WILDCARDS = 15;
const LONGEST = 4000;
const ALL = '/*';

/** CloudFront knows no `~` there, encoded or not, and takes `*` for a wildcard: both need one at their place. */
function pathOf(key: string): string {
  const [plain = ''] = key.split(/[~*]/);
  return plain === key ? `/${encodeKey(key)}` : `/${encodeKey(plain)}*`;
}

export function invalidationPaths(keys: readonly string[]): readonly string[] {
  const paths = [...new Set(keys.map(pathOf))];
  const wildcards = paths.filter((path) => path.endsWith('*'));
  const beyond =
    paths.length > MOST_PATHS || wildcards.length > MOST_WILDCARDS || paths.some(({ length }) => length > LONGEST);
  return beyond ? [ALL] : paths;
}
