/** Watches the jobs that copy into a backup vault: those that fail, and whether any succeeds. Makes no copy. */
import { Duration } from 'aws-cdk-lib';
import type { IBackupVault } from 'aws-cdk-lib/aws-backup';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { signal } from './signal';

export class BackupJobs {
  readonly #vault: IBackupVault;

  constructor(vault: IBackupVault) {
    this.#vault = vault;
  }

  get signals() {
    const metric = (metricName: string) =>
      new Metric({
        namespace: 'AWS/Backup',
        metricName,
        statistic: 'Sum',
        period: Duration.hours(1),
        dimensionsMap: { BackupVaultName: this.#vault.backupVaultName },
      });
    return {
      backupsFailed: signal('count', metric('NumberOfBackupJobsFailed')),
      backupsExpired: signal('count', metric('NumberOfBackupJobsExpired')),
      backupsCompleted: signal('count', metric('NumberOfBackupJobsCompleted')),
    };
  }
}
