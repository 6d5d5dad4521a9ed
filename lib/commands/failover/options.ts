/** What `npm run failover` may be asked for. Moves nothing. */
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsed } from '../arguments';

export const USAGE =
  'npm run failover -- --to REGION [--env NAME] [--dry-run | --resume] [--force] [--agreed] [--json]';

export const HELP = `${USAGE}
  --to REGION  the region that is to write: recovery.region, or region for the way back
  --env NAME   the environment (default ${DEFAULT_ENVIRONMENT})
  --dry-run    prints what would be done, and starts nothing
  --force      though the first region is well (a planned switch, which loses nothing), or more may be lost than recovery.maxLagSeconds
  --resume     shows the failover under way, or goes on with one whose machine was stopped
  --agreed     doesn't ask; for programs
  --json       one line of JSON for each event
Exit code 0 when the region writes, 1 when it was refused or a person has to decide, 2 when asked for what isn't there.
Ctrl-C leaves a failover going. What it does, and what it costs: docs/disaster-recovery.md`;

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
