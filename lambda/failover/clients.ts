/** AWS as the failover speaks to it: clients of each region, kept between looks. A region that is gone costs a look seconds, not its time. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';

const PATIENCE = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 6000, throwOnRequestTimeout: true },
};

const made = (region: string) => ({
  rds: new RDSClient({ region, ...PATIENCE }),
  cloudWatch: new CloudWatchClient({ region, ...PATIENCE }),
  balancing: new ElasticLoadBalancingV2Client({ region, ...PATIENCE }),
  autoScaling: new AutoScalingClient({ region, ...PATIENCE }),
  machines: new SFNClient({ region, ...PATIENCE }),
  events: new EventBridgeClient({ region, ...PATIENCE }),
  s3: new S3Client({ region, ...PATIENCE }),
});

const kept = new Map<string, ReturnType<typeof made>>();

export function clientsOf(region: string): ReturnType<typeof made> {
  const clients = kept.get(region) ?? made(region);
  kept.set(region, clients);
  return clients;
}

interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether nobody answered, or only to say that the service is out of order. A refusal is an answer. */
export function isSilence(error: unknown): boolean {
  const { name, code, $metadata } = error as Failure;
  const status = $metadata?.httpStatusCode;
  return status === undefined ? name === 'TimeoutError' || /^E[A-Z_]+$/.test(code ?? '') : status >= 500;
}

/** @returns undefined where nobody answered */
export const unlessSilent = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error) => {
    if (isSilence(error)) return undefined;
    throw error;
  });
