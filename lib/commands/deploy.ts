/** `npm run deploy`: refuses the wrong account and a rollout under way, asks where the environment says so, then hands over to `cdk deploy --all`. Decides nothing about resources. */
import type { Stored } from '../../lambda/rollout/store';
import { underWay } from '../../lambda/rollout/under-way';
import { DEFAULT_ENVIRONMENT } from '../config';
import { ConfigError } from '../config/config-error';
import type { Environment } from '../config/environment';
import { agree, caller } from './account';
import { cdk } from './cdk';
import { fleetsOf } from './release/fleets';

const HELP = `npm run deploy -- [STACK…] [--env NAME] [options of cdk deploy]
  STACK       only these stacks, by path or pattern, such as Holdfast/Data (default all, in order)
  --env NAME  the environment (default ${DEFAULT_ENVIRONMENT})
Refuses credentials of another account or region, and a rollout in progress. Where the environment has confirm: true, a person must
type its name, except with CI=true. Other options go to the CDK CLI: npx cdk deploy --help`;

/** A stack's path or name, or a pattern of them. */
const STACK = /^Holdfast|^[^-]*[*]/;

/** What the CLI is told: all stacks unless some are named; in CI nobody is there whom it could ask. */
export const deployment = (rest: readonly string[], ci: boolean): readonly string[] => [
  'deploy',
  ...(rest.some((word) => STACK.test(word)) ? [] : ['--all']),
  ...(ci && !rest.some((word) => word.startsWith('--require-approval')) ? ['--require-approval=never'] : []),
  ...rest,
];

/** As the stack would, minutes later. Where nothing is deployed, nothing moves; and a deployer needn't be allowed to look. */
async function refuseUnderWay(config: Environment): Promise<void> {
  const states = await fleetsOf(config)
    .then((fleets) => fleets.states())
    .catch(() => new Map<string, Stored>());
  for (const [service, { state }] of states) {
    const why = underWay(config.name, service, state);
    if (why) throw new ConfigError(why);
  }
}

/** Returns the exit code of `cdk deploy`; throws a ConfigError for what the user can mend. */
export async function deploy(config: Environment, rest: readonly string[]): Promise<number> {
  if (rest.includes('--help')) {
    console.log(HELP);
    return 0;
  }
  const identity = await caller(config);
  await refuseUnderWay(config);
  await agree('Deploy', config, identity);
  return cdk(deployment(rest, process.env.CI === 'true'), config.name);
}
