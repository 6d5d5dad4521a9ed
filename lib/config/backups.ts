/** Copies of the database beyond RDS's own: how they are locked and tried out. What is made of them: the Data and RecoveryBase stacks. */
import { z } from 'zod';
import type { Environment } from './environment';
import { type Rule, unless } from './rule';
import { whole } from './values';

/** Days that the vault keeps a daily copy: AWS's own controls ask for 35. */
export const vaultDays = ({ backupDays }: Environment['database']) => Math.max(35, backupDays);

/** Days that the second region keeps its copy of it. */
export const recoveryDays = ({ recovery }: Environment) => recovery?.backupDays ?? 35;

export const dumpSchema = z.strictObject({
  /** Days that a dump is kept, in each bucket, 1–36,500. About 0.025 USD a GB-month, and 0.02 USD a GB for the one sent to the second region. */
  days: whole(1, 36_500),
});

export type Dump = z.infer<typeof dumpSchema>;

export const vaultLockSchema = z.strictObject({
  /** Days for which nobody can delete a backup, 1–36,500; at most as long as both vaults keep backups. */
  minDays: whole(1, 36_500),
  /**
   * Days until the lock is final, 3–36,500. After that nobody can remove or shorten it, neither the account's root user nor AWS: each backup
   * stays, and is billed, until its days are over, and the vault can't be deleted before. This can't be undone. @default never: whoever
   * may call `backup:DeleteBackupVaultLockConfiguration` can remove it
   */
  coolingDays: whole(3, 36_500, 'AWS Backup waits for 72 hours at least').optional(),
});

export const BACKUP_RULES: readonly Rule[] = [
  (environment) => {
    const { database, recovery } = environment;
    if (!database.vaultLock) return [];
    const most = Math.min(vaultDays(database), recovery ? recoveryDays(environment) : Number.POSITIVE_INFINITY);
    const { minDays } = database.vaultLock;
    return [
      ...unless(database.retain, 'database.vaultLock', 'none without database.retain, which makes the vault', 'a lock'),
      ...unless(
        minDays <= most,
        'database.vaultLock.minDays',
        `at most ${most}, the days that a backup is kept`,
        minDays,
      ),
    ];
  },
];
