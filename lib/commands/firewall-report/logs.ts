/** Lines of an environment's firewalls from CloudWatch Logs, where both stand: at the edge, and at the balancer where visitors may come. */
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { ConfigError } from '../../config/config-error';
import { EDGE_REGION } from '../../config/edge-region';
import type { Environment } from '../../config/environment';

/** More lines than this are a file's business, exported by CloudWatch. */
const MOST_LINES = 200_000;

/** WAF demands the beginning; the stack's name follows without hyphens, then the firewall's. */
const prefix = (name: string) => `aws-waf-logs-Holdfast${name.replaceAll('-', '')}`;
const STACK = /^(Edge|Backend)[A-Z]/; // not another environment, whose name only begins like this one's

async function* linesIn(region: string, name: string, since: number): AsyncGenerator<string> {
  const client = new CloudWatchLogsClient({ region });
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: prefix(name) }))
    for (const { logGroupName = '' } of logGroups.filter((group) =>
      STACK.test(group.logGroupName?.slice(prefix(name).length) ?? ''),
    ))
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime: since }))
        for (const { message } of events) if (message) yield message;
}

/** @param since Milliseconds since 1970. Throws a ConfigError without credentials, or when there are too many. */
export async function loggedLines({ name, region }: Environment, since: number): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for (const place of new Set([EDGE_REGION, region]))
      for await (const line of linesIn(place, name, since)) {
        if (found.push(line) > MOST_LINES)
          throw new ConfigError(
            `--since: expected at most ${MOST_LINES} lines, got more; take a shorter time, or export the log and use --file`,
          );
      }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { name: kind, message } = error as Error;
    throw new ConfigError(
      `logs: expected to read those of ${name}, got ${kind}: ${message}; see AWS_PROFILE, or use --file`,
    );
  }
  return found;
}
