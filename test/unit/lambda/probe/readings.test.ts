/** What probes conclude from counters: what grew, what began anew, and when the last run is too long ago. */
import * as postgres from '../../../../lambda/postgres-probe/reading';
import * as redis from '../../../../lambda/redis-probe/reading';

const MINUTE = 60_000;

describe('PostgreSQL', () => {
  const reading = (hits: number, reads: number, calls = 10, ms = 20_000): postgres.Reading => ({
    state: {
      in_recovery: false,
      most_connections: 100,
      connections: 50,
      size: '1000',
      hits: `${hits}`,
      reads: `${reads}`,
      deadlocks: '0',
      oldest_transaction: 0,
      lag: null,
      replicas: 0,
    },
    indexes: { by_index: '0', scans: '0', unused: 0 },
    statements: [{ id: '1', calls: `${calls}`, ms }],
  });
  const following = (last: postgres.Reading, now: postgres.Reading, gap = MINUTE) =>
    postgres.figuresOf(now, { at: 0, reading: last }, gap);

  it.each([
    ['the ratio of the last minute', reading(1_000_000, 0), reading(1_080_000, 20_000), MINUTE, 80],
    ['a restart as all that there is', reading(5_000_000, 50_000), reading(30_000, 10_000), MINUTE, 75],
    ['nothing of a few blocks', reading(0, 0), reading(900, 100), MINUTE, undefined],
    ['nothing when the last run is long ago', reading(0, 0), reading(99_000, 1000), 2 * MINUTE, undefined],
  ])('has its cache hit ratio tell %s', (_, last, now, gap, expected) => {
    expect(following(last, now, gap).CacheHit).toBe(expected);
  });

  it.each([
    ['runs that took longer than a second on average', reading(0, 0, 13, 26_000), 3],
    ['none of short runs, though the statement was slow once', reading(0, 0, 20, 20_100), 0],
    ['none when nothing ran', reading(0, 0), 0],
    ['all runs since its statistics were reset', reading(0, 0, 2, 4000), 2],
  ])('counts as slow %s', (_, now, expected) => {
    expect(following(reading(0, 0), now).SlowStatements).toBe(expected);
  });

  it.each([
    ['a refused password', { code: '28P01' }, {}],
    ['a user that is unknown', { code: '28000' }, {}],
    ['a right that is missing', { code: '42501' }, {}],
    ['a server that starts', { code: '57P03' }, { Up: 0 }],
    ['nobody there', { code: 'ECONNREFUSED' }, { Up: 0 }],
  ])('takes for down what is no fault of the probe alone: %s', (_, error, figures) => {
    expect(postgres.downUnlessRefused(error)).toEqual(figures);
  });
});

describe('Redis', () => {
  const node = (info: Readonly<Record<string, string>>, slow: readonly redis.Slow[] = []): redis.Reading => ({
    info: { run_id: 'a', role: 'master', keyspace_hits: '0', keyspace_misses: '0', ...info },
    slow,
  });
  const slow = (id: number, at: number, micros = 20_000) => ({ id, at, micros, command: 'KEYS' });
  const following = (last: redis.Reading, now: redis.Reading, gap = MINUTE) =>
    redis.figuresOf([now], redis.remember([last], 0), gap);

  it('tells the lag of the replica furthest behind', () => {
    const replica = (port: number, offset: number) => `ip=10.0.0.1,port=${port},state=online,offset=${offset},lag=0`;
    const primary = node({ master_repl_offset: '5000', slave0: replica(1, 5000), slave1: replica(2, 1200) });
    expect(redis.figuresOf([primary], undefined, 0)).toMatchObject({ LagBytes: 3800, Replicas: 2 });
  });

  it('tells no hit rate of a node that began anew', () => {
    expect(
      following(node({ keyspace_hits: '900' }), node({ run_id: 'b', keyspace_hits: '500' })).HitRate,
    ).toBeUndefined();
  });

  it.each([
    ['what came since the last run', [slow(4, 1), slow(5, 1)], MINUTE, 1],
    ['what came in the last minute, when the last run is long ago', [slow(5, 100), slow(6, 170)], 3 * MINUTE, 1],
    ['nothing of 10 ms or less', [slow(5, 1, 10_000)], MINUTE, 0],
  ])('counts as slow %s', (_, now, gap, expected) => {
    expect(following(node({}, [slow(4, 1)]), node({}, now), gap).SlowCommands).toBe(expected);
  });

  it('finds the nodes of a cluster in what one says, by address, with or without a name', () => {
    const answer = [
      'id1 10.0.16.5:6379@1122,a.cache.amazonaws.com myself,master - 0 0 1 connected 0-5460',
      'id2 10.0.16.6:6379@1122 slave id1 0 0 1 connected',
      'id3 :0@0 master,noaddr - 0 0 1 disconnected',
      'id4 10.0.16.7:6379@1122 master,fail - 0 0 1 disconnected', // failed over, and not yet forgotten
      '',
    ].join('\n');
    expect(redis.clusterNodes(answer)).toEqual([
      { host: '10.0.16.5', port: 6379, primary: true },
      { host: '10.0.16.6', port: 6379, primary: false },
      { host: '10.0.16.7', port: 6379, primary: false },
    ]);
  });
});
