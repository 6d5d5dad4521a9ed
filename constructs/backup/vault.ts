/** A vault of AWS Backup that outlives its stack, and may be locked. Not what is put into it, or when. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BackupVault } from 'aws-cdk-lib/aws-backup';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface VaultProps {
  /** Of what is in it; in another region that region's own. */
  readonly encryptionKey: IKey;
  /** @default its backups may be deleted by whoever has the right */
  readonly lock?: VaultLock;
}

export interface VaultLock {
  /** No backup is deleted before; one that is to be kept for less is refused. */
  readonly minDays: number;
  /** Days until the lock can't be taken off any more, by nobody, 3 or more. @default whoever has the right may take it off */
  readonly coolingDays?: number;
}

export class Vault extends BackupVault {
  constructor(scope: Construct, id: string, { encryptionKey, lock }: VaultProps) {
    super(scope, id, {
      backupVaultName: Stack.of(scope).stackName, // CDK's own is the same in every environment
      encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, // but not when the first deployment fails: the name would be taken
      lockConfiguration: lock && {
        minRetention: Duration.days(lock.minDays),
        changeableFor: lock.coolingDays === undefined ? undefined : Duration.days(lock.coolingDays),
      },
    });
  }
}
