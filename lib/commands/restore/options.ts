/** What `npm run restore` may be asked for. Restores nothing. */
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsed } from '../arguments';
import type { Wish } from './decide';

const USAGE =
  'npm run restore -- [--env NAME] --to TIME|latest | --snapshot ID | --from-vault ARN | --check | --swap | --tidy [--delete NAME] [--dry-run] [--json]';

export const HELP = `${USAGE}
  --env NAME        the environment (default ${DEFAULT_ENVIRONMENT})
  --to TIME         restores beside the primary, as it was then, such as 2026-11-29T01:30:00Z, or 'latest'
  --snapshot ID     the same from a snapshot
  --from-vault ARN  the same from a recovery point of the backup vault
                    With no primary left, each of these three restores under its name, like the template, and makes the replicas anew
  --check           asks the restored one for its tables, as PGUSER (default the master) by PGPASSWORD; from outside the network by a tunnel
  --through H:P     with --check: the local end of that tunnel
  --swap            gives the restored one the primary's name, and makes the replicas anew; the old ones stay as NAME-before
  --tidy            lists what restores and swaps left
  --delete NAME     with --tidy: deletes that one of them; what isn't a replica with a last snapshot
  --dry-run         says what would be done first, and does nothing
  --json            one line of JSON for each step
Exit code 0 when done, 1 when refused. Ctrl-C leaves what AWS does going; the same command goes on with it.
See docs/upgrades.md`;

const string = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  env: string,
  to: string,
  snapshot: string,
  'from-vault': string,
  check: flag,
  through: string,
  swap: flag,
  tidy: flag,
  delete: string,
  'dry-run': flag,
  json: flag,
  help: flag,
} as const;
const ACTIONS = ['to', 'snapshot', 'from-vault', 'check', 'swap', 'tidy'] as const;

export interface RestoreOptions {
  readonly env: string;
  readonly action: 'restore' | 'check' | 'swap' | 'tidy';
  /** With 'restore'. */
  readonly wish?: Wish;
  /** With 'check': instead of the instance's own address. */
  readonly through?: { readonly host: string; readonly port: number };
  /** With 'tidy': what is deleted. */
  readonly remove?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const wrong = (path: string, expected: string, got: string | undefined) =>
  new ConfigError(`${path}: expected ${expected}, got ${got ?? 'none'}; usage: ${USAGE}`);

/** With its zone: a time without one is another on each machine. */
function timeOf(text: string): Wish {
  if (text === 'latest') return { kind: 'latest' };
  const time = new Date(text);
  if (!/T.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime()))
    throw wrong('--to', "a time with its zone, such as 2026-11-29T01:30:00Z, or 'latest'", `'${text}'`);
  return { kind: 'time', time };
}

/** A backup of RDS that AWS Backup made is a snapshot, by whose name RDS restores it. */
function pointOf(arn: string): Wish {
  const [, region = '', id = ''] = /^arn:aws[\w-]*:rds:([\w-]+):\d{12}:snapshot:(awsbackup:[\w:-]+)$/.exec(arn) ?? [];
  if (!id)
    throw wrong('--from-vault', "a recovery point 'arn:aws:rds:REGION:ACCOUNT:snapshot:awsbackup:…'", `'${arn}'`);
  return { kind: 'snapshot', id, region };
}

function throughOf(text: string): RestoreOptions['through'] {
  const [, host, port] = /^([\w.-]+):(\d{1,5})$/.exec(text) ?? [];
  if (!host) throw wrong('--through', 'HOST:PORT', `'${text}'`);
  return { host, port: Number(port) };
}

/** Nothing where the help was asked for. Throws a ConfigError of one line for what can't be used. */
export function restoreOptions(words: readonly string[]): RestoreOptions | undefined {
  const given = parsed(words, OPTIONS, USAGE);
  if (given.help) return undefined;
  const { to, snapshot, 'from-vault': point } = given;
  const [action, ...more] = ACTIONS.filter((name) => given[name] !== undefined && given[name] !== false);
  const wanted = `one of ${ACTIONS.map((name) => `--${name}`).join(', ')}`;
  if (!action || more.length > 0)
    throw wrong('restore', wanted, action && [action, ...more].map((name) => `--${name}`).join(' '));
  if (given.delete !== undefined && action !== 'tidy') throw wrong('--delete', 'it with --tidy', `it with --${action}`);
  if (given.through !== undefined && action !== 'check')
    throw wrong('--through', 'it with --check', `it with --${action}`);
  const wish = to !== undefined ? timeOf(to) : point !== undefined ? pointOf(point) : undefined;
  return {
    env: given.env ?? DEFAULT_ENVIRONMENT,
    action: action === 'check' || action === 'swap' || action === 'tidy' ? action : 'restore',
    wish: wish ?? (snapshot !== undefined ? { kind: 'snapshot', id: snapshot } : undefined),
    through: given.through === undefined ? undefined : throughOf(given.through),
    remove: given.delete,
    dryRun: given['dry-run'],
    json: given.json,
  };
}
