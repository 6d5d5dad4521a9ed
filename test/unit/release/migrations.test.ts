/** What a release's new migrations may do while old code still runs, and when they may do more. */
import { migrationFaults, tooOld } from '../../../lib/commands/release/migrations';

const LIVE = new Map([
  ['0001_users.sql', 'create table users (id bigint primary key, email text not null, age bigint);'],
]);
const faults = (sql: string, name = '0002_new.sql') =>
  migrationFaults(new Map([...LIVE, [name, sql]]), LIVE, ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']);

describe('a new migration', () => {
  it.each([
    'alter table users add column name text;',
    "alter table users add column name text not null default '';",
    'create table orders (id bigint primary key, person bigint references users (id)); create index o on orders (person);',
    'alter table users add constraint adult check (age > 17) not valid;',
    "comment on column users.age is 'do not drop column';",
    "-- alter table users drop column age;\ninsert into users values (1, 'a@b', 20);",
    'do $$ begin create role maker; drop role maker; end $$;', // a role keeps no data
    'create function f() returns trigger as $$ begin return new; end $$ language plpgsql;',
  ])('may: %s', (sql) => {
    expect(faults(sql)).toEqual([]);
  });

  it.each([
    'alter table users drop column age;',
    'alter table users rename column age to years;',
    'alter table users rename to people;',
    'drop table users;',
    'alter table users alter column age type text;',
    'alter table users add column name text not null;',
    'alter table users alter column age set not null;',
    'alter table users alter column age drop default;',
    'drop view adults;',
    'truncate users;',
    "alter type colour rename value 'red' to 'rot';",
    'do $$ begin alter table users drop column age; end $$;',
    '-- squawk-ignore ban-drop-column\nalter table users drop column age;',
  ])('breaks old code by: %s', (sql) => {
    expect(faults(sql)).toEqual([expect.stringMatching(/^0002_new\.sql:\d: .*'-- contract: since RELEASE, why'/)]);
  });

  it.each([
    'create index users_age on users (age);',
    'drop index users_age;',
    'alter table users add constraint adult check (age > 17);',
    'alter table users add constraint once unique (email);',
    'alter table users add column boss bigint references users (id);',
  ])('makes old code wait by: %s', (sql) => {
    expect(faults(sql)).toEqual([expect.stringMatching(/^0002_new\.sql:1: .*say why nobody waits for it/)]);
    expect(faults(`-- locks: a thousand rows\n${sql}`)).toEqual([]);
  });

  it.each(['create index concurrently users_age on users (age);', 'create tabel x ();'])('can never: %s', (sql) => {
    expect(faults(`-- locks: none\n${sql}`).join()).toContain('all migrations of a release run in one transaction');
  });

  it('may change what another of the same release makes', () => {
    const two = new Map([
      ...LIVE,
      ['0002_a.sql', 'create table a (id bigint);'],
      ['0003_b.sql', 'create index b on a (id);'],
    ]);
    expect(migrationFaults(two, LIVE, [])).toEqual([]);
  });

  it('may take away what no code uses since a release that was live, and no other', () => {
    const sql = 'alter table users drop column age;';
    expect(faults(`-- contract: since aaaaaaaaaaaa, ages are in profiles\n${sql}`)).toEqual([]);
    expect(faults(`-- contract: since cccccccccccc, ages are in profiles\n${sql}`)).toHaveLength(1);
    expect(faults(`-- contract: since aaaaaaaaaaaa\n${sql}`)).toHaveLength(1);
  });
});

it('a migration that the live release ran may not change', () => {
  expect(migrationFaults(new Map([['0001_users.sql', 'select 1;']]), LIVE, [])).toEqual([
    expect.stringMatching(/^0001_users\.sql: expected it as the live release ran it/),
  ]);
});

describe('a release from before a contraction', () => {
  const live = new Map([
    ...LIVE,
    ['0002_drop.sql', '-- contract: since bbb, unused\nalter table users drop column age;'],
  ]);
  const history = ['aaa', 'bbb', 'ccc'];

  it('may not come back where its code may use what is gone', () => {
    expect(tooOld(live, LIVE, history, 'aaa')).toBe(
      'aaa: expected a release from bbb on, got an older one, which may use what 0002_drop.sql took away',
    );
    expect(tooOld(live, LIVE, history, 'unknown')).toContain('expected a release from bbb on');
  });

  it('may where it does not', () => {
    expect(tooOld(live, LIVE, history, 'bbb')).toBeUndefined();
    expect(tooOld(LIVE, LIVE, history, 'aaa')).toBeUndefined();
  });
});
