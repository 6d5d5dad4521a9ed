/** `npm run runbook`: prints the runbook of an alert with the environment's names filled in and the moves it asks for, or lists all. Asks AWS nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { EVENT_KINDS, type EventKind } from '../../lambda/alert-router/parse/event-kinds';
import { ALERTS } from '../alerts';
import { DEFAULT_ENVIRONMENT, environment } from '../config';
import { ConfigError } from '../config/config-error';
import { EDGE_REGION } from '../config/edge-region';
import type { Environment } from '../config/environment';
import { probesOf } from '../config/probes';
import { called } from './arguments';

const USAGE = 'npm run runbook -- [NAME] [--env NAME]';
const HELP = `${USAGE}
  NAME        an alert, by the name in its message, or a runbook; without it all are listed
  --env NAME  the environment whose names and regions are filled in (default ${DEFAULT_ENVIRONMENT})`;

/** Placeholder of the runbooks → what stands there in an environment. */
const PLACEHOLDERS: Readonly<Record<string, (config: Environment) => string>> = {
  env: ({ name }) => name,
  database: ({ name }) => `holdfast-${name}-data`, // RDS writes names in lower case
  region: ({ region }) => region,
  standby: ({ name }) => `holdfast-${name}-datarecovery`,
  standbyRegion: ({ recovery }) => recovery?.region ?? '<recovery.region>',
  edgeRegion: () => EDGE_REGION,
  probeRegion: (config) => probesOf(config).uptime.region,
  site: ({ domain }) => domain?.name ?? '<DistributionDomainName>',
};

const MOVES = 'docs/on-call.md';

/** The sections of the page on call that `page` leads to, so that one print has all. */
function moves(page: string): readonly string[] {
  const sections = readFileSync(MOVES, 'utf8').split(/^(?=###? )/m);
  const anchor = (section: string) => (/^#+ (.+)/.exec(section)?.[1] ?? '').toLowerCase().replaceAll(' ', '-');
  const wanted = new Set([...page.matchAll(/on-call\.md#([\w-]+)/g)].map(([, name = '']) => name));
  return sections.filter((section) => wanted.has(anchor(section)));
}

/** `text` with every placeholder replaced. */
export const filled = (text: string, config: Environment): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => PLACEHOLDERS[name]?.(config) ?? whole);

const events: readonly (readonly [string, EventKind])[] = Object.entries(EVENT_KINDS);
const rows = [
  ...Object.entries(ALERTS).map(([alert, { runbook, severity }]) => ({ alert, runbook, severity })),
  ...events.flatMap(([alert, { runbook, severity }]) => (runbook ? [{ alert, runbook, severity }] : [])),
];

const list = () => rows.map(({ alert, runbook, severity }) => `${alert.padEnd(28)} ${severity.padEnd(9)} ${runbook}`);

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export function runbook(words: readonly string[]): number {
  const { environment: name, rest } = called(words);
  const config = environment(name);
  const [wanted, ...more] = rest;
  if (wanted === '--help') {
    console.log(HELP);
    return 0;
  }
  if (more.length > 0) throw new ConfigError(`runbook: expected one name, got ${rest.join(' ')}; usage: ${USAGE}`);
  if (!wanted) {
    console.log(list().join('\n'));
    return 0;
  }
  const file = rows.find(({ alert }) => alert === wanted)?.runbook ?? wanted;
  const path = `docs/runbooks/${file}.md`;
  if (!rows.some(({ runbook }) => runbook === file) || !existsSync(path))
    throw new ConfigError(`runbook: expected an alert or a runbook, got '${wanted}'; ${USAGE} without NAME lists them`);
  const page = readFileSync(path, 'utf8');
  console.log(filled([page, ...moves(page)].join('\n'), config));
  return 0;
}
