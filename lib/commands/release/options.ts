/** What `npm run release` may be asked for. Releases nothing. */
import { STRATEGIES, type Strategy } from '../../../lambda/rollout/state';
import { DEFAULT_ENVIRONMENT, ENVIRONMENT_NAMES } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsed } from '../arguments';
import { nearest } from '../nearest';

export const USAGE =
  'npm run release -- [--env NAME] [--service NAME] [--strategy NAME] [--region NAME] [--rollback [RELEASE] | --resume | --watch] [--json]';

export const HELP = `${USAGE}
  --env NAME            the environment (default ${DEFAULT_ENVIRONMENT})
  --service NAME        only that service's servers, without the site (default all services, then the site)
  --strategy NAME       ${STRATEGIES.join(', ')} (default the environment's, releases.strategy)
  --region NAME         brings this standby region to the release that is live in the other one; builds and publishes nothing
  --rollback [RELEASE]  takes the site, then the servers, back to the previous release, or to the named one; ends a rollout in progress
  --resume              continues a rollout whose state machine was stopped, or brings up a standby region that is behind
  --watch               shows the rollout in progress, or how the last one ended, and publishes its site
  --json                one line of JSON for each event
Exit code 0: released (with --rollback: rolled back). 1: rolled back by itself, or refused. 2: no such environment, service,
strategy, region or release. 3: released, but the standby region is behind.
Ctrl-C doesn't stop a rollout. What each strategy does: docs/releases.md`;

export interface ReleaseOptions {
  readonly env: string;
  /** @default all */
  readonly service: string | undefined;
  /** That waits, to be brought up. @default both, the one in use first */
  readonly region: string | undefined;
  /** @default the environment's */
  readonly strategy: Strategy | undefined;
  readonly action: 'release' | 'rollback' | 'resume' | 'watch';
  /** Where to go back to; '' is the release before. */
  readonly to: string;
  readonly json: boolean;
}

/** What was asked for isn't there: ends with code 2. */
export class UsageError extends ConfigError {}

const string = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  env: string,
  service: string,
  strategy: string,
  region: string,
  rollback: string,
  resume: flag,
  watch: flag,
  json: flag,
  help: flag,
} as const;

/** `--rollback` may stand alone, which parseArgs doesn't know. */
const withValues = (words: readonly string[]) =>
  words.map((word, index) => {
    const next = words[index + 1];
    return word === '--rollback' && (next === undefined || next.startsWith('-')) ? '--rollback=' : word;
  });

/** Throws a UsageError that names the nearest of those there are. */
export function known<Name extends string>(path: string, got: string, all: readonly Name[]): Name {
  const found = all.find((each) => each === got);
  if (found) return found;
  throw new UsageError(
    `${path}: expected one of ${all.join(', ') || 'none'}, got '${got}'; did you mean ${nearest(got, all).slice(0, 1).join('')}?`,
  );
}

/** Nothing where the help was asked for. Throws a UsageError of one line for what can't be used. */
export function releaseOptions(words: readonly string[]): ReleaseOptions | undefined {
  const given = asked(words);
  if (given.help) return undefined;
  const { env = DEFAULT_ENVIRONMENT, service, strategy, region, rollback, resume, watch, json } = given;
  const actions = [rollback !== undefined && 'rollback', resume && 'resume', watch && 'watch'].filter(
    (each): each is 'rollback' | 'resume' | 'watch' => each !== false,
  );
  const [action = 'release', ...more] = actions;
  if (more.length > 0)
    throw new UsageError(
      `expected one of --rollback, --resume and --watch, got ${actions.join(', ')}; usage: ${USAGE}`,
    );
  if (strategy !== undefined && (action === 'resume' || action === 'watch'))
    throw new UsageError(`--strategy: expected with a new rollout, got it with --${action}; usage: ${USAGE}`);
  if (region !== undefined && (action !== 'release' || strategy !== undefined))
    throw new UsageError(
      `--region: expected alone, got it with ${strategy === undefined ? `--${action}` : '--strategy'}; usage: ${USAGE}`,
    );
  return {
    env: known('--env', env, ENVIRONMENT_NAMES),
    region,
    service,
    strategy: strategy === undefined ? undefined : known('--strategy', strategy, STRATEGIES),
    action,
    to: rollback ?? '',
    json,
  };
}

function asked(words: readonly string[]) {
  try {
    return parsed(withValues(words), OPTIONS, USAGE);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}
