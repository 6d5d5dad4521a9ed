/** What a rotation asks of Secrets Manager: versions of one secret, and the labels on them. Knows no content. */
import { AwsError, ask, type Caller, ownCaller } from '../aws';

export interface Vault {
  /** Labels of each version by its id; a version that is about to come has its label before its value. */
  labels(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Undefined as long as it has none. */
  read(version: string): Promise<string | undefined>;
  /** Adds a version labelled AWSPENDING. */
  add(version: string, value: string): Promise<void>;
  /** Moves AWSCURRENT. */
  makeCurrent(version: string, instead: string): Promise<void>;
  /** Ids of all that is still there, those without a label too; the newest first. */
  history(): Promise<readonly string[]>;
}

interface Listed {
  readonly Versions?: readonly { readonly VersionId: string; readonly CreatedDate: number }[];
}

export function vaultOf(SecretId: string, caller: Caller = ownCaller()): Vault {
  const say = <T>(operation: string, input: object = {}) =>
    ask<T>(caller, 'secretsmanager', operation, { SecretId, ...input });
  return {
    labels: async () =>
      (await say<{ VersionIdsToStages?: Record<string, string[]> }>('DescribeSecret')).VersionIdsToStages ?? {},
    read: async (VersionId) => {
      try {
        return (await say<{ SecretString?: string }>('GetSecretValue', { VersionId })).SecretString;
      } catch (error) {
        if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    },
    add: (ClientRequestToken, SecretString) =>
      say('PutSecretValue', { ClientRequestToken, SecretString, VersionStages: ['AWSPENDING'] }),
    makeCurrent: (MoveToVersionId, RemoveFromVersionId) =>
      say('UpdateSecretVersionStage', { VersionStage: 'AWSCURRENT', MoveToVersionId, RemoveFromVersionId }),
    history: async () => {
      const { Versions = [] } = await say<Listed>('ListSecretVersionIds', { IncludeDeprecated: true, MaxResults: 100 });
      return [...Versions].sort((a, b) => b.CreatedDate - a.CreatedDate).map(({ VersionId }) => VersionId);
    },
  };
}
