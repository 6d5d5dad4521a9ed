/** What `npm run alert` may be asked for. Sends nothing. */
import { SEVERITIES, type Severity } from '../../../constructs/alerting/alert';
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsedWithWords } from '../arguments';

const USAGE = 'npm run alert -- test|acknowledge|replay|status [--env NAME] [--severity S] [--alarm NAME] [--region R]';
export const HELP = `${USAGE}
  test         sends an alert and its end, and says which channels were told
  acknowledge  shows in PagerDuty and Slack that somebody is working on it
  replay       processes messages that were put aside; nothing is sent twice
  status       shows open alerts, and channels that are down
  --env NAME   the environment (default ${DEFAULT_ENVIRONMENT})
  --severity   critical, warning or info (default critical); a critical one pages people
  --alarm NAME of acknowledge: the alarm's full name, as CloudWatch has it
  --region R   another of the environment's regions (default its own)`;

const STRING = { type: 'string' } as const;
const OPTIONS = {
  env: { type: 'string', default: DEFAULT_ENVIRONMENT },
  severity: { type: 'string', default: 'critical' },
  alarm: STRING,
  region: STRING,
  help: { type: 'boolean', default: false },
} as const;

const ACTIONS = ['test', 'acknowledge', 'replay', 'status'] as const;

export interface AlertOptions {
  readonly action: (typeof ACTIONS)[number];
  readonly environment: string;
  readonly severity: Severity;
  readonly alarm: string;
  readonly region?: string;
}

const among = <T extends string>(values: readonly T[], word: string | undefined): T | undefined =>
  values.find((value) => value === word);

/** The help text where that was asked for. Throws a ConfigError of one line for what can't be used. */
export function alertOptions(words: readonly string[]): AlertOptions | string {
  const { values, positionals } = parsedWithWords(words, OPTIONS, USAGE);
  const { env, severity: wanted, alarm = '', region, help } = values;
  const word = positionals.join(' ');
  if (help) return HELP;
  const action = among(ACTIONS, word);
  if (!action)
    throw new ConfigError(`alert: expected ${ACTIONS.join(', ')}, got ${word || 'nothing'}; usage: ${USAGE}`);
  const severity = among(SEVERITIES, wanted);
  if (!severity) throw new ConfigError(`--severity: expected ${SEVERITIES.join(', ')}, got ${wanted}`);
  if (action === 'acknowledge' && !alarm) throw new ConfigError("--alarm: expected an alarm's name, got nothing");
  return { action, environment: env, severity, alarm, region };
}
