/** `npm run deploy`: refuses the wrong account, asks where the environment says so, then hands over to `cdk deploy --all`. Decides nothing about resources. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ConfigError } from '../config/check';
import type { Environment } from '../config/environment';
import { cdk } from './cdk';

export interface Identity {
  readonly account: string;
  /** The region of the profile or AWS_REGION, if any is set. */
  readonly region: string | undefined;
}

/** Why these credentials may not deploy this environment; nothing when they may. */
export function refusal({ name, account, region }: Environment, identity: Identity): string | undefined {
  const path = `lib/config/${name}.ts`;
  if (account && account !== identity.account) {
    return `account: expected ${account} (${path}), got credentials of ${identity.account}; use a profile of that account (AWS_PROFILE=…)`;
  }
  if (identity.region && identity.region !== region) {
    return `region: expected ${region} (${path}), got ${identity.region} from the credentials; set AWS_REGION=${region}`;
  }
  return undefined;
}

/** Whether a person has to agree first. In CI the pull request was the agreement. */
export const asks = ({ confirm }: Environment, ci: boolean) => confirm && !ci;

/** Nobody waits longer than this to hear that AWS, or the metadata service of a server, doesn't answer. */
const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 5000, throwOnRequestTimeout: true };
const SIGN_IN = "sign in with 'aws sso login' or set AWS_PROFILE";

function unknown(error: Error): ConfigError {
  const profile = process.env.AWS_PROFILE ? ` for AWS_PROFILE=${process.env.AWS_PROFILE}` : '';
  if (error.name === 'CredentialsProviderError')
    return new ConfigError(`credentials: expected some, got none${profile} (${error.message}); ${SIGN_IN}`);
  if ('$fault' in error)
    return new ConfigError(
      `credentials: expected some that AWS accepts, got ${error.name}: ${error.message}; ${SIGN_IN}`,
    );
  return new ConfigError(
    `AWS: expected an answer to who you are, got ${error.message}; check the network and HTTPS_PROXY`,
  );
}

async function whoAmI(region: string): Promise<Identity> {
  try {
    const sts = new STSClient({ region, maxAttempts: 1, requestHandler: TIMEOUTS });
    const { Account = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account, region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION };
  } catch (error) {
    throw unknown(error as Error);
  }
}

async function agreed({ name }: Environment, { account }: Identity): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const nobody = once(terminal, 'close').then(() => ''); // no terminal, or Ctrl-C
  const asked = terminal.question(`Deploy ${name} to account ${account}? Type its name to go on: `);
  const answer = await Promise.race([asked, nobody]);
  terminal.close();
  return answer.trim() === name;
}

/** A stack's path or name, or a pattern of them. */
const STACK = /^Holdfast|^[^-]*[*]/;

/** What the CLI is told: all stacks unless some are named; in CI nobody is there whom it could ask. */
export const deployment = (rest: readonly string[], ci: boolean): readonly string[] => [
  'deploy',
  ...(rest.some((word) => STACK.test(word)) ? [] : ['--all']),
  ...(ci && !rest.some((word) => word.startsWith('--require-approval')) ? ['--require-approval=never'] : []),
  ...rest,
];

/** Returns the exit code of `cdk deploy`; throws a ConfigError for what the user can mend. */
export async function deploy(config: Environment, rest: readonly string[]): Promise<number> {
  const ci = process.env.CI === 'true';
  const identity = await whoAmI(config.region);
  const why = refusal(config, identity);
  if (why) throw new ConfigError(why);
  if (asks(config, ci) && !(await agreed(config, identity))) {
    throw new ConfigError(`Nothing was deployed: expected '${config.name}' as the answer, or CI=true.`);
  }
  return cdk(deployment(rest, ci), config.name);
}
