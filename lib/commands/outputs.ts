/** What a deployed stack says of itself, for commands that work with what is deployed. Changes nothing. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ConfigError } from '../config/config-error';

/** Of every client of a command: somebody waits for its answer. */
export const PATIENCE = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/**
 * Outputs of a stack by key, with the caller's credentials. Throws a ConfigError where the stack can't be asked, or lacks one of `keys`.
 * @param mend what brings a missing output @default deploy again
 */
export async function outputsOf<Key extends string>(
  stack: string,
  region: string,
  keys: readonly Key[],
  mend = 'deploy it again',
): Promise<Readonly<Record<Key, string>>> {
  const client = new CloudFormationClient({ region, ...PATIENCE });
  const { Stacks = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch(({ name, message }: Error) => {
      throw new ConfigError(
        `${stack}: expected a deployed stack in ${region}, got ${name}: ${message}; check that it is deployed, and whose credentials you have: 'aws sts get-caller-identity', 'aws sso login', AWS_PROFILE`,
      );
    })
    .finally(() => client.destroy());
  const all = new Map(Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const missing = keys.filter((key) => !all.get(key));
  if (missing.length > 0) throw new ConfigError(`${stack}: expected outputs ${missing.join(', ')}, got none; ${mend}`);
  return Object.fromEntries(keys.map((key) => [key, all.get(key)])) as Record<Key, string>;
}
