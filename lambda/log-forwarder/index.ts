/** Takes what a log group's subscription hands over to an OpenSearch domain. Keeps nothing: what it can't deliver stays in CloudWatch. */
import { setTimeout as wait } from 'node:timers/promises';
import { sign } from 'aws4';
import { type Batch, bulkOf, decoded, outcomeOf } from './bulk';

/** Shared with the construct: a missing variable doesn't compile. */
export type ForwarderEnvironment = {
  /** `https://…` of the domain. */
  readonly ENDPOINT: string;
  /** What the names of its indices begin with. */
  readonly INDEX: string;
};

const TRIES = 4;
const FIRST_WAIT_MS = 200;
const PATIENCE_MS = 10_000;

const environment = () => process.env as unknown as ForwarderEnvironment;

/** OpenSearch's answer; undefined when it was too busy, or nobody there. */
async function post(body: string) {
  const url = new URL('/_bulk', environment().ENDPOINT);
  const asked = {
    method: 'POST',
    host: url.host,
    path: url.pathname,
    service: 'es',
    region: process.env.AWS_REGION,
    body,
  };
  const { headers } = sign({ ...asked, headers: { 'content-type': 'application/x-ndjson' } });
  const { host: _, 'Content-Length': __, ...rest } = { ...headers } as Record<string, string>;
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: rest,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => undefined);
  if (!answer || answer.status === 429 || answer.status >= 500) return undefined;
  if (!answer.ok)
    throw new Error(`OpenSearch: expected to be let in, got ${answer.status}; see the domain's access policy`);
  return (await answer.json()) as { items: Parameters<typeof outcomeOf>[0] };
}

/** Throws when some lines are left after the last try: Lambda asks again twice, then tells the topic. */
async function deliver(batch: Batch): Promise<void> {
  let left = bulkOf(batch, environment().INDEX);
  const refused: string[] = [];
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt === TRIES)
      throw new Error(`OpenSearch: expected ${left.length} lines to be taken, got no place for them`);
    if (attempt > 0) await wait(FIRST_WAIT_MS * 2 ** attempt);
    const answer = await post(left.join(''));
    if (!answer) continue;
    const outcome = outcomeOf(answer.items);
    refused.push(...outcome.refused);
    left = outcome.again.flatMap((place) => left[place] ?? []);
  }
  if (refused.length > 0)
    console.warn(JSON.stringify({ msg: 'lines refused', count: refused.length, why: [...new Set(refused)] }));
}

export async function handler({ awslogs }: { readonly awslogs: { readonly data: string } }): Promise<void> {
  const batch = decoded(awslogs.data);
  if (batch.messageType === 'DATA_MESSAGE') await deliver(batch);
}
