/** What `npm run publish-frontend` may be asked for. Publishes nothing. */
import { parseArgs } from 'node:util';
import { ConfigError } from '../../config/config-error';

const USAGE = 'npm run --silent publish-frontend -- --source DIR --bucket NAME [options]; --help lists them';

export const HELP = `npm run --silent publish-frontend -- --source DIR --bucket NAME
  --source DIR           the built site
  --bucket NAME          the site's bucket; AWS_ENDPOINT_URL selects another S3 than AWS's
  --replica-bucket NAME  a bucket that gets a copy; may be repeated
  --distribution ID      CloudFront distribution in which changed files are invalidated
  --keep N               releases that can be rolled back to, the new one included (default 3)
  --prune-after SECONDS  also keep releases that were current within that time (default 0)
  --rollback [RELEASE]   instead of --source: back to the previous release, or to the named one
  --include-dotfiles     also files that begin with a dot, except secrets and version control (.well-known always)
  --source-maps          also source maps
  --dry-run              only show what would be done
  --json                 last line: {release, uploaded, skipped, deleted, bytes, invalidated, seconds}
Exit code 0 only when bucket and replicas have the release.`;

const string = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  source: string,
  bucket: string,
  'replica-bucket': { type: 'string', multiple: true },
  distribution: string,
  keep: string,
  'prune-after': string,
  rollback: string,
  'include-dotfiles': flag,
  'source-maps': flag,
  'dry-run': flag,
  json: flag,
  help: flag,
} as const;

export interface PublishOptions {
  readonly bucket: string;
  readonly replicas: readonly string[];
  readonly distribution: string | undefined;
  readonly keep: number;
  readonly pruneAfterMs: number;
  /** A folder, or nothing to roll back. */
  readonly source: string | undefined;
  /** A release's id; '' is the one before. */
  readonly rollback: string | undefined;
  readonly dotfiles: boolean;
  readonly sourceMaps: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

function whole(name: string, text: string | undefined, least: number, usual: number): number {
  const value = text === undefined ? usual : Number(text);
  if (text !== '' && Number.isInteger(value) && value >= least) return value;
  throw new ConfigError(`--${name}: expected a whole number from ${least}, got '${text}'`);
}

/** `--rollback` may stand alone, which parseArgs doesn't know. */
const withValues = (words: readonly string[]) =>
  words.map((word, index) => {
    const next = words[index + 1];
    return word === '--rollback' && (next === undefined || next.startsWith('-')) ? '--rollback=' : word;
  });

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: withValues(words), options: OPTIONS }).values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message.split('. ')[0]}; usage: ${USAGE}`);
  }
}

/** Nothing where the help was asked for. Throws a ConfigError of one line for what can't be used. */
export function publishOptions(words: readonly string[]): PublishOptions | undefined {
  const given = parsed(words);
  if (given.help) return undefined;
  const { bucket, source, rollback, distribution } = given;
  if (!bucket) throw new ConfigError(`--bucket: expected a name, got nothing; usage: ${USAGE}`);
  if ((source === undefined) === (rollback === undefined))
    throw new ConfigError(`expected either --source or --rollback, got ${source === undefined ? 'neither' : 'both'}`);
  return {
    bucket,
    replicas: given['replica-bucket'] ?? [],
    distribution,
    keep: whole('keep', given.keep, 1, 3),
    pruneAfterMs: 1000 * whole('prune-after', given['prune-after'], 0, 0),
    source,
    rollback,
    dotfiles: given['include-dotfiles'],
    sourceMaps: given['source-maps'],
    dryRun: given['dry-run'],
    json: given.json,
  };
}
