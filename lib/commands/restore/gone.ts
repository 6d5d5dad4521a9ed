/** What a restore under the primary's own name does next, once the primary is gone: from what is seen. Asks nobody, does nothing. */
import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import { isLeaving } from '../../../lambda/failover/statuses';
import { begin, originOf, type RestoreDecision, unfit, type Wish } from './decide';
import type { Database } from './names';
import { type Choice, choose, type Source, sourcesOf } from './sources';
import { beforeOf, type Instances, key, nameTaken, settle, unready } from './swap';

export interface SeenGone {
  readonly instances: Instances;
  /** What each is to be like, as the templates say. */
  readonly likes: Instances;
  readonly sources: readonly Source[];
  /** The one that is wished for, if it exists. */
  readonly snapshot?: DBSnapshot;
}

/** On the restored one until all of it is done: by it a later call goes on. */
export const RESTORING = 'holdfast:restoring';

const restoring = (it: DBInstance | undefined) => it?.TagList?.find(({ Key }) => Key === RESTORING)?.Value;
const refused = (reason: string) => ({ kind: 'refused', reason }) as const;
export const isGoing = (it: DBInstance | undefined) => isLeaving(it?.DBInstanceStatus ?? '');

/** Whether the name is nobody's, soon nobody's, or of one that is being restored under it. */
export const isGone = (it: DBInstance | undefined) => !it || isGoing(it) || restoring(it) !== undefined;

/** Which source is taken, or why none is: a restore keeps the key, which the template has another word about. */
export function chosen(wish: Wish, { primary }: Database, { likes, sources, snapshot }: SeenGone): Choice | string {
  const why = wish.kind === 'snapshot' ? unfit(wish, primary, snapshot) : undefined;
  if (why) return why;
  const KmsKeyId = likes.get(key(primary))?.KmsKeyId;
  const offered = wish.kind === 'snapshot' ? sourcesOf(primary.id, [], snapshot ? [snapshot] : []) : sources;
  const fitting = offered.filter(({ encryptedWith }) => !KmsKeyId || encryptedWith === KmsKeyId);
  if (fitting.length > 0) return choose(wish, fitting);
  const [other] = offered;
  return other
    ? `${other.id}: expected it to be encrypted with ${KmsKeyId}, got ${other.encryptedWith ?? 'none'}; 'aws rds copy-db-snapshot --region ${primary.region} --kms-key-id ${KmsKeyId}' copies it`
    : `${primary.id}: expected retained backups or a snapshot to restore from, got none in ${primary.region}; a copy of the second region's vault comes back by 'aws backup start-copy-job', a dump by docs/upgrades.md#from-a-dump`;
}

export function decideGone(wish: Wish, database: Database, seen: SeenGone): RestoreDecision {
  const { primary, incoming, replicas } = database;
  const { instances, likes } = seen;
  const [it, like] = [instances.get(key(primary)), likes.get(key(primary))];
  if (!like) throw new Error(`${primary.id}: expected the template to say what it is like`);
  if (isGoing(it)) return { kind: 'wait', what: `${primary.id} deleting` };
  if (!it) {
    if (instances.has(key(incoming)) && instances.has(key(beforeOf(primary))))
      return refused(`${primary.id}: expected it to be gone, got a swap under way; go on with --swap`);
    const taken = replicas.find((place) => instances.has(key(place)) && instances.has(key(beforeOf(place))));
    if (taken) return nameTaken(beforeOf(taken));
    const choice = chosen(wish, database, seen);
    if (typeof choice === 'string') return refused(choice);
    const { source, time } = choice;
    const from =
      source.kind === 'snapshot'
        ? { DBSnapshotIdentifier: source.id }
        : {
            SourceDbiResourceId: source.id,
            ...(time < source.until ? { RestoreTime: time } : { UseLatestRestorableTime: true }),
          };
    return { kind: 'act', actions: [begin(primary, like, { Key: RESTORING, Value: originOf(wish) }, from)] };
  }
  const under = restoring(it);
  if (under !== originOf(wish))
    return refused(
      `${primary.id}: expected that name to be free, got a database${under ? ` that is being restored from ${under}; go on with that` : ' that somebody else made; rename or delete it first'}`,
    );
  return unready([primary], instances) ?? settle(database, instances, likes);
}
