/** `npm run firewall-report`: what the firewall blocked, or would have blocked, from its log; see docs/logs.md. Changes nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { DEFAULT_ENVIRONMENT, environment } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsed } from '../arguments';
import { loggedLines } from './logs';
import { type Match, matchesOf } from './record';
import { reportText } from './report';
import { summarised } from './summary';

const USAGE = 'npm run firewall-report -- [--env NAME] [--since 7d] [--file FILE] [--json]';
const HELP = `${USAGE}
  --env NAME    the environment whose log is read, with your credentials (default ${DEFAULT_ENVIRONMENT})
  --since TIME  how far back: 90m, 12h, 7d (default 7d)
  --file FILE   reads this file instead, one line of WAF's JSON per request, without calling AWS; may be repeated
  --json        one line of JSON`;

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In milliseconds; throws a ConfigError for what is no time. */
function duration(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,3})([mhd])$/.exec(text) ?? [];
  if (!count) throw new ConfigError(`--since: expected a time such as 90m, 12h or 7d, got '${text}'`);
  return Number(count) * (UNITS[unit] ?? 0);
}

function linesOf(file: string): readonly string[] {
  if (!existsSync(file)) throw new ConfigError(`--file: expected a file of WAF's log, got no file '${file}'`);
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

function matched(lines: readonly string[], source: string): readonly Match[] {
  return lines.flatMap((line, index) => {
    try {
      return matchesOf(line);
    } catch {
      throw new ConfigError(
        `${source}, line ${index + 1}: expected a request as WAF logs it, got ${line.slice(0, 60)}`,
      );
    }
  });
}

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function firewallReport(words: readonly string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const files = { type: 'string', multiple: true } as const;
  const {
    env = DEFAULT_ENVIRONMENT,
    since = '7d',
    file = [],
    json,
    help,
  } = parsed(words, { env: string, since: string, file: files, json: flag, help: flag }, USAGE);
  if (help) {
    console.log(HELP);
    return 0;
  }
  const config = environment(env);
  const from = Date.now() - duration(since);
  const lines = file.length > 0 ? file.flatMap(linesOf) : await loggedLines(config, from);
  const source = file.length > 0 ? file.join(' ') : 'the log';
  const rules = summarised(matched(lines, source));
  const span = file.length > 0 ? `in ${source}` : `${env}, the last ${since}`;
  console.log(json ? JSON.stringify({ requests: lines.length, rules }) : reportText(rules, lines.length, span));
  return 0;
}
