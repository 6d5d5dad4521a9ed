/** What `npm run jobs` may be asked for. */
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsedWithWords } from '../arguments';

const USAGE = 'npm run jobs -- list|replay [--env NAME] [--kind KIND] [--id ID] [--dry-run] [--json]';

export const HELP = `${USAGE}
  list        shows waiting jobs and dead letters
  replay      sends dead letters back into the queue, oldest first; a job that was done is not done again
  --env NAME  the environment (default ${DEFAULT_ENVIRONMENT})
  --kind KIND only jobs of that kind; '?' means unreadable messages
  --id ID     only that job
  --dry-run   with replay: only shows what would be sent back
  --json      one line: {waiting, underWay, dead, letters|replayed: [{id, kind, requestId, sentAt}]}`;

const string = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = { env: string, kind: string, id: string, 'dry-run': flag, json: flag, help: flag } as const;

export interface JobsOptions {
  readonly action: 'list' | 'replay';
  readonly env: string;
  readonly kind: string | undefined;
  readonly id: string | undefined;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Nothing where the help was asked for. Throws a ConfigError of one line for what can't be used. */
export function jobsOptions(words: readonly string[]): JobsOptions | undefined {
  const { values, positionals } = parsedWithWords(words, OPTIONS, USAGE);
  if (values.help) return undefined;
  const [action, ...more] = positionals;
  if ((action !== 'list' && action !== 'replay') || more.length > 0)
    throw new ConfigError(`expected list or replay, got ${positionals.join(' ') || 'nothing'}; usage: ${USAGE}`);
  if (action === 'list' && values['dry-run'])
    throw new ConfigError(`--dry-run: expected with replay, got it with list, which changes nothing; usage: ${USAGE}`);
  const { env = DEFAULT_ENVIRONMENT, kind, id, json } = values;
  return { action, env, kind, id, dryRun: values['dry-run'], json };
}
