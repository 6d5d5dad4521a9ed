/** What a restore takes of what RDS lists for a database that is gone. */
import { sourcesOf } from '../../../lib/commands/restore/sources';

it('takes of RDS what is retained of that name, and available snapshots as of when they were first made', () => {
  const [EarliestTime, LatestTime, later] = [
    '2026-11-15T01:00:00Z',
    '2026-11-29T11:30:00Z',
    '2026-11-29T12:00:00Z',
  ].map((each) => new Date(each)) as [Date, Date, Date];
  const kept = {
    DBInstanceIdentifier: 'shop',
    Status: 'retained',
    DbiResourceId: 'db-1',
    RestoreWindow: { EarliestTime, LatestTime },
  };
  const made = {
    DBSnapshotIdentifier: 'copied',
    Status: 'available',
    OriginalSnapshotCreateTime: EarliestTime,
    SnapshotCreateTime: later,
  };
  expect(
    sourcesOf(
      'shop',
      [
        kept,
        { ...kept, Status: 'active' },
        { ...kept, DBInstanceIdentifier: 'shop-before' },
        { ...kept, RestoreWindow: {} },
      ],
      [made, { ...made, Status: 'creating' }],
    ),
  ).toEqual([
    { kind: 'backups', id: 'db-1', from: EarliestTime, until: LatestTime },
    { kind: 'snapshot', id: 'copied', from: EarliestTime, until: EarliestTime },
  ]);
});
