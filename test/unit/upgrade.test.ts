/** What `npm run upgrade` does next and refuses, from what RDS and ElastiCache show. */
import { decideCancel, decideStart, decideSwitch, type Seen } from '../../lib/commands/upgrade/decide';
import { upgradeOptions } from '../../lib/commands/upgrade/options';
import { decideStore, type SeenStore } from '../../lib/commands/upgrade/sessions';

const GROUP = { DBParameterGroupName: 'parameters', ParameterApplyStatus: 'in-sync' };
const LOGICAL = { ParameterName: 'rds.logical_replication', ParameterValue: '1' };
const SSL = { ParameterName: 'rds.force_ssl', ParameterValue: '1' };
const ONE = {
  DBInstanceStatus: 'available',
  EngineVersion: '18.2',
  BackupRetentionPeriod: 14,
  DBParameterGroups: [GROUP],
};
const primary = { ...ONE, DBInstanceIdentifier: 'db', DBInstanceArn: 'arn:db' };
const target = (EngineVersion: string, IsMajorVersionUpgrade = true) => ({ EngineVersion, IsMajorVersionUpgrade });
const SEEN: Seen = {
  primary,
  replicas: [{ ...ONE, DBInstanceIdentifier: 'db-replica1' }],
  standby: undefined,
  targets: [target('18.3', false), target('19.1'), target('19.2'), target('20.0')],
  usual: '19.1',
  parameters: [LOGICAL, SSL],
  group: true,
  deployment: undefined,
  copies: [],
  ringing: [],
};
const deployed = (Status: string, task = 'COMPLETED'): Seen => ({
  ...SEEN,
  ...(Status === 'SWITCHOVER_COMPLETED' && { primary: { ...primary, EngineVersion: '19.2' } }),
  deployment: {
    BlueGreenDeploymentName: 'db-upgrade',
    BlueGreenDeploymentIdentifier: 'bgd-1',
    Status,
    Tasks: [{ Name: 'CREATING_READ_REPLICA_OF_SOURCE', Status: task }],
  },
});

describe('a new major version of the database', () => {
  it.each<[string, Partial<Seen>, object]>([
    ['logical replication first', { parameters: [SSL] }, { kind: 'logical', group: 'parameters' }],
    [
      'then a parameter group of its family, with what is set in the old one',
      { group: false },
      { kind: 'group', name: 'db-postgres19', family: 'postgres19', parameters: [LOGICAL, SSL] },
    ],
    [
      'then a copy, of the minor version that a template gets',
      {},
      { kind: 'copy', arn: 'arn:db', version: '19.1', group: 'db-postgres19' },
    ],
    [
      'of the newest where that is none that RDS upgrades it to',
      { usual: '19.0' },
      { kind: 'copy', arn: 'arn:db', version: '19.2', group: 'db-postgres19' },
    ],
  ])('gets %s', (_, more, action) => {
    expect(decideStart({ ...SEEN, ...more }, '19')).toEqual({ kind: 'act', actions: [action] });
  });

  it('restarts what has not taken the parameter yet one at a time, the primary last, so that somebody answers', () => {
    const waits = { DBParameterGroups: [{ ...GROUP, ParameterApplyStatus: 'pending-reboot' }] };
    const [replica = {}] = SEEN.replicas;
    const restarted = (seen: Seen) => decideStart(seen, '19');
    const both = { ...SEEN, primary: { ...primary, ...waits }, replicas: [{ ...replica, ...waits }] };
    expect(restarted(both)).toEqual({ kind: 'act', actions: [{ kind: 'restart', id: 'db-replica1' }] });
    expect(restarted({ ...both, replicas: [replica] })).toEqual({
      kind: 'act',
      actions: [{ kind: 'restart', id: 'db' }],
    });
  });

  it.each<[string, Partial<Seen>]>([
    ['a restart', { primary: { ...primary, DBInstanceStatus: 'rebooting' } }],
    [
      'a replica that is changed',
      { replicas: [{ ...ONE, DBInstanceIdentifier: 'db', DBInstanceStatus: 'modifying' }] },
    ],
    [
      'a parameter that is on its way',
      { primary: { ...primary, DBParameterGroups: [{ ...GROUP, ParameterApplyStatus: 'applying' }] } },
    ],
  ])('waits for %s, and begins nothing meanwhile', (_, more) => {
    expect(decideStart({ ...SEEN, ...more }, '19')).toEqual({ kind: 'wait', what: expect.stringMatching(/^db /) });
  });

  it('says all that stands in the way at once, and begins nothing', () => {
    const seen = {
      ...SEEN,
      parameters: [],
      primary: { ...primary, BackupRetentionPeriod: 0, DBInstanceStatus: 'stopped', MasterUserSecret: {} },
      standby: { DBInstanceIdentifier: 'far' },
    };
    expect(decideStart(seen, '17')).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(
        /^--to: expected 19 or 20, which RDS upgrades 18.2 to, got 17\ndb: expected backups.*\ndb: expected a password of our own.*\nfar: expected no replica in another region.*\ndb: expected it to be available, got stopped;.*$/,
      ),
    });
  });

  it.each<[string, object]>([
    ['PROVISIONING', { kind: 'wait', what: 'CREATING_READ_REPLICA_OF_SOURCE COMPLETED' }],
    ['AVAILABLE', { kind: 'done', how: 'copied' }],
    ['SWITCHOVER_COMPLETED', { kind: 'done', how: 'switched' }],
    [
      'INVALID_CONFIGURATION',
      { kind: 'refused', reason: expect.stringContaining('the database is as it was: --cancel') },
    ],
  ])('with a copy that is %s, the command goes on from there', (status, decision) => {
    expect(decideStart(deployed(status), '19')).toEqual(decision);
  });

  it.each<[string, Seen]>([
    ['has switched', deployed('SWITCHOVER_COMPLETED')],
    ['still follows', { ...deployed('AVAILABLE'), copies: [{ EngineVersion: '19.2' }] }],
  ])('is not taken for the one that is asked for while an earlier one to 19 %s', (_, seen) => {
    const decision = { kind: 'refused', reason: expect.stringMatching(/^--to: expected 19,.*got 20; .*--cancel/) };
    expect([decideStart(seen, '20'), decideSwitch(seen, '20', false)]).toEqual([decision, decision]);
  });

  it.each(['PROVISIONING', 'INVALID_CONFIGURATION'])(
    'says nothing by its version while it is %s: it may have the old one',
    (status) => {
      const seen = { ...deployed(status), copies: [{ EngineVersion: '18.2' }] };
      for (const decision of [decideStart(seen, '19'), decideSwitch(seen, '19', false)])
        expect(JSON.stringify(decision)).not.toContain('--to');
    },
  );

  it('is left alone where it is there', () => {
    expect(decideStart({ ...SEEN, primary: { ...primary, EngineVersion: '19.2' } }, '19')).toEqual({
      kind: 'done',
      how: 'is that version',
    });
  });
});

describe('the switch', () => {
  it.each<[string, string, object]>([
    ['waits for a copy that RDS still changes', 'modifying', { kind: 'wait', what: 'db-green modifying' }],
    [
      'waits for none that only a person mends',
      'storage-full',
      { kind: 'refused', reason: expect.stringContaining('db-green: expected it to be available, got storage-full') },
    ],
  ])('%s, though RDS calls the deployment available', (_, DBInstanceStatus, decision) => {
    const copies = [{ DBInstanceIdentifier: 'db-green', EngineVersion: '19.2', DBInstanceStatus }];
    expect(decideSwitch({ ...deployed('AVAILABLE'), copies }, '19', false)).toEqual(decision);
  });

  const ACTS = { kind: 'act', actions: [{ kind: 'switch', deployment: 'bgd-1' }] };
  it.each<[string, Seen, boolean, object]>([
    ['comes to a copy that is whole', deployed('AVAILABLE'), false, ACTS],
    [
      'is refused without a copy',
      SEEN,
      false,
      { kind: 'refused', reason: expect.stringContaining('expected a copy that follows, got none') },
    ],
    [
      'is refused while the copy lacks something',
      deployed('AVAILABLE', 'IN_PROGRESS'),
      false,
      { kind: 'refused', reason: expect.stringContaining('expected the copy to be whole') },
    ],
    [
      'is refused while an alarm rings',
      { ...deployed('AVAILABLE'), ringing: ['ReplicaLagHigh'] },
      false,
      { kind: 'refused', reason: expect.stringContaining('got ReplicaLagHigh') },
    ],
    ['comes although an alarm rings, forced', { ...deployed('AVAILABLE'), ringing: ['ReplicaLagHigh'] }, true, ACTS],
    ['is waited for', deployed('SWITCHOVER_IN_PROGRESS'), false, { kind: 'wait', what: expect.anything() }],
    ['is done once', deployed('SWITCHOVER_COMPLETED'), false, { kind: 'done', how: 'switched' }],
  ])('%s', (_, seen, force, decision) => {
    expect(decideSwitch(seen, '19', force)).toEqual(decision);
  });
});

it('a switch that RDS gave up is not begun again by itself, since each holds writes up', () => {
  expect(decideSwitch(deployed('AVAILABLE'), '19', false, true)).toEqual({
    kind: 'refused',
    reason: expect.stringContaining('got all as it was'),
  });
  const { deployment } = deployed('AVAILABLE');
  const told = { ...SEEN, deployment: { ...deployment, StatusDetails: 'external replication' } };
  expect(decideSwitch(told, '19', false, true)).toMatchObject({
    reason: expect.stringContaining('as it was: external replication;'),
  });
  expect(decideSwitch(deployed('SWITCHOVER_IN_PROGRESS'), '19', false, true)).toMatchObject({ kind: 'wait' });
});

it.each([
  ['AVAILABLE', true],
  ['SWITCHOVER_FAILED', true],
  ['SWITCHOVER_COMPLETED', false],
])('a cancelled upgrade that is %s takes the copy along: %s', (status, withCopy) => {
  expect(decideCancel(deployed(status))).toEqual({
    kind: 'act',
    actions: [{ kind: 'cancel', deployment: 'bgd-1', withCopy }],
  });
});

it('a cancelled upgrade first lifts the protection that the copies have from the database', () => {
  const copies = [{ DBInstanceIdentifier: 'db-green-1', DeletionProtection: true }, { DBInstanceIdentifier: 'other' }];
  expect(decideCancel({ ...deployed('AVAILABLE'), copies })).toEqual({
    kind: 'act',
    actions: [{ kind: 'unprotect', id: 'db-green-1' }],
  });
});

describe('a version of the session store', () => {
  const version = (EngineVersion: string, CacheParameterGroupFamily: string) => ({
    EngineVersion,
    CacheParameterGroupFamily,
  });
  const STORE: SeenStore = {
    group: {
      ReplicationGroupId: 'store',
      Status: 'available',
      AutomaticFailover: 'enabled',
      SnapshotRetentionLimit: 7,
    },
    node: { EngineVersion: '8.0.1' },
    versions: [
      version('7.2', 'valkey7'),
      version('8.0', 'valkey8'),
      version('8.2', 'valkey8'),
      version('9.0', 'valkey9'),
    ],
  };
  it.each<[string, Partial<SeenStore>, object]>([
    ['8.2', {}, { kind: 'act', actions: [{ group: 'store', to: '8.2' }] }],
    ['8.0', {}, { kind: 'done' }],
    ['8.2', { group: { ...STORE.group, Status: 'modifying' } }, { kind: 'wait', what: 'store modifying' }],
    ['8.9', {}, { kind: 'refused', reason: '--to: expected one of 7.2, 8.0, 8.2, 9.0, got 8.9' }],
    ['7.2', {}, { kind: 'refused', reason: expect.stringContaining('back is a new store from a snapshot') }],
    [
      '9.0',
      {},
      { kind: 'refused', reason: expect.stringContaining('set it in constructs/sessions/engines.ts and deploy') },
    ],
    [
      '8.2',
      { group: { ...STORE.group, AutomaticFailover: 'disabled' } },
      { kind: 'refused', reason: expect.stringContaining('a replica that takes over') },
    ],
    [
      '8.2',
      { group: { ...STORE.group, SnapshotRetentionLimit: 0 } },
      { kind: 'refused', reason: expect.stringContaining('set sessions.snapshotDays') },
    ],
  ])('%s with %j', (to, more, decision) => {
    expect(decideStore({ ...STORE, ...more }, to)).toEqual(decision);
  });
});

it.each([
  [[], 'upgrade: expected database or sessions, got none;'],
  [['site'], 'got site;'],
  [['database'], "--to: expected a major version, such as '19', got none;"],
  [['database', '--to', '19.2'], '--to: expected a major version'],
  [['sessions', '--to', '9'], "--to: expected a version, such as '8.2', got 9;"],
  [['sessions', '--to', '8.2', '--switch'], '--switch: expected it with database'],
  [['database', '--to', '19', '--force'], '--force: expected it with --switch'],
  [['database', '--to', '19', '--switch', '--cancel'], 'expected one of --switch and --cancel'],
])('refuses %j in one line with its usage', (words, what) => {
  expect(() => upgradeOptions(words)).toThrow(what);
  expect(() => upgradeOptions(words)).toThrow(/usage: npm run upgrade [^\n]*$/);
});
