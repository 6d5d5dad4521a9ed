/** What RDS's word for a database's status means to who needs the database: one table for failover, restore and upgrade. Asks nobody. */

/** All but 'stuck' end by themselves. A status that isn't listed is taken for 'passing'. */
type Meaning =
  /** It answers, and takes the changes that we make. */
  | 'well'
  /** It answers; RDS refuses some changes until it is over. */
  | 'busy'
  /** It may not answer, and may any moment. */
  | 'passing'
  | 'leaving'
  /** It answers nobody until a person mends it. */
  | 'stuck';

/** By status, or the family that it begins with: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status */
const STATUSES: Readonly<Record<string, Meaning>> = {
  available: 'well',
  'storage-optimization': 'well', // fully operational, for a day and longer; only its storage can't be changed
  'storage-initialization': 'well', // slower, while what a snapshot held comes from S3
  'backing-up': 'busy', // it can be neither promoted nor renamed; the first backup of a large one takes hours
  'configuring-enhanced-monitoring': 'busy', // this one and the next three leave the database itself alone
  'configuring-iam-database-auth': 'busy',
  'configuring-log-exports': 'busy',
  'resetting-master-credentials': 'busy',
  deleting: 'leaving',
  stopping: 'stuck', // it ends in stopped
  stopped: 'stuck', // RDS starts it after a week, which nobody waits for
  failed: 'stuck', // RDS can't recover it
  'storage-full': 'stuck',
  'restore-error': 'stuck',
  'insufficient-capacity': 'stuck', // it was never made
  'incompatible-': 'stuck', // parameters, network, restore: RDS can't start it, or reach it
  'inaccessible-': 'stuck', // its key is gone, or was until somebody starts it
  'delete-precheck': 'passing', // it may still write
  'storage-config-upgrade': 'passing', // the engine is down, says USER_PIOPS.UpgradeFileSystem.html beside that page
  // nor do these answer all the time
  creating: 'passing',
  maintenance: 'passing',
  modifying: 'passing',
  rebooting: 'passing',
  renaming: 'passing',
  starting: 'passing',
  upgrading: 'passing',
};

const meaningOf = (status: string): Meaning => STATUSES[status] ?? STATUSES[`${status.split('-')[0]}-`] ?? 'passing';

export const takesChanges = (status: string) => meaningOf(status) === 'well';
export const doesAnswer = (status: string) => takesChanges(status) || meaningOf(status) === 'busy';
/** Whether only a person brings it back. */
export const needsMending = (status: string) => meaningOf(status) === 'stuck';
/** Whether its name is soon nobody's. */
export const isLeaving = (status: string) => meaningOf(status) === 'leaving';
/** Whether it takes no writes now, and won't by itself. */
export const isDead = (status: string) => needsMending(status) || isLeaving(status);
