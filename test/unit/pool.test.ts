/** The pool of PostgreSQL connections as the guide has it, from the environment to the driver's real Pool, which nobody answers here. */
import type { PoolConfig } from 'pg';
import { Database } from '../../app/backend/data/database';
import { settings } from '../../app/backend/settings';

const mockMade: { readonly config: PoolConfig; readonly listens: () => boolean }[] = [];

jest.mock('pg', () => {
  const real = jest.requireActual('pg');
  class Pool extends real.Pool {
    constructor(config: PoolConfig) {
      super(config);
      mockMade.push({ config, listens: () => (this as unknown as NodeJS.EventEmitter).listenerCount('error') > 0 });
    }
  }
  return { ...real, Pool };
});

const variables = {
  PORT: '8000',
  REDIS_URL: 'redis://127.0.0.1:1',
  DATABASE_URL: 'postgresql://app@127.0.0.1:1/app',
  DATABASE_REPLICA_URLS: 'postgresql://app@127.0.0.1:2/app,postgresql://app@127.0.0.1:3/app',
  SESSION_SECRET: 's'.repeat(32),
  JWT_SECRET: 's'.repeat(32),
};

const opened: Database[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

function pools(own: Readonly<Record<string, string>> = {}) {
  mockMade.length = 0;
  const { databaseUrl: url, databaseReplicaUrls: replicaUrls, poolSize } = settings({ ...variables, ...own });
  opened.push(new Database({ url, replicaUrls, poolSize, onError: () => undefined }));
  return [...mockMade];
}

it('there is one for the primary and one for each replica', () => {
  expect(pools().map(({ config }) => config.connectionString)).toEqual([
    variables.DATABASE_URL,
    ...variables.DATABASE_REPLICA_URLS.split(','),
  ]);
});

it.each([
  [{ DATABASE_POOL: '7' }, 7],
  [{}, 20],
])('%j lets each hold %i connections', (own, most) => {
  expect(pools(own).map(({ config }) => config.max)).toEqual([most, most, most]);
});

it('waits 5 s for a connection and closes one that idles for 30 s', () => {
  for (const { config } of pools()) {
    expect(config).toMatchObject({ connectionTimeoutMillis: 5000, idleTimeoutMillis: 30_000 });
  }
});

it('hears of a lost connection, which would end the process otherwise', () => {
  expect(pools().map(({ listens }) => listens())).toEqual([true, true, true]);
});
