/** `npm run deploy`: refuses the wrong account, asks where the environment says so, then hands over to `cdk deploy --all`. Decides nothing about resources. */
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

async function whoAmI(region: string): Promise<Identity> {
  try {
    const { Account = '' } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
    return { account: Account, region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION };
  } catch (error) {
    throw new ConfigError(
      `credentials: expected some that AWS accepts, got ${(error as Error).name}: ${(error as Error).message}; see 'aws configure sso' or set AWS_PROFILE`,
    );
  }
}

async function agreed({ name }: Environment, { account }: Identity): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Deploy ${name} to account ${account}? Type its name to go on: `);
  terminal.close();
  return answer.trim() === name;
}

/** Returns the exit code of `cdk deploy`; throws a ConfigError for what the user can mend. */
export async function deploy(config: Environment, rest: readonly string[]): Promise<number> {
  const identity = await whoAmI(config.region);
  const why = refusal(config, identity);
  if (why) throw new ConfigError(why);
  if (asks(config, process.env.CI === 'true') && !(await agreed(config, identity))) {
    throw new ConfigError(`Nothing was deployed: expected '${config.name}' as the answer.`);
  }
  return cdk(['deploy', ...(rest.some((word) => !word.startsWith('-')) ? [] : ['--all']), ...rest], config.name);
}
