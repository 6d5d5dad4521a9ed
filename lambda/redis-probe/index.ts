/** Once a minute: what ElastiCache doesn't publish of a store, such as lag in bytes and slow commands. Reads no key. */
import { run } from '../probe/handler';
import { cacheToken } from '../probe/token';
import { redisMeter } from './measure';
import { downUnlessRefused, METRICS } from './reading';

export interface Environment {
  readonly ENVIRONMENT: string;
  /** `host:port` of the primary or of the cluster's configuration. */
  readonly ADDRESS: string;
  /** Of the replication group: what the token is for. */
  readonly CACHE: string;
  readonly CACHE_USER: string;
  /** '1' everywhere but beside a server without it. */
  readonly TLS: string;
}

const variables = process.env as unknown as Environment;
const [host = '', port] = variables.ADDRESS.split(':');

const measure = redisMeter({
  host,
  port: Number(port),
  user: variables.CACHE_USER,
  password: () =>
    cacheToken(variables.CACHE, variables.CACHE_USER, {
      region: process.env.AWS_REGION ?? '',
      variables: process.env,
    }),
  tls: variables.TLS === '1',
});

export const handler = () =>
  run({
    metrics: METRICS,
    identity: { Environment: variables.ENVIRONMENT, Probe: 'redis' },
    measure,
    failed: downUnlessRefused,
  });
