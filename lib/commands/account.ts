/** Who calls, and whether these credentials and this person may change an environment. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ConfigError } from '../config/config-error';
import type { Environment } from '../config/environment';
import { standbyOf } from '../config/recovery';

export interface Identity {
  readonly account: string;
  /** The region of the profile or AWS_REGION, if any is set. */
  readonly region: string | undefined;
  /** Of the role's session or the user. */
  readonly who: string;
}

/** Why these credentials may not change this environment; nothing when they may. */
export function refusal({ name, account, region }: Environment, identity: Omit<Identity, 'who'>): string | undefined {
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
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    const who = Arn.split(/[/:]/).at(-1) ?? '';
    return { account: Account, region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION, who };
  } catch (error) {
    throw unknown(error as Error);
  }
}

/** '' where there is no terminal, or after Ctrl-C. */
export async function answerTo(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const nobody = once(terminal, 'close').then(() => '');
  const answer = await Promise.race([terminal.question(question), nobody]);
  terminal.close();
  return answer.trim();
}

const agreed = async (what: string, { name }: Environment, { account }: Identity): Promise<boolean> =>
  (await answerTo(`${what} ${name} in account ${account}? Type its name to go on: `)) === name;

/** Whose credentials these are; the second region knows that too while the first one is gone. Throws a ConfigError for those of another account or region. */
export async function caller(config: Environment): Promise<Identity> {
  const standby = standbyOf(config);
  const identity = await whoAmI(config.region).catch((error) => {
    if (standby) return whoAmI(standby.region);
    throw error;
  });
  const why = refusal(config, identity);
  if (why) throw new ConfigError(why);
  return identity;
}

/** Throws a ConfigError where a person has to agree and doesn't. @param what is about to be done to it, such as 'Deploy' */
export async function agree(what: string, config: Environment, identity: Identity): Promise<void> {
  if (asks(config, process.env.CI === 'true') && !(await agreed(what, config, identity)))
    throw new ConfigError(`Nothing was changed: expected '${config.name}' as the answer, or CI=true.`);
}
