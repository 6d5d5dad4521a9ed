/** Whether old code runs on the schema that a release brings: its new migrations, held against rules. A new server runs them while old ones answer. Runs no SQL. */
import { spawnSync } from 'node:child_process';
import { ConfigError } from '../../config/config-error';

/** Names of files, and what is in them. */
export type Migrations = ReadonlyMap<string, string>;

const BREAKS = new Set([
  'adding-not-nullable-field',
  'adding-required-field',
  'ban-drop-column',
  'ban-drop-database',
  'ban-drop-not-null',
  'ban-drop-table',
  'ban-truncate-cascade',
  'changing-column-type',
  'renaming-column',
  'renaming-table',
]);
const LOCKS = new Set([
  'adding-field-with-default',
  'adding-foreign-key-constraint',
  'adding-serial-primary-key-field',
  'constraint-missing-not-valid',
  'disallowed-unique-constraint',
  'require-concurrent-index-creation',
  'require-concurrent-index-deletion',
]);
/** All migrations of a release run in one transaction. */
const NEVER = new Set(['ban-uncommitted-transaction', 'syntax-error', 'transaction-nesting']);

/** What the linter knows no rule for. */
const ALSO: readonly (readonly [RegExp, string, 'never'?])[] = [
  [/\bconcurrently\b/i, 'PostgreSQL does that in no transaction.', 'never'],
  [/\bdrop\s+default\b/i, 'Old code may leave the column to its default.'],
  [/\bdrop\s+(materialized\s+)?(view|function|procedure|type|sequence|schema|trigger)\b/i, 'Old code may use it.'],
  [/\brename\s+value\b/i, 'Old code may write the old value.'],
  [/\btruncate\b/i, 'Old code may read what is gone.'],
  [
    /\bdo\s+\$(\w*)\$.*?\b(alter\s+table|drop(?!\s+role\b)|rename|truncate)\b.*?\$\1\$/is,
    'A block hides it: write it outside of one.',
  ],
];

interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly kind: 'breaks' | 'locks' | 'never';
  readonly message: string;
}

const kindOf = (rule: string): Finding['kind'] | undefined =>
  BREAKS.has(rule) ? 'breaks' : LOCKS.has(rule) ? 'locks' : NEVER.has(rule) ? 'never' : undefined;

const withoutComments = (sql: string) =>
  sql.replace(/\/\*[\s\S]*?\*\/|--.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));

/** Squawk's, of all files in one: what one of them creates another may change. Throws where it doesn't run. */
function linted(files: Migrations): readonly Finding[] {
  const lines = [...files].flatMap(([file, sql]) => sql.split('\n').map((_, index) => ({ file, line: index + 1 })));
  const text = [...files.values()].join('\n').replaceAll('squawk-ignore', 'not-ignored');
  const args = ['node_modules/squawk-cli/js/bin/squawk', '--reporter=json', '--assume-in-transaction'];
  const { stdout, stderr, error } = spawnSync(process.execPath, args, { input: text, encoding: 'utf8' });
  if (error || !stdout.startsWith('['))
    throw new ConfigError(`migrations: expected squawk to judge them, got ${error?.message ?? stderr}; run npm ci`);
  const found = JSON.parse(stdout) as readonly { line: number; rule_name: string; message: string }[];
  return found.flatMap(({ line, rule_name, message }) => {
    const kind = kindOf(rule_name);
    const place = lines[Math.min(line, lines.length - 1)];
    return kind && place ? [{ ...place, kind, message }] : [];
  });
}

const alsoFound = (files: Migrations): readonly Finding[] =>
  [...files].flatMap(([file, sql]) =>
    ALSO.flatMap(([pattern, message, kind = 'breaks' as const]): readonly Finding[] => {
      const at = withoutComments(sql).search(pattern);
      return at < 0 ? [] : [{ file, line: sql.slice(0, at).split('\n').length, kind, message }];
    }),
  );

/** `-- contract: since RELEASE, why`: no code from that release on uses what goes. */
export const sinceOf = (sql: string): string | undefined => /^-- contract: since (\w+), \S/m.exec(sql)?.[1];
const locksMeant = (sql: string) => /^-- locks: \S/m.test(sql);

const MEND = {
  breaks:
    "let it stay until no code uses it, and say so then: '-- contract: since RELEASE, why', a release that is or was live",
  locks: "say why nobody waits for it: '-- locks: why'",
  never: 'all migrations of a release run in one transaction; write it otherwise',
} as const;

/** @param live of the release that visitors have @param released ids of what is or was live */
export function migrationFaults(fresh: Migrations, live: Migrations, released: readonly string[]): readonly string[] {
  const added = new Map([...fresh].filter(([name]) => !live.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
  const changed = [...fresh].filter(([name, sql]) => live.has(name) && live.get(name) !== sql);
  const waived = ({ file, kind }: Finding) => {
    const sql = added.get(file) ?? '';
    return kind === 'locks' ? locksMeant(sql) : kind === 'breaks' && released.includes(sinceOf(sql) ?? '');
  };
  const findings = added.size > 0 ? [...linted(added), ...alsoFound(added)] : [];
  const one = new Map(findings.map((each) => [`${each.file}:${each.line} ${each.kind}`, each] as const));
  return [
    ...changed.map(
      ([name]) => `${name}: expected it as the live release ran it, got a change that nothing runs; add another file`,
    ),
    ...[...one.values()]
      .filter((finding) => !waived(finding))
      .map(({ file, line, kind, message }) => `${file}:${line}: ${message} ${MEND[kind]}`),
  ];
}

/**
 * Releases that can't run any more on the schema of `live`: something went that they may use.
 * @param history ids of what was live, oldest first
 */
export function tooOld(
  live: Migrations,
  target: Migrations,
  history: readonly string[],
  to: string,
): string | undefined {
  const gone = [...live].filter(([name, sql]) => !target.has(name) && sinceOf(sql) !== undefined);
  const blocking = gone.find(([, sql]) => {
    const since = history.indexOf(sinceOf(sql) ?? '');
    return since < 0 || history.indexOf(to) < since;
  });
  return (
    blocking &&
    `${to}: expected a release from ${sinceOf(blocking[1])} on, got an older one, which may use what ${blocking[0]} took away`
  );
}
