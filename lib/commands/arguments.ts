/** What our commands are called with: the environment, by `--env NAME` or `-c env=NAME`, and the rest for the CDK CLI; or options of our own. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { DEFAULT_ENVIRONMENT } from '../config';
import { ConfigError } from '../config/check';

export interface Called {
  readonly environment: string;
  /** The other arguments, in order. */
  readonly rest: readonly string[];
}

const named = (word: string) => word.match(/^(?:--env=|--context=env=|-c=?env=)(.*)$/)?.[1];

/** npm keeps for itself what stands before `--`: without this, `npm run deploy --env prod` would deploy the default. */
function refuseSwallowed(names: readonly string[]): void {
  const swallowed = names.find((name) => process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined);
  if (swallowed)
    throw new ConfigError(
      `--${swallowed}: expected behind '--', got it before, where npm takes it for its own: npm … -- --${swallowed}`,
    );
}

/** Throws a ConfigError when `--env` has no name behind it, or npm kept it. */
export function called(words: readonly string[]): Called {
  refuseSwallowed(['env', 'context']);
  const rest: string[] = [];
  let environment = DEFAULT_ENVIRONMENT;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const next = words[index + 1];
    if (word === '--env') {
      if (!next || next.startsWith('-'))
        throw new ConfigError(`--env: expected the name of an environment, got ${next ?? 'nothing'}`);
      environment = next;
      index++;
    } else if ((word === '-c' || word === '--context') && next?.startsWith('env=')) {
      environment = next.slice('env='.length);
      index++;
    } else if (named(word) !== undefined) {
      environment = named(word) ?? environment;
    } else {
      rest.push(word);
    }
  }
  return { environment, rest };
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Values of a command's own options. Throws a ConfigError of one line for an option it doesn't have. */
export function parsed<const O extends Options>(words: readonly string[], options: O, usage: string) {
  return parsedWithWords(words, options, usage, false).values;
}

/** The same, with the words that belong to no option, where a command takes some. */
export function parsedWithWords<const O extends Options>(
  words: readonly string[],
  options: O,
  usage: string,
  allowPositionals = true,
) {
  refuseSwallowed(Object.keys(options));
  try {
    return parseArgs({ args: [...words], options, allowPositionals });
  } catch (error) {
    const [what] = (error as Error).message.split(/\. /);
    throw new ConfigError(`${what}; usage: ${usage}`);
  }
}
