/** Each kind of event: its rule hears of a documented sample, and what people read of it. */
import { EVENT_KINDS, type EventKind, patternOf } from '../../../../lambda/alert-router/parse/event-kinds';
import { observed } from '../../../../lambda/alert-router/parse/message';
import { envelope, NOON, TOPICS } from '../../../support/alerts';
import * as aws from '../../../support/aws-events';
import { matchesPattern } from '../../../support/event-pattern';

type Name = keyof typeof EVENT_KINDS;
const kinds: readonly (readonly [string, EventKind])[] = Object.entries(EVENT_KINDS);
const heardBy = (event: object, environment = 'shop') =>
  kinds.flatMap(([name, kind]) => (matchesPattern(patternOf(kind, environment), { ...event }) ? [name] : []));
const read = (event: object, kind: Name) => {
  const { severity } = EVENT_KINDS[kind];
  const observation = observed(envelope(event, severity), TOPICS, NOON);
  if (!observation) throw new Error(`event: expected an observation of ${kind}, got none`);
  return observation;
};

const FAILOVER = 'Holdfast-shop-failover';
const SAMPLES: readonly (readonly [Name, object, 'firing' | 'ok' | 'notice', RegExp])[] = [
  ['DatabaseFailover', aws.rdsEvent('failover', 'A Multi-AZ failover has completed.'), 'notice', /primary: A Multi-AZ/],
  ['DatabaseFailover', aws.rdsEvent('low storage', 'Allocated storage is used up.'), 'notice', /storage is used up/],
  ['DatabaseFailover', aws.rdsEvent('failure', 'The instance has failed.'), 'notice', /has failed/],
  ['DatabaseMaintenance', aws.rdsEvent('maintenance', 'Applying offline patches.'), 'notice', /offline patches/],
  ['FleetRefreshFailed', aws.refreshEvent('Failed'), 'firing', /of Holdfast-shop-Backend-\S+ could not be replaced/],
  ['FleetRefreshFailed', aws.refreshEvent('Rollback Failed'), 'firing', /could not be replaced/],
  ['FleetRefreshFailed', aws.refreshEvent('Succeeded'), 'ok', /./],
  ['FleetRefresh', aws.refreshEvent('Succeeded'), 'ok', /./],
  ['FleetRefresh', aws.refreshEvent('Rollback Failed'), 'ok', /./],
  ['FleetRefresh', aws.refreshEvent('Started'), 'firing', /are being replaced/],
  ['FleetRefresh', aws.refreshEvent('Failed'), 'ok', /./],
  ['FleetRefresh', aws.refreshEvent('Cancelled'), 'ok', /./],
  ['FleetRefresh', aws.refreshEvent('Rollback Succeeded'), 'ok', /./],
  ['LaunchFailed', aws.launchEvent('Unsuccessful'), 'firing', /no Spot capacity/],
  ['LaunchFailed', aws.launchEvent('Successful'), 'ok', /./],
  [
    'CertificateExpires',
    aws.certificateEvent('Approaching Expiration', { DaysToExpiry: 31 }),
    'firing',
    /of example.com .* in 31 days/,
  ],
  ['CertificateExpires', aws.certificateEvent('Expired'), 'firing', /example.com/],
  ['CertificateExpires', aws.certificateEvent('Renewal Action Required'), 'firing', /example.com/],
  ['CertificateExpires', aws.certificateEvent('Available'), 'ok', /./],
  ['BackupFailed', aws.backupEvent('Backup', 'FAILED'), 'notice', /RDS backup FAILED: Access denied/],
  ['BackupFailed', aws.backupEvent('Backup', 'ABORTED'), 'notice', /ABORTED/],
  ['BackupFailed', aws.backupEvent('Backup', 'EXPIRED'), 'notice', /EXPIRED/],
  ['BackupFailed', aws.backupEvent('Copy', 'FAILED'), 'notice', /FAILED/],
  ['RestoreTestFailed', aws.restoreEvent('FAILED'), 'notice', /could not be restored: FAILED The DB instance class/],
  ['HealthIssue', aws.healthEvent('issue', 'open'), 'firing', /OPERATIONAL_ISSUE: Some requests fail/],
  ['HealthIssue', aws.healthEvent('issue', 'closed'), 'ok', /./],
  ['HealthChange', aws.healthEvent('scheduledChange', 'upcoming'), 'notice', /Some requests fail/],
  ['DeploymentFailed', aws.stackEvent('UPDATE_ROLLBACK_COMPLETE'), 'firing', /^Holdfast-shop-Backend: UPDATE_ROLLBACK/],
  ['DeploymentFailed', aws.stackEvent('CREATE_FAILED'), 'firing', /A resource failed/],
  ['DeploymentFailed', aws.stackEvent('UPDATE_COMPLETE'), 'ok', /./],
  ['Deployment', aws.stackEvent('UPDATE_COMPLETE'), 'notice', /^Holdfast-shop-Backend: UPDATE_COMPLETE/],
  ['ToolDeployment', aws.toolEvent('Deployment'), 'notice', /Release 1.2.3/],
  [
    'RolloutStopped',
    aws.executionEvent('FAILED', 'ThrottlingException'),
    'notice',
    /FAILED\. ThrottlingException Rate/,
  ],
  ['RolloutStopped', aws.executionEvent('FAILED', 'Stuck'), 'notice', /rollout-1: FAILED\. Stuck/],
  ['RolloutStopped', aws.executionEvent('ABORTED'), 'notice', /rollout-1: ABORTED/],
  ['FailoverStopped', aws.executionEvent('FAILED', 'Stuck', FAILOVER), 'notice', /FAILED\. Stuck/],
  ['FailoverStopped', aws.executionEvent('FAILED', 'States.Timeout', FAILOVER), 'notice', /States\.Timeout/],
  ['FailoverStopped', aws.executionEvent('TIMED_OUT', null, FAILOVER), 'notice', /TIMED_OUT/],
  ['FailoverStopped', aws.executionEvent('ABORTED', null, FAILOVER), 'notice', /ABORTED/],
  ['Maintenance', aws.toolEvent('Maintenance Started'), 'firing', /./],
  ['Maintenance', aws.toolEvent('Maintenance Ended'), 'ok', /./],
];

it.each(SAMPLES)('%s hears of a documented event and reads it (%#)', (name, event, state, summary) => {
  expect(heardBy(event)).toContain(name);
  const { severity, runbook, title }: EventKind = EVENT_KINDS[name];
  expect(read(event, name)).toMatchObject({
    state,
    severity,
    title,
    at: NOON,
    region: 'eu-west-1',
    summary: expect.stringMatching(summary),
    runbook: runbook && `docs/runbooks/${runbook}.md`,
  });
});

it('has a sample of every kind, under each of its types', () => {
  const heard = SAMPLES.map(([name, event]) => `${name}: ${(event as { 'detail-type': string })['detail-type']}`);
  const all = kinds.flatMap(([name, { types }]) => Object.keys(types).map((type) => `${name}: ${type}`));
  expect([...new Set(heard)].sort()).toEqual(all.sort());
});

it.each([
  ['a backup that was made', aws.backupEvent('Backup', 'COMPLETED')],
  ['a backup that could be restored', aws.restoreEvent('COMPLETED')],
  ['a snapshot of the database', aws.rdsEvent('backup', 'Finished DB Instance backup')],
  ['a stack that begins', aws.stackEvent('UPDATE_IN_PROGRESS')],
  ['a checkpoint of a refresh', aws.refreshEvent('Checkpoint Reached')],
  ['a failover that was refused before it began', aws.executionEvent('FAILED', 'Refused', FAILOVER)],
  ['a failover that is done', aws.executionEvent('SUCCEEDED', null, FAILOVER)],
])('nobody hears of %s', (_, event) => {
  expect(heardBy(event)).toEqual([]);
});

it.each([
  ['database', aws.rdsEvent('failover', 'A failover', 'holdfast-other-data-primary')],
  ['backup', aws.backupEvent('Backup', 'FAILED', 'holdfast-other-data-primary')],
  ['restore test', aws.restoreEvent('FAILED', 'other')],
  ['fleet', aws.refreshEvent('Failed', 'Holdfast-other-Backend-Servers')],
  ['stack', aws.stackEvent('UPDATE_ROLLBACK_COMPLETE', 'Holdfast-other-Backend')],
  ['failover', aws.executionEvent('FAILED', 'Stuck', 'Holdfast-other-failover')],
  ['tool', aws.toolEvent('Deployment', 'other')],
])("nobody hears of another environment's %s", (_, event) => {
  expect(heardBy(event)).toEqual([]);
  expect(heardBy(event, 'other')).not.toEqual([]);
});

it.each([
  ['HealthIssue', aws.healthEvent('issue', 'open', '1'), aws.healthEvent('issue', 'closed', '2')],
  ['FleetRefreshFailed', aws.refreshEvent('Failed'), aws.refreshEvent('Succeeded')],
  ['LaunchFailed', aws.launchEvent('Unsuccessful'), aws.launchEvent('Successful')],
  ['CertificateExpires', aws.certificateEvent('Expired'), aws.certificateEvent('Available')],
  ['DeploymentFailed', aws.stackEvent('UPDATE_ROLLBACK_COMPLETE'), aws.stackEvent('UPDATE_COMPLETE')],
] as const)('%s ends by the key that it began with', (name, begin, end) => {
  expect(read(end, name).key).toBe(read(begin, name).key);
});

it('keeps two failovers apart, and knows the same message again', () => {
  const first = aws.rdsEvent('failover', 'A failover');
  expect(read({ ...first, id: 'event-2' }, 'DatabaseFailover').key).not.toBe(read(first, 'DatabaseFailover').key);
  expect(read({ ...first }, 'DatabaseFailover').key).toBe(read(first, 'DatabaseFailover').key);
});

it('knows each kind by source, type and severity alone, as the router does', () => {
  const known = kinds.flatMap(([, { source, types, severity }]) =>
    Object.keys(types).map((type) => `${source} ${type} ${severity}`),
  );
  expect(known.filter((each, index) => known.indexOf(each) !== index)).toEqual([]);
});
