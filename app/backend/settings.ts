/** What the process is told by its environment, checked before anything starts. Not the defaults of the fleet: those are in lib/config. */
import type { Place } from './redis/clients';
import { type Forms, fault, parts, variables as readBy, refuse, type Variables } from './variables';

export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** A secret that signs tokens, with the name that its tokens carry. */
export interface Key {
  readonly id: string;
  readonly secret: string;
}

export interface Settings {
  readonly port: number;
  readonly redis: Place;
  /** Where session reads go when the primary doesn't answer. */
  readonly redisReader: Place | undefined;
  /** A login waits until a replica knows it. */
  readonly waitForReplica: boolean;
  readonly databaseUrl: string;
  readonly databaseReplicaUrls: readonly string[];
  readonly poolSize: number;
  /** Newest first: the newest signs, all are accepted. */
  readonly sessionSecrets: readonly string[];
  readonly tokenKeys: readonly [Key, ...Key[]];
  /** How many proxies in front are believed. */
  readonly trustedProxies: number;
  readonly migrate: boolean;
  /** Milliseconds between failing readiness and closing the listener. */
  readonly drainMs: number;
  /** For each client; undefined for none. */
  readonly rateLimit: RateLimit | undefined;
  /** From which level on lines are written, in pino's words. */
  readonly logLevel: string;
  /** Name on the business's figures. */
  readonly environment: string;
  /** SQS queue of the jobs; without one they stay in the database. */
  readonly queueUrl: string | undefined;
  /** Sites besides our own whose pages may call us, such as 'https://admin.example.com'. */
  readonly corsOrigins: readonly string[];
  /** Share of the requests that are traced, and where spans go over OTLP; undefined for none. */
  readonly tracing: { readonly rate: number; readonly url: string } | undefined;
  /** Of an error tracker that speaks Sentry's protocol; empty for none. */
  readonly errorDsn: string;
}

const SECRET = '[^,:\\s]{32,}';
const list = (item: string) => new RegExp(`^${item}(,${item})*$`);
const NODE = '[^,\\s/]+(/\\d+)?';
const REDIS = `rediss?://${NODE}`;
const POSTGRES = 'postgres(ql)?://[^,\\s]+';

const FORMS: Forms = {
  PORT: [/^([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/, 'a port'],
  REDIS_URL: [
    new RegExp(`^${REDIS}(,(rediss?://)?${NODE})*$`),
    'redis://… or rediss://…; of several sentinels or nodes separated by commas',
  ],
  REDIS_READER_URL: [new RegExp(`^(${REDIS})?$`), 'redis://… or rediss://…', ''],
  REDIS_MODE: [/^(single|sentinel|cluster)$/, 'single, sentinel or cluster', 'single'],
  REDIS_SENTINEL_MASTER: [/^\S*$/, 'the name that the sentinels know', ''],
  SESSION_WAIT_REPLICAS: [/^[01]?$/, '0 or 1', ''],
  DATABASE_URL: [new RegExp(`^${POSTGRES}$`), 'postgresql://…'],
  DATABASE_REPLICA_URLS: [new RegExp(`^(${POSTGRES}(,${POSTGRES})*)?$`), 'postgresql://…, separated by commas', ''],
  DATABASE_POOL: [/^[1-9]\d{0,3}$/, 'a number of connections', '20'],
  SESSION_SECRET: [list(SECRET), 'secrets of 32 characters or more, separated by commas'],
  JWT_SECRET: [
    new RegExp(`^(${SECRET}|[\\w-]+:${SECRET}(,[\\w-]+:${SECRET})*)$`),
    'a secret of 32 characters or more, or kid:secret,…',
  ],
  NODE_ENV: [/^\w*$/, 'a word', ''],
  TRUST_PROXY: [/^(true|false|\d)?$/, 'the number of proxies in front', '0'],
  MIGRATE: [/^[01]?$/, '0 or 1', '0'],
  DRAIN_MS: [/^\d{1,4}$/, 'milliseconds, below 10000', '3000'],
  RATE_LIMIT: [/^(off|[1-9]\d*\/[1-9]\d*)$/, 'requests/seconds, such as 100/900, or off', '100/900'],
  LOG_LEVEL: [/^(error|warn|info|debug|silent)$/, 'error, warn, info, debug or silent', 'info'],
  ENVIRONMENT: [/^[\w-]+$/, 'a word', 'local'],
  QUEUE_URL: [/^(https?:\/\/\S+)?$/, "a queue's https://…", ''],
  CORS_ORIGINS: [/^(https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)?$/, 'origins such as https://a.example, by commas', ''],
  TRACE_RATE: [/^(0|1|0?\.\d{1,6})$/, 'a share between 0 and 1', '0'],
  TRACE_URL: [/^https?:\/\/[^\s,]+$/, 'http://… of an OTLP receiver', 'http://127.0.0.1:4318/v1/traces'],
  ERROR_DSN: [/^(https?:\/\/\w+@[^\s/]+\/(\S+\/)?\d+)?$/, 'https://KEY@HOST/PROJECT', ''],
};

const withScheme = (address: string, scheme: string) => (address.includes('://') ? address : scheme + address);
const isUrl = (address: string) => URL.canParse(withScheme(address, 'redis://'));

const keys = (value: string): readonly Key[] =>
  parts(value).map((part) => {
    const [id = '', secret = id] = part.split(':');
    return { id: secret === id ? 'default' : id, secret };
  });

/** Addresses separated by commas: the scheme and access of the first are those of all. */
function place(value: string, mode: Place['mode'], sentinelMaster: string): Place {
  const [first = '', ...others] = parts(value);
  const scheme = first.match(/^rediss?:\/\//)?.[0] ?? 'redis://';
  const urls = [first, ...others].map((each) => withScheme(each, scheme));
  return { mode, urls, ...(sentinelMaster && { sentinelMaster }) };
}

/** Throws one Error with one line that names every variable which is missing or malformed; never prints a value. */
export function settings(variables: Variables): Settings {
  const { read, faults } = readBy(FORMS, variables);
  for (const [name, form] of Object.entries(FORMS))
    if (/_URLS?$/.test(name) && form[0].test(read(name)) && !parts(read(name)).every(isUrl))
      faults.push(fault(name, form, variables));
  if (read('RATE_LIMIT') === 'off' && read('NODE_ENV') === 'production')
    faults.push('RATE_LIMIT (expected requests/seconds in production, got off)');
  if (read('REDIS_MODE') === 'sentinel' && !read('REDIS_SENTINEL_MASTER'))
    faults.push('REDIS_SENTINEL_MASTER (expected the name that the sentinels know, got nothing)');
  const tokenKeys = keys(read('JWT_SECRET'));
  if (new Set(tokenKeys.map(({ id }) => id)).size < tokenKeys.length)
    faults.push('JWT_SECRET (expected a kid of its own for each secret, got one twice)');
  refuse(faults);

  const mode = read('REDIS_MODE') as Place['mode'];
  const redis = place(read('REDIS_URL'), mode, read('REDIS_SENTINEL_MASTER'));
  const reader = mode === 'single' ? read('REDIS_READER_URL') : read('REDIS_URL');
  const hasReader = reader !== '' && (mode !== 'single' || reader !== read('REDIS_URL'));
  const [requests, seconds] = read('RATE_LIMIT').split('/').map(Number);
  const trust = read('TRUST_PROXY');
  return {
    port: Number(read('PORT')),
    redis,
    redisReader: hasReader ? { ...redis, ...(mode === 'single' && place(reader, mode, '')) } : undefined,
    waitForReplica: read('SESSION_WAIT_REPLICAS') === '' ? hasReader : read('SESSION_WAIT_REPLICAS') === '1',
    databaseUrl: read('DATABASE_URL'),
    databaseReplicaUrls: parts(read('DATABASE_REPLICA_URLS')),
    poolSize: Number(read('DATABASE_POOL')),
    sessionSecrets: parts(read('SESSION_SECRET')),
    tokenKeys: tokenKeys as [Key, ...Key[]],
    trustedProxies: trust === 'true' ? 1 : Number(trust === 'false' ? 0 : trust),
    migrate: read('MIGRATE') === '1',
    drainMs: Number(read('DRAIN_MS')),
    rateLimit: requests && seconds ? { requests, seconds } : undefined,
    environment: read('ENVIRONMENT'),
    queueUrl: read('QUEUE_URL') || undefined,
    logLevel: read('LOG_LEVEL'),
    corsOrigins: parts(read('CORS_ORIGINS')),
    tracing: Number(read('TRACE_RATE')) > 0 ? { rate: Number(read('TRACE_RATE')), url: read('TRACE_URL') } : undefined,
    errorDsn: read('ERROR_DSN'),
  };
}
