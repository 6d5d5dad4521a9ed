/** The router of a deployed environment, as its stack's outputs name it, and the caller's credentials. */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Severity } from '../../../lambda/alert-router/environment';
import type { Caller } from '../../../lambda/aws';
import { ConfigError } from '../../config/config-error';
import { EDGE_REGION } from '../../config/edge-region';
import type { Environment } from '../../config/environment';
import { outputsOf } from '../outputs';

export interface Deployed {
  readonly caller: Caller;
  readonly topicOf: (severity: Severity) => string;
  readonly table: string;
  readonly router: string;
  readonly deadLetters: string;
}

const SIGN_IN = "sign in with 'aws sso login' or set AWS_PROFILE";

export async function callerIn(region: string): Promise<Caller> {
  try {
    const credentials = await defaultProvider()();
    return { region, endpoint: process.env.AWS_ENDPOINT_URL, credentials: () => credentials };
  } catch (error) {
    throw new ConfigError(`credentials: expected some, got none (${(error as Error).message}); ${SIGN_IN}`);
  }
}

function stackName({ region, recovery, name }: Environment, wanted: string): string {
  const stacks: Readonly<Record<string, string>> = {
    ...(recovery && { [recovery.region]: 'AlertingRecovery' }),
    [EDGE_REGION]: 'AlertingEdge',
    [region]: 'Alerting',
  };
  const stack = stacks[wanted];
  if (!stack) throw new ConfigError(`--region: expected one of ${Object.keys(stacks).join(', ')}, got ${wanted}`);
  return `Holdfast-${name}-${stack}`;
}

const TOPICS = { critical: 'CriticalTopicArn', warning: 'WarningTopicArn', info: 'InfoTopicArn' } as const;

/** Throws a ConfigError where nothing is deployed, or no router. */
export async function deployed(config: Environment, region = config.region): Promise<Deployed> {
  const outputs = await outputsOf(
    stackName(config, region),
    region,
    [...Object.values(TOPICS), 'RouterTableName', 'RouterName', 'DeadLettersUrl'],
    `set alerts.channels in lib/config/${config.name}.ts and deploy`,
  );
  return {
    caller: await callerIn(region),
    topicOf: (severity) => outputs[TOPICS[severity]],
    table: outputs.RouterTableName,
    router: outputs.RouterName,
    deadLetters: outputs.DeadLettersUrl,
  };
}
