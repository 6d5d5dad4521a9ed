import { lagOf, lsnOf } from '../../app/backend/data/lag';
import { clientOf } from '../../app/backend/http/rate-limit';
import { line } from '../../app/backend/metrics/business';
import { settings } from '../../app/backend/settings';

const SECRET = 's'.repeat(32);
const USUAL = {
  PORT: '8000',
  REDIS_URL: 'redis://redis:6379',
  DATABASE_URL: 'postgresql://a@database/app',
  SESSION_SECRET: SECRET,
  JWT_SECRET: SECRET,
};

describe('the environment of a backend', () => {
  it('has the guide’s defaults', () => {
    expect(settings(USUAL)).toMatchObject({
      poolSize: 20,
      rateLimit: { requests: 100, seconds: 900 },
      trustedProxies: 0,
      waitForReplica: false,
      tokenKeys: [{ id: 'default', secret: SECRET }],
    });
  });

  it('waits for a replica where there is one, unless told otherwise', () => {
    const reader = { ...USUAL, REDIS_READER_URL: 'redis://reader:6379' };
    expect(settings(reader).waitForReplica).toBe(true);
    expect(settings({ ...reader, SESSION_WAIT_REPLICAS: '0' }).waitForReplica).toBe(false);
    expect(settings({ ...USUAL, REDIS_READER_URL: USUAL.REDIS_URL }).redisReader).toBeUndefined();
  });

  it('takes several secrets and keys, newest first', () => {
    const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];
    expect(settings({ ...USUAL, SESSION_SECRET: `${b},${a}`, JWT_SECRET: `two:${b},one:${a}` })).toMatchObject({
      sessionSecrets: [b, a],
      tokenKeys: [
        { id: 'two', secret: b },
        { id: 'one', secret: a },
      ],
    });
  });

  it.each(['redis://one:1,two:2', 'redis://one:1,redis://two:2'])('takes the sentinels of %s', (REDIS_URL) => {
    const { redis, redisReader } = settings({
      ...USUAL,
      REDIS_URL,
      REDIS_MODE: 'sentinel',
      REDIS_SENTINEL_MASTER: 'sessions',
    });
    expect(redis).toEqual({
      mode: 'sentinel',
      urls: ['redis://one:1', 'redis://two:2'],
      sentinelMaster: 'sessions',
    });
    expect(redisReader).toEqual(redis);
  });

  it.each([
    ['PORT', '70000'],
    ['REDIS_URL', 'http://redis'],
    ['REDIS_URL', 'redis:6379'],
    ['REDIS_URL', 'redis://redis:99999'],
    ['REDIS_READER_URL', 'reader'],
    ['REDIS_MODE', 'ring'],
    ['DATABASE_URL', 'mysql://database'],
    ['DATABASE_URL', 'postgresql://database:99999/app'],
    ['DATABASE_POOL', '0'],
    ['SESSION_SECRET', 'short'],
    ['JWT_SECRET', `kid:${SECRET},${SECRET}`],
    ['JWT_SECRET', `kid:${SECRET},kid:${'t'.repeat(32)}`],
    ['RATE_LIMIT', '100'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['TRUST_PROXY', 'all'],
  ])('is refused with %s=%s', (name, value) => {
    expect(() => settings({ ...USUAL, [name]: value })).toThrow(`${name} (expected`);
  });

  it('may not switch the limit off in production', () => {
    expect(settings({ ...USUAL, RATE_LIMIT: 'off' }).rateLimit).toBeUndefined();
    expect(() => settings({ ...USUAL, RATE_LIMIT: 'off', NODE_ENV: 'production' })).toThrow('RATE_LIMIT');
  });
});

describe('a replica', () => {
  const seen = [
    { at: 1000, lsn: 10n },
    { at: 2000, lsn: 20n },
    { at: 3000, lsn: 20n },
  ];

  it.each([
    ['that has all', 20n, 0],
    ['that has more than was seen', 25n, 0],
    ['that lacks the last', 15n, 1500],
    ['that lacks everything', 5n, 2500],
  ])('%s is so far behind', (_, replayed, lag) => {
    expect(lagOf(replayed, seen, 3500)).toBe(lag);
  });

  it('tells its position in two halves', () => {
    expect(lsnOf('16/B374D848')).toBe(0x16b374d848n);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the client behind %s is %s', (ip, client) => {
  expect(clientOf({ ip })).toBe(client);
});

it('tells CloudWatch which of a line’s values are metrics, and leaves out what nobody knows', () => {
  const { _aws, ...values } = line(new Date(0), 'prod', { signUps: 2, orders: 3, cents: 2999 }, {});
  expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['Environment']]);
  expect(values).toEqual({ Environment: 'prod', SignUps: 2, Orders: 3, Revenue: 29.99 });
});
