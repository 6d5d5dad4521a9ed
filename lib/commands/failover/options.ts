/** What `npm run failover` may be asked for. Moves nothing. */
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsed } from '../arguments';

export const USAGE =
  'npm run failover -- --to REGION [--env NAME] [--dry-run | --resume] [--force] [--agreed] [--json]';

export const HELP = `${USAGE}
  --to REGION  the region that takes over: recovery.region, or for the failback region
  --env NAME   the environment (default ${DEFAULT_ENVIRONMENT})
  --dry-run    prints the steps and starts nothing
  --force      even if the first region is healthy (a planned switch, which loses nothing), or if more than recovery.maxLagSeconds may be lost
  --resume     shows the failover in progress, or continues one whose state machine was stopped
  --agreed     doesn't ask for confirmation; for programs
  --json       one line of JSON for each event
Exit code 0: the region has taken over. 1: refused, or a person must decide. 2: no such environment or region.
Ctrl-C doesn't stop a failover. What it does, and what it loses: docs/disaster-recovery.md`;

export interface FailoverOptions {
  readonly env: string;
  readonly to: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly resume: boolean;
  readonly agreed: boolean;
  readonly json: boolean;
}

/** What was asked for isn't there: ends with code 2. */
export class UsageError extends ConfigError {}

const string = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  env: string,
  to: string,
  'dry-run': flag,
  force: flag,
  resume: flag,
  agreed: flag,
  json: flag,
  help: flag,
} as const;

function asked(words: readonly string[]) {
  try {
    return parsed(words, OPTIONS, USAGE);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}

/** Nothing where the help was asked for. Throws a UsageError of one line for what can't be used. */
export function failoverOptions(words: readonly string[]): FailoverOptions | undefined {
  const { help, env = DEFAULT_ENVIRONMENT, to, 'dry-run': dryRun, ...flags } = asked(words);
  if (help) return undefined;
  if (to === undefined) throw new UsageError(`--to: expected the region that is to write, got none; usage: ${USAGE}`);
  if (dryRun && flags.resume) throw new UsageError(`expected one of --dry-run and --resume, got both; usage: ${USAGE}`);
  return { env, to, dryRun, ...flags };
}
