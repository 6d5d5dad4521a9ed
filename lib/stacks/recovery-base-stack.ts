/** What others refer to in the second region: a key, the copy of the site, and a vault for copies of the database. Comes first, and needs nothing of the primary region. */
import { ArnFormat, Duration, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { BackupVault, type IBackupVault } from 'aws-cdk-lib/aws-backup';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ReplicaRegion } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Vault } from '../../constructs/backup/vault';
import { SiteBucket } from '../../constructs/edge/site-bucket';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { PrivateBucket } from '../../constructs/storage/private-bucket';
import type { Environment } from '../config/environment';
import { dumpBucket } from './dumps-stack';

export interface RecoveryBaseStackProps extends StackProps {
  readonly config: Environment;
}

export class RecoveryBaseStack extends Stack {
  readonly site: IBucket;
  /** Where dumps are made. */
  readonly dumps?: IBucket;
  /** Where data is retained. A stack that names it comes later, and has to say so. */
  readonly vault?: IBackupVault;
  /** Of the secrets that are copied here. */
  readonly encryptionKey: IKey;
  /** Where and with which key, for who makes a secret in another region. */
  readonly secretCopies: ReplicaRegion;

  constructor(scope: Construct, id: string, { config, ...props }: RecoveryBaseStackProps) {
    super(scope, id, props);
    const { retain, vaultLock, dump } = config.database;
    // of the logs here; of copies of the database too, which AWS encrypts with a key of their own region
    const encryptionKey = new EncryptionKey(this, 'Key', {
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    }).allowLogs();
    this.encryptionKey = encryptionKey;
    const keyArn = Stack.consumeReference(encryptionKey.keyArn, ReferenceStrength.WEAK);
    this.secretCopies = { region: this.region, encryptionKey: Key.fromKeyArn(this, 'CopiesKey', keyArn) };
    const accessLogs = new PrivateBucket(this, 'AccessLogs', {
      expiration: Duration.days(config.retention.accessLogDays),
      oldVersions: Duration.days(1),
      retain,
    });
    const site = new SiteBucket(this, 'Site', { accessLogs, retain });
    site.allowDistributions();
    this.site = site;
    this.dumps = dump && dumpBucket(this, dump, config, encryptionKey);
    if (retain) {
      new Vault(this, 'BackupVault', { encryptionKey, lock: vaultLock });
      const arn = this.formatArn({
        service: 'backup',
        resource: 'backup-vault',
        resourceName: this.stackName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
      this.vault = BackupVault.fromBackupVaultArn(this, 'NamedVault', arn); // by its name: no reference across regions
    }
  }
}
