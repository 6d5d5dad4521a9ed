/** What others refer to in the second region: a key, and the copy of the site. Comes first, and needs nothing of the primary region. */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { SiteBucket } from '../../constructs/edge/site-bucket';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { PrivateBucket } from '../../constructs/storage/private-bucket';
import type { Environment } from '../config/environment';

export interface RecoveryBaseStackProps extends StackProps {
  readonly config: Environment;
}

export class RecoveryBaseStack extends Stack {
  readonly site: IBucket;

  constructor(scope: Construct, id: string, { config, ...props }: RecoveryBaseStackProps) {
    super(scope, id, props);
    const { retain } = config.database;
    // of the logs here; of copies of the database too, which AWS encrypts with a key of their own region
    new EncryptionKey(this, 'Key', {
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    }).allowLogs();
    const accessLogs = new PrivateBucket(this, 'AccessLogs', {
      expiration: Duration.days(config.retention.accessLogDays),
      oldVersions: Duration.days(1),
      retain,
    });
    const site = new SiteBucket(this, 'Site', { accessLogs, retain });
    site.allowDistributions();
    this.site = site;
  }
}
