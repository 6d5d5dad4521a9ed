/** Calls of AWS by hand: the SDK costs 100 ms of a cold start and 30 MB. Knows how services are spoken to, and no more of them. */
import { sign } from 'aws4';
import { isPassing, patiently, post, Refused } from './http';

const MS = 3000;
/** Of all tries. */
const PATIENCE_MS = 9000;

/** Of services that speak JSON: the prefix of their operations, and the version of their protocol. */
const JSON_SERVICES = {
  dynamodb: ['DynamoDB_20120810', '1.0'],
  secretsmanager: ['secretsmanager', '1.1'],
  sqs: ['AmazonSQS', '1.0'],
} as const;

export interface Caller {
  readonly region: string;
  /** Instead of AWS. */
  readonly endpoint?: string;
  /** Asked for each call, since what a role has expires. */
  readonly credentials: () => { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

export class AwsError extends Refused {
  constructor(
    readonly code: string,
    message: string,
    passing: boolean,
  ) {
    super(`${code}: ${message}`, passing);
  }
}

/** As Lambda sets it up. */
export const ownCaller = ({ AWS_REGION = '', AWS_ENDPOINT_URL } = process.env): Caller => ({
  region: AWS_REGION,
  endpoint: AWS_ENDPOINT_URL,
  credentials: () => {
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env;
    return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
  },
});

async function called(
  caller: Caller,
  service: string,
  headers: Record<string, string>,
  body: string,
  path = '/',
): Promise<string> {
  const { region } = caller;
  const origin = caller.endpoint ?? `https://${service}.${region}.amazonaws.com`;
  const { host } = new URL(origin);
  const once = async () => {
    const signed = sign(
      { service, region, host, method: 'POST', path, headers: { ...headers }, body },
      caller.credentials(),
    );
    const answer = await post(`${origin}${path}`, signed.headers ?? {}, body, MS);
    if (answer.status < 300) return answer.body;
    const code = /"__type"\s*:\s*"(?:[^"#]*#)?(\w+)"|<Code>(\w+)</.exec(answer.body);
    const name = code?.[1] ?? code?.[2] ?? `HTTP ${answer.status}`;
    throw new AwsError(
      name,
      answer.body.slice(0, 300),
      isPassing(answer.status) || /Throttl|TooMany|Exceeded/.test(name),
    );
  };
  return patiently(once, Date.now() + PATIENCE_MS, 100);
}

/** An operation of a service that speaks JSON; throws an AwsError with its code. */
export async function ask<T>(
  caller: Caller,
  service: keyof typeof JSON_SERVICES,
  operation: string,
  input: unknown,
): Promise<T> {
  const [prefix, version] = JSON_SERVICES[service];
  const headers = {
    'content-type': `application/x-amz-json-${version}`,
    'x-amz-target': `${prefix}.${operation}`,
  };
  return JSON.parse((await called(caller, service, headers, JSON.stringify(input))) || '{}') as T;
}

export interface Publication {
  readonly topicArn: string;
  /** ASCII, at most 100 characters. @default none */
  readonly subject?: string;
  readonly message: string;
  /** Texts, or lists of them. */
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
}

/** An operation of a service that speaks forms and XML; returns the XML. */
export const query = (caller: Caller, service: 'sns' | 'elasticache' | 'rds', form: Readonly<Record<string, string>>) =>
  called(
    caller,
    service,
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams(form).toString(),
  );

/** To a topic. */
export async function publish(caller: Caller, { topicArn, subject, message, attributes = {} }: Publication) {
  const form: Record<string, string> = {
    Action: 'Publish',
    Version: '2010-03-31',
    TopicArn: topicArn,
    Message: message,
  };
  if (subject) form.Subject = subject;
  Object.entries(attributes).forEach(([name, value], index) => {
    const entry = `MessageAttributes.entry.${index + 1}`;
    form[`${entry}.Name`] = name;
    form[`${entry}.Value.DataType`] = typeof value === 'string' ? 'String' : 'String.Array';
    form[`${entry}.Value.StringValue`] = typeof value === 'string' ? value : JSON.stringify(value);
  });
  await query(caller, 'sns', form);
}

/** Has a function called later, as topics do. */
export const invoke = (caller: Caller, name: string, input: unknown) =>
  called(
    caller,
    'lambda',
    { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
    JSON.stringify(input),
    `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
  );
