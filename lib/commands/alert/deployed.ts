/** The router of a deployed environment, as its stack's outputs name it, and the caller's credentials. */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { type Caller, query } from '../../../lambda/alert-router/aws';
import type { Severity } from '../../../lambda/alert-router/environment';
import { ConfigError } from '../../config/config-error';
import { EDGE_REGION } from '../../config/edge-region';
import type { Environment } from '../../config/environment';

export interface Deployed {
  readonly caller: Caller;
  readonly topicOf: (severity: Severity) => string;
  readonly table: string;
  readonly router: string;
  readonly deadLetters: string;
}

const SIGN_IN = "sign in with 'aws sso login' or set AWS_PROFILE";

async function callerIn(region: string): Promise<Caller> {
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

const OUTPUT = /<OutputKey>([^<]+)<\/OutputKey>\s*<OutputValue>([^<]+)<\/OutputValue>/g;
const REVERSED = /<OutputValue>([^<]+)<\/OutputValue>\s*<OutputKey>([^<]+)<\/OutputKey>/g;

/** Throws a ConfigError where nothing is deployed, or no router. */
export async function deployed(config: Environment, region = config.region): Promise<Deployed> {
  const StackName = stackName(config, region);
  const caller = await callerIn(region);
  const answer = await query(caller, 'cloudformation', {
    Action: 'DescribeStacks',
    Version: '2010-05-15',
    StackName,
  }).catch(({ message }: Error) => {
    throw new ConfigError(`${StackName}: expected a deployed stack in ${region}, got ${message.slice(0, 200)}`);
  });
  const outputs = Object.fromEntries([
    ...[...answer.matchAll(OUTPUT)].map(([, key, value]) => [key, value]),
    ...[...answer.matchAll(REVERSED)].map(([, value, key]) => [key, value]),
  ]);
  const output = (name: string): string => {
    const value = outputs[name];
    if (!value)
      throw new ConfigError(
        `${StackName}: expected an output ${name}, got none; set alerts.channels in lib/config/${config.name}.ts and deploy`,
      );
    return value.replaceAll('&amp;', '&');
  };
  return {
    caller,
    topicOf: (severity) => output(`${severity[0]?.toUpperCase()}${severity.slice(1)}TopicArn`),
    table: output('RouterTableName'),
    router: output('RouterName'),
    deadLetters: output('DeadLettersUrl'),
  };
}
