/** `npm run failover-report`: what each failure of an environment costs its visitors, from the templates it is synthesised to. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_ENVIRONMENT, environment } from '../../config';
import { ConfigError } from '../../config/config-error';
import { parsed } from '../arguments';
import { type Stack, stacksOf } from '../assembly';
import { withReport } from '../markdown';
import { synthesised } from '../synthesised';
import { reportJson, reportText } from './report';
import { type Row, rowsOf } from './rows';

const USAGE = 'npm run failover-report -- [--env NAME] [--json | --page FILE]';
const HELP = `${USAGE}
  --env NAME   environment with a domain (default ${DEFAULT_ENVIRONMENT})
  --json       one line of JSON
  --page FILE  writes the tables between the markers of that Markdown page`;

const WORKER = 'app/frontend/worker/service-worker.ts';

/** Of the service worker, before it shows a page that it keeps; nothing where the frontend has none. */
function workerWaitS(): number | undefined {
  const [, ms] = (existsSync(WORKER) && /\bWAIT_MS = (\d+);/.exec(readFileSync(WORKER, 'utf8'))) || [];
  return ms === undefined ? undefined : Number(ms) / 1000;
}

/** Of an environment whose assembly is `stacks`. Throws a ConfigError when it has no name of its own. */
export function failoverRows(name: string, stacks: readonly Stack[]): readonly Row[] {
  const { domain } = environment(name);
  if (!domain)
    throw new ConfigError(
      `domain: expected one (lib/config/${name}.ts), got none; under CloudFront's own name no DNS leads elsewhere`,
    );
  return rowsOf(stacks, domain.name, workerWaitS());
}

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function failoverReport(words: readonly string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const {
    env = DEFAULT_ENVIRONMENT,
    json,
    page,
    help,
  } = parsed(words, { env: string, page: string, json: flag, help: flag }, USAGE);
  if (help) {
    console.log(HELP);
    return 0;
  }
  failoverRows(env, []); // before any work: a wrong name needs none
  if (page !== undefined && !existsSync(page))
    throw new ConfigError(`--page: expected a Markdown page, got no file '${page}'`);
  const rows = failoverRows(env, synthesised(env, stacksOf));
  if (page !== undefined) {
    writeFileSync(page, withReport(readFileSync(page, 'utf8'), 'failover report', reportText(env, rows)));
    return 0;
  }
  console.log(json ? reportJson(env, rows) : reportText(env, rows));
  return 0;
}
