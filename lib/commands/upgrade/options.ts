/** What `npm run upgrade` may be asked for. Upgrades nothing. */
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsedWithWords } from '../arguments';

const USAGE =
  'npm run upgrade -- database|sessions [--env NAME] --to VERSION [--switch | --cancel] [--force] [--dry-run] [--json]';

export const HELP = `${USAGE}
  database      a new major version of PostgreSQL: RDS makes a copy with its replicas beside, upgrades it and has it follow
  sessions      another version of Valkey or Redis within its family, node by node
  --env NAME    the environment (default ${DEFAULT_ENVIRONMENT})
  --to VERSION  such as 19 for a database, 8.2 for sessions
  --switch      the copy takes the names; the old ones stay as NAME-old1. There is no way back that keeps what is written then
  --cancel      the copy goes; rds.logical_replication and the new parameter group stay. After the switch RDS forgets the deployment, and the old ones stay
  --force       with --switch: although alarms ring
  --dry-run     says what would be done first, and does nothing
  --json        one line of JSON for each step
Exit code 0 when done, 1 when refused. Ctrl-C leaves what AWS does going; the same command goes on with it.
See docs/upgrades.md`;

const string = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  env: string,
  to: string,
  switch: flag,
  cancel: flag,
  force: flag,
  'dry-run': flag,
  json: flag,
  help: flag,
} as const;

export interface UpgradeOptions {
  readonly env: string;
  readonly what: 'database' | 'sessions';
  /** '' with 'cancel'. */
  readonly to: string;
  readonly action: 'start' | 'switch' | 'cancel';
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const wrong = (path: string, expected: string, got: string | undefined) =>
  new ConfigError(`${path}: expected ${expected}, got ${got || 'none'}; usage: ${USAGE}`);

/** Nothing where the help was asked for. Throws a ConfigError of one line for what can't be used. */
export function upgradeOptions(words: readonly string[]): UpgradeOptions | undefined {
  const { values, positionals } = parsedWithWords(words, OPTIONS, USAGE);
  if (values.help) return undefined;
  const [what, ...more] = positionals;
  if ((what !== 'database' && what !== 'sessions') || more.length > 0)
    throw wrong('upgrade', 'database or sessions', positionals.join(' '));
  const { env = DEFAULT_ENVIRONMENT, to = '', switch: switches, cancel, force, json } = values;
  if (switches && cancel) throw wrong('upgrade', 'one of --switch and --cancel', 'both');
  if (what === 'sessions' && (switches || cancel))
    throw wrong(
      switches ? '--switch' : '--cancel',
      'it with database',
      'it with sessions, which are upgraded in place',
    );
  if (force && !switches) throw wrong('--force', 'it with --switch', 'it without');
  if (!cancel && !(what === 'database' ? /^\d+$/ : /^\d+\.\d+$/).test(to))
    throw wrong('--to', what === 'database' ? "a major version, such as '19'" : "a version, such as '8.2'", to);
  const action = switches ? 'switch' : cancel ? 'cancel' : 'start';
  return { env, what, to, action, force, dryRun: values['dry-run'], json };
}
