/** `npm run alarms`: the alarms of an environment as its templates have them, in a table, or one of them explained. */
import { DEFAULT_ENVIRONMENT, ENVIRONMENT_NAMES, environment } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsedWithWords } from '../arguments';
import { type Stack, stacksOf } from '../assembly';
import { nearest } from '../nearest';
import { synthesised } from '../synthesised';
import { catalogueJson, catalogueText, entriesOf } from './catalogue';
import { explained, explanation } from './explain';

const USAGE = 'npm run alarms -- [explain NAME] [--env NAME] [--json]';
const HELP = `${USAGE}
  explain NAME  shows what that alert watches, with an example of it firing and recovering
  --env NAME    environment (default ${DEFAULT_ENVIRONMENT})
  --json        one line of JSON`;

const meant = (what: string, name: string, known: readonly string[]) =>
  new ConfigError(`${what}: expected one that is there, such as ${nearest(name, known).join(', ')}; got '${name}'`);

/** What the command prints of an environment with these stacks. Throws a ConfigError for an alert that it hasn't. */
export function alarmsText(name: string, stacks: readonly Stack[], alert: string | undefined, json: boolean): string {
  const config = environment(name);
  if (alert === undefined) return json ? catalogueJson(config, stacks) : catalogueText(config, stacks);
  const entries = entriesOf(config, stacks);
  const entry = entries.find(({ promised }) => promised.name === alert);
  if (!entry)
    throw meant(
      `alert of ${name}`,
      alert,
      entries.map(({ promised }) => promised.name),
    );
  return json ? JSON.stringify(explanation(config, stacks, entry)) : explained(config, stacks, entry);
}

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function alarms(words: readonly string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parsedWithWords(words, { env: string, json: flag, help: flag }, USAGE);
  const { env = DEFAULT_ENVIRONMENT, json, help } = values;
  const [verb, alert, ...more] = positionals;
  if (help) {
    console.log(HELP);
    return 0;
  }
  if ((verb !== undefined && verb !== 'explain') || (verb === 'explain' && alert === undefined) || more.length > 0)
    throw new ConfigError(
      `expected explain and the name of one alert, got '${positionals.join(' ')}'; usage: ${USAGE}`,
    );
  if (!ENVIRONMENT_NAMES.includes(env)) throw meant('environment', env, ENVIRONMENT_NAMES);
  console.log(alarmsText(env, synthesised(env, stacksOf), alert, json));
  return 0;
}
