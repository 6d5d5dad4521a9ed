/** `npm run scaling`: what an environment's fleet does under loads that matter, from the policies of its template. Asks no account. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_ENVIRONMENT, environment } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsed } from '../arguments';
import { stacksOf } from '../assembly';
import { withReport } from '../markdown';
import { synthesised } from '../synthesised';
import { policyOf } from './policy';
import { reportJson, reportText, tryAll } from './report';

const USAGE = 'npm run scaling -- [--env NAME] [--capacity N] [--json | --page FILE]';
const HELP = `${USAGE}
  --env NAME    environment (default ${DEFAULT_ENVIRONMENT})
  --capacity N  requests a minute that keep one server busy (default: twice fleet.requestsPerServer; without that it changes nothing)
  --json        one line of JSON, with the servers of every minute
  --page FILE   writes the table between the markers of that Markdown page`;

function capacityOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(word)) throw new ConfigError(`--capacity: expected requests a minute, got '${word}'`);
  return Number(word);
}

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function scaling(words: readonly string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { env: string, capacity: string, page: string, json: flag, help: flag };
  const { env = DEFAULT_ENVIRONMENT, capacity, page, json, help } = parsed(words, options, USAGE);
  if (help) {
    console.log(HELP);
    return 0;
  }
  const { zones } = environment(env); // before any work: a wrong name needs none
  const given = capacityOf(capacity);
  if (page !== undefined && !existsSync(page))
    throw new ConfigError(`--page: expected a Markdown page, got no file '${page}'`);
  const own = synthesised(env, (folder) => policyOf(stacksOf(folder)));
  const tried = tryAll(own, zones.length, given);
  const text = reportText(env, own, tried);
  if (page !== undefined) writeFileSync(page, withReport(readFileSync(page, 'utf8'), 'scaling', text));
  else console.log(json ? reportJson(env, own, tried) : text);
  return 0;
}
