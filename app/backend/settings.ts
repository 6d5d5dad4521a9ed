/** What the process is told by its environment, checked before anything starts. Not the defaults of the fleet: those are in lib/config. */

export interface Settings {
  readonly port: number;
  readonly redisUrl: string;
  /** Where session reads go when the primary doesn't answer. */
  readonly redisReaderUrl: string;
  readonly databaseUrl: string;
  readonly databaseReplicaUrls: readonly string[];
  /** Newest first: the newest signs, all are accepted. */
  readonly sessionSecrets: readonly string[];
  readonly production: boolean;
  /** Believe X-Forwarded-* of the proxy in front. */
  readonly trustProxy: boolean;
  readonly migrate: boolean;
  /** Time between failing readiness and closing the listener. */
  readonly drainMs: number;
  readonly poolSize: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Variable → the form it must have, as a pattern and in words. */
const REQUIRED = {
  PORT: [/^([1-9]\d{0,4})$/, 'a port'],
  REDIS_URL: [/^rediss?:\/\/\S+$/, 'redis://… or rediss://…'],
  DATABASE_URL: [/^postgres(ql)?:\/\/\S+$/, 'postgresql://…'],
  SESSION_SECRET: [/^[^,\s]{32,}(,[^,\s]{32,})*$/, 'secrets of 32 characters or more, separated by commas'],
} as const;

const list = (value: string | undefined) => (value ?? '').split(',').filter(Boolean);

/** Throws one Error with one line that names every variable which is missing or malformed; never prints a value. */
export function settings(variables: Variables): Settings {
  const faults = Object.entries(REQUIRED)
    .filter(([name, [pattern]]) => !pattern.test(variables[name] ?? ''))
    .map(([name, [, words]]) => `${name} (expected ${words}, got ${variables[name] ? 'something else' : 'nothing'})`);
  if (faults.length > 0) throw new Error(`The environment can't be used: ${faults.join('; ')}`);
  const { REDIS_URL = '', DATABASE_URL = '' } = variables;
  return {
    port: Number(variables.PORT),
    redisUrl: REDIS_URL,
    redisReaderUrl: variables.REDIS_READER_URL || REDIS_URL,
    databaseUrl: DATABASE_URL,
    databaseReplicaUrls: list(variables.DATABASE_REPLICA_URLS),
    sessionSecrets: list(variables.SESSION_SECRET),
    production: variables.NODE_ENV === 'production',
    trustProxy: Boolean(variables.TRUST_PROXY) && variables.TRUST_PROXY !== '0',
    migrate: variables.MIGRATE === '1',
    drainMs: Number(variables.DRAIN_MS ?? 3000),
    poolSize: Number(variables.DATABASE_POOL ?? 20),
  };
}
