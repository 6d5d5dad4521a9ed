/** `npm run whatif`: what follows when a part of an environment is lost, from its templates: who takes over, how soon, what is gone, who is told. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_ENVIRONMENT, environment } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsedWithWords } from '../arguments';
import { stacksOf } from '../assembly';
import { withReport } from '../markdown';
import { synthesised } from '../synthesised';
import { lossNamed } from './losses';
import { lossText, pageText, resultJson } from './report';
import { systemOf } from './simulate';

const USAGE = 'npm run whatif -- [--env NAME] LOSS | --list | --page FILE';
const HELP = `${USAGE}
  LOSS         the part that is lost, such as 'zone eu-west-1a', 'database primary' or CloudFront
  --list       lists everything that can be lost in this environment
  --env NAME   environment (default ${DEFAULT_ENVIRONMENT})
  --json       one line of JSON
  --page FILE  writes the table of all single losses between the markers of that Markdown page`;

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function whatif(words: readonly string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { env: string, page: string, json: flag, list: flag, help: flag };
  const { values, positionals } = parsedWithWords(words, options, USAGE);
  const { env = DEFAULT_ENVIRONMENT, page, json, list, help } = values;
  if (help) {
    console.log(HELP);
    return 0;
  }
  const config = environment(env); // before any work: a wrong name needs none
  const name = positionals.join(' ');
  if (name === '' && !list && page === undefined)
    throw new ConfigError(`expected what is lost, got nothing; usage: ${USAGE}`);
  if (page !== undefined && !existsSync(page))
    throw new ConfigError(`--page: expected a Markdown page, got no file '${page}'`);
  const system = systemOf(config, synthesised(env, stacksOf));
  if (page !== undefined) {
    writeFileSync(page, withReport(readFileSync(page, 'utf8'), 'recovery', pageText(env, system)));
    return 0;
  }
  if (list) {
    console.log(system.losses.map((loss) => loss.name).join('\n'));
    return 0;
  }
  const result = system.lose(lossNamed(system.losses, name));
  console.log(json ? resultJson(env, result) : lossText(env, result));
  return 0;
}
