/** What a runbook is made of and what its words in code type may name: the form that test/unit/runbooks.test.ts holds all of them to. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { ALERTS } from '../../lib/alerts';
import { environmentSchema } from '../../lib/config/environment';
import { QUERIES } from '../../lib/logs/queries';
import { resourcesOf, TEMPLATES } from './assemblies';
import { values } from './rules';

export const SECTIONS = [
  'What users notice',
  'First look',
  'Likely causes',
  'Mitigation',
  'Who to wake',
  'It is over when',
];

export interface Runbook {
  readonly title: string;
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
}

export function parsedRunbook(page: string): Runbook {
  const [head = '', ...rest] = page.split(/^## /m);
  const sections = rest.map((part) => {
    const [heading = '', ...lines] = part.split('\n');
    return { heading, text: lines.join('\n').trim() };
  });
  return { title: /^# (.+)\n\n?$/.exec(head)?.[1] ?? '', sections };
}

/** Everything in code type. */
export const codeIn = (page: string) => [...page.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

function fieldExists(path: string): boolean {
  let schema: unknown = environmentSchema;
  for (const key of path.split('.')) {
    while (schema instanceof z.ZodOptional || schema instanceof z.ZodArray) schema = schema.unwrap();
    if (schema instanceof z.ZodRecord) return true;
    schema = schema instanceof z.ZodObject ? schema.shape[key] : undefined;
  }
  return schema !== undefined;
}

const queries = new Set(Object.values(QUERIES).flatMap((group) => Object.keys(group)));

/** Names of the metrics that alarms and scaling watch. */
const metrics = new Set(
  resourcesOf(TEMPLATES, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) =>
    values(Properties).flatMap(([key, value]) => (key === 'MetricName' ? [String(value)] : [])),
  ),
);

const outputs = new Set(TEMPLATES.flatMap(({ template }) => Object.keys(template.Outputs ?? {})));

const unitExists = (unit: string) =>
  !unit.startsWith('holdfast-') ||
  existsSync(`app/server/systemd/${unit.replace(/@\d+/, '@').replace(/(\.\w+)?$/, (end) => end || '.service')}`);

/** What code type may hold: a pattern, and whether what it names exists. AWS's CLI is held against botocore in `.ci/validate`. */
const KINDS: readonly (readonly [RegExp, (...found: string[]) => boolean])[] = [
  [/^npm run ([a-z:-]+)(?: .*)?$/, (script = '') => script in scripts],
  [/^npm start(?: .*)?$/, () => true],
  [/^aws .* --region \{(?:region|standbyRegion|edgeRegion|probeRegion)\}/, () => true],
  [/^Holdfast\/\{env\}\/([a-z-]+)$/, (query = '') => queries.has(query)],
  [/^Holdfast-\{env\}-(\w+)$/, (stack = '') => TEMPLATES.some((template) => template.stack === stack)],
  [/^<(\w+)>$/, (output = '') => outputs.has(output)],
  [/^((?:app|lib|constructs|lambda|docs)\/\S+)$/, (path = '') => existsSync(path)],
  [/^([a-z]\w*(?:\.[a-z]\w*)+)$/, fieldExists],
  [/^([A-Z]\w*[A-Za-z])$/, (name = '') => name in ALERTS || metrics.has(name)],
  [/^(?:sudo )?systemctl \w+ ([\w@.-]+)$/, unitExists],
  [/^(?:sudo )?journalctl -u ([\w@.-]+)(?: .*)?$/, unitExists],
  [/^sudo \/opt\/holdfast\/(server\/\S+\.sh)(?: .*)?$/, (script = '') => existsSync(`app/${script}`)],
  [/^(?:sudo )?(?:curl|df|du|ps|free|iostat|tail|ls|rm|dig|openssl) .+$/, () => true], // on a server, or anywhere
  [/^(?:select|show|alter|drop|create|vacuum|reindex) .+$/, () => true], // SQL, by psql
];

/** What in code type is of no known kind, or names what doesn't exist. */
export const unknownIn = (page: string): readonly string[] =>
  codeIn(page).filter((code) => {
    const [pattern, exists] = KINDS.find(([kind]) => kind.test(code)) ?? [];
    return !pattern || !exists?.(...(pattern.exec(code)?.slice(1) ?? []));
  });

/** Roles of docs/on-call.md. */
export const ROLES = [...readFileSync('docs/on-call.md', 'utf8').matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(
  ([, role = '']) => role,
);
