/** Where every server writes to, whatever it does: one log group without persons in it, its saved queries, and OpenSearch where the environment has one. */
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { EncryptionKey } from '../../constructs/security/encryption-key';
import { Logs } from '../../constructs/storage/logs';
import { OpenSearchDelivery } from '../../constructs/storage/open-search-delivery';
import { personalData } from '../../constructs/storage/personal-data';
import { SavedQueries } from '../../constructs/storage/saved-queries';
import type { Environment } from '../config/environment';
import { QUERIES, queryFolder } from '../logs/queries';

interface Given {
  readonly config: Environment;
  readonly logKey: EncryptionKey;
  /** Hears of lines that never came to OpenSearch. */
  readonly failures: ITopic;
}

export function serverLogs(stack: Construct, { config, logKey, failures }: Given): Logs {
  const logRetention = config.retention.logDays as RetentionDays;
  const dataProtectionPolicy = personalData({ addresses: true });
  const logGroup = new Logs(stack, 'Logs', { logRetention, logKey, dataProtectionPolicy });
  const logGroups = [logGroup];
  const { openSearch } = config.logs ?? {};
  if (openSearch) {
    const index = `holdfast-${config.name}`;
    new OpenSearchDelivery(stack, 'OpenSearch', { ...openSearch, index, logGroups, logRetention, logKey, failures });
  }
  new SavedQueries(stack, 'Queries', { folder: queryFolder(config), queries: QUERIES.servers, logGroups });
  return logGroup;
}
