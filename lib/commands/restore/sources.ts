/** What a database that isn't there any more can be restored from, and which of it a wish means. Asks nobody, restores nothing. */
import type { DBInstanceAutomatedBackup, DBSnapshot } from '@aws-sdk/client-rds';
import type { Wish } from './decide';

export interface Source {
  readonly kind: 'backups' | 'snapshot';
  /** Resource id of the instance that it was, or name of the snapshot. */
  readonly id: string;
  /** Any moment from here ... */
  readonly from: Date;
  /** ... to here; the same of a snapshot. */
  readonly until: Date;
  /** ARN of the key that it is encrypted with, which a restore keeps. @default none */
  readonly encryptedWith?: string;
}

/** A source, and the moment that comes back of it. */
export interface Choice {
  readonly source: Source;
  readonly time: Date;
}

/** Those that a restore takes, the backups that RDS retained first. @param id of the instance, as it was called when it went */
export function sourcesOf(
  id: string,
  backups: readonly DBInstanceAutomatedBackup[],
  snapshots: readonly DBSnapshot[],
): readonly Source[] {
  return [
    ...backups.flatMap(
      ({ DBInstanceIdentifier, Status, DbiResourceId, RestoreWindow, KmsKeyId: encryptedWith }): readonly Source[] => {
        const { EarliestTime: from, LatestTime: until } = RestoreWindow ?? {};
        return DBInstanceIdentifier === id && Status === 'retained' && DbiResourceId && from && until
          ? [{ kind: 'backups', id: DbiResourceId, from, until, encryptedWith }]
          : [];
      },
    ),
    ...snapshots.flatMap((snapshot): readonly Source[] => {
      const { DBSnapshotIdentifier, Status, KmsKeyId: encryptedWith } = snapshot;
      const at = snapshot.OriginalSnapshotCreateTime ?? snapshot.SnapshotCreateTime; // the first stays through copies
      return DBSnapshotIdentifier && Status === 'available' && at
        ? [{ kind: 'snapshot', id: DBSnapshotIdentifier, from: at, until: at, encryptedWith }]
        : [];
    }),
  ];
}

const at = (time: Date) => time.toISOString();

/** The newest moment that there is up to the one that is wished for. Otherwise why there is none. */
export function choose(wish: Wish, sources: readonly Source[]): Choice | string {
  const earliest = Math.min(...sources.map(({ from }) => from.getTime()));
  const newest = Math.max(...sources.map(({ until }) => until.getTime()));
  const wished = wish.kind === 'time' ? wish.time.getTime() : newest;
  const [choice] = sources
    .filter(({ from }) => from.getTime() <= wished)
    .map((source) => ({ source, time: new Date(Math.min(source.until.getTime(), wished)) }))
    .sort((a, b) => b.time.getTime() - a.time.getTime());
  return choice && wished <= newest
    ? choice
    : `--to: expected a time from ${at(new Date(earliest))} to ${at(new Date(newest))}, got ${at(new Date(wished))}; 'latest' is the newest that there is`;
}

export const sourceName = ({ kind, id }: Pick<Source, 'kind' | 'id'>) =>
  kind === 'backups' ? `the automated backups of ${id}` : `the snapshot ${id}`;

const SHOWN = 5;

/** Newest first. */
export function sourceList(sources: readonly Source[]): string {
  const newest = [...sources].sort((a, b) => b.until.getTime() - a.until.getTime());
  const shown = newest
    .slice(0, SHOWN)
    .map((source) =>
      source.kind === 'backups'
        ? `${sourceName(source)} from ${at(source.from)} to ${at(source.until)}`
        : `${sourceName(source)} of ${at(source.until)}`,
    );
  return [...shown, ...(newest.length > SHOWN ? [`${newest.length - SHOWN} older ones`] : [])].join('; ');
}
