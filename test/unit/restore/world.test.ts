/** What RDS is asked for by a restore, word for word. RDS is a server of the test that knows nothing. */
import { text } from 'node:stream/consumers';
import { rdsWorld } from '../../../lib/commands/restore/world';
import { insteadOfAws } from '../../support/aws-api';

let asked = new URLSearchParams();
const all: URLSearchParams[] = [];
insteadOfAws(async (request, answer) => {
  asked = new URLSearchParams(await text(request));
  all.push(asked);
  if (!asked.has('DBSnapshotIdentifier')) answer.end(`<${asked.get('Action')}Response/>`);
  else answer.writeHead(404).end('<ErrorResponse><Error><Code>DBSnapshotNotFound</Code></Error></ErrorResponse>');
});

it.each([
  ['awsbackup:job-1', 'awsbackup'],
  ['rds:holdfast-prod-data-primary-2026-11-28-03-10', 'automated'],
  ['by-hand', null],
])('asks for the snapshot %s by its kind, %s, without which RDS does not find it', async (id, kind) => {
  expect(await rdsWorld().snapshot('eu-west-1', id)).toBeUndefined();
  expect([asked.get('DBSnapshotIdentifier'), asked.get('SnapshotType')]).toEqual([id, kind]);
});

it('asks for all automated backups, since RDS knows those of a deleted instance by no name, and for snapshots of both kinds', async () => {
  all.length = 0;
  expect(await rdsWorld().sources({ region: 'eu-west-1', id: 'shop' })).toEqual([]);
  expect(all.map((words) => ['Action', 'DBInstanceIdentifier', 'SnapshotType'].map((name) => words.get(name)))).toEqual(
    [
      ['DescribeDBInstanceAutomatedBackups', null, null],
      ['DescribeDBSnapshots', 'shop', 'manual'],
      ['DescribeDBSnapshots', 'shop', 'awsbackup'],
    ],
  );
});
