/** Faults of buckets in the emulated account, and questions to the tiers of the site. Only tests make a bucket fail. */
import { type Dispatcher, request } from 'undici';
import type { Cloud } from '../../lib/rehearsal/aws';

/** From now on CloudFront gets no file from these buckets, but 503; from others it does. */
export async function onlyFailing({ endpoint }: Cloud, all: readonly string[], failing: readonly string[]) {
  for (const bucket of all) {
    const method = failing.includes(bucket) ? 'PUT' : 'DELETE';
    await request(`${endpoint}/_holdfast/failing-buckets/${bucket}`, { method });
  }
}

export interface Said {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

/** Asks the account for a path as it is spelled here, under a name that leads to a distribution or a balancer. */
export async function askAs({ endpoint }: Cloud, host: string, path: string): Promise<Said> {
  const { statusCode, headers, body } = await request(`${endpoint}${path}`, { headers: { host } });
  return { status: statusCode, headers, text: await body.text() };
}
