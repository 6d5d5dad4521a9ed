/** What a change does to the templates, as Markdown for a reviewer: two folders of synthesised environments, compared stack by stack. Judges nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** GitHub drops a summary of more than 1 MiB whole. */
const LIMIT = 900_000;
const STACK_LIMIT = 60_000;

interface Compared {
  readonly stack: string;
  /** One cell of the table. */
  readonly change: string;
  readonly diff: string;
}

/** 'dev/Data' → its template's text. */
function templatesIn(folder: string): ReadonlyMap<string, string> {
  const environments = existsSync(folder) ? readdirSync(folder).sort() : [];
  return new Map(
    environments.flatMap((environment) =>
      readdirSync(join(folder, environment))
        .filter((file) => file.endsWith('.template.json'))
        .sort()
        .map((file) => {
          const stack = file.replace(/^Holdfast/, '').replace(/([0-9A-F]{8})?\.template\.json$/, '');
          return [`${environment}/${stack}`, readFileSync(join(folder, environment, file), 'utf8')] as const;
        }),
    ),
  );
}

/** Sorted, without what CDK adds for its own tools, and with the hashes of assets masked: they change with any file. */
function readable(template: string): string {
  const sorted = (_: string, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  const parsed = JSON.parse(template, (key, value) => (/^aws:(cdk|asset):/.test(key) ? undefined : value));
  return `${JSON.stringify(parsed, sorted, 2)}\n`
    .replace(/[0-9a-f]{64}/g, 'HASH')
    .replace(/("id": )"[0-9a-f]{12}"/g, '$1"RELEASE"');
}

/** Lines of two texts, as git shows what differs. */
export function unified(before: string, after: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-diff-'));
  try {
    writeFileSync(join(folder, 'base'), before);
    writeFileSync(join(folder, 'head'), after);
    const { stdout } = spawnSync('git', ['diff', '--no-index', '--no-color', '--no-ext-diff', 'base', 'head'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
    });
    return stdout.slice(Math.max(0, stdout.indexOf('@@')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compared(stack: string, before: string | undefined, after: string | undefined): readonly Compared[] {
  if (before === after) return [];
  const resources = (template: string) => `${Object.keys(JSON.parse(template).Resources).length} resources`;
  const diff = unified(before ? readable(before) : '', after ? readable(after) : '');
  const lines = (sign: string) => diff.split('\n').filter((line) => line.startsWith(sign)).length;
  if (before === undefined) return [{ stack, change: `new, ${resources(after ?? '')}`, diff }];
  if (after === undefined) return [{ stack, change: `**removed**, ${resources(before)}`, diff }];
  if (diff === '') return [{ stack, change: 'assets only', diff }];
  return [{ stack, change: `+${lines('+')} −${lines('-')} lines`, diff }];
}

/** Of the folders `base` and `head`, each with a folder per environment as `npm run synth -- --output` writes it. */
export function templateDiff(base: string, head: string): string {
  const [before, after] = [templatesIn(base), templatesIn(head)];
  const stacks = [...new Set([...before.keys(), ...after.keys()])].sort();
  const all = stacks.flatMap((stack) => compared(stack, before.get(stack), after.get(stack)));
  let text = '## Templates\n\n';
  if (all.length === 0) return `${text}No template changes.\n`;
  text += `| stack | change |\n| --- | --- |\n${all.map(({ stack, change }) => `| ${stack} | ${change} |`).join('\n')}\n`;
  for (const { stack, diff } of all.filter((one) => one.diff !== '')) {
    const shown =
      diff.length > STACK_LIMIT ? `${diff.slice(0, STACK_LIMIT)}\n… ${diff.length - STACK_LIMIT} more\n` : diff;
    const part = `\n<details><summary>${stack}</summary>\n\n~~~~diff\n${shown}~~~~\n</details>\n`;
    if (text.length + part.length > LIMIT)
      return `${text}\nThe other stacks don't fit in here: compare them with \`npm run diff\`.\n`;
    text += part;
  }
  return text;
}
