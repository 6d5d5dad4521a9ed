/** What an RDS instance is made like, read from another one: for its copies, and what has to be changed on them. Asks nobody. */
import type { CreateDBInstanceReadReplicaMessage, DBInstance, ModifyDBInstanceMessage } from '@aws-sdk/client-rds';

type Changes = Partial<ModifyDBInstanceMessage>;

const securityGroups = ({ VpcSecurityGroups = [] }: DBInstance) =>
  VpcSecurityGroups.flatMap(({ VpcSecurityGroupId: id }) => (id ? [id] : [])).sort();
const parameterGroup = ({ DBParameterGroups = [] }: DBInstance) => DBParameterGroups[0]?.DBParameterGroupName;

/** One row is sent as a whole, since RDS wants its values together. */
const ROWS: readonly ((instance: DBInstance) => Changes)[] = [
  ({ DBInstanceClass }) => ({ DBInstanceClass }),
  ({ MultiAZ }) => ({ MultiAZ }),
  (instance) => ({ VpcSecurityGroupIds: securityGroups(instance) }),
  (instance) => ({ DBParameterGroupName: parameterGroup(instance) }),
  ({ BackupRetentionPeriod, PreferredBackupWindow }) => ({
    BackupRetentionPeriod,
    ...(BackupRetentionPeriod && { PreferredBackupWindow }),
  }),
  ({ PreferredMaintenanceWindow }) => ({ PreferredMaintenanceWindow }),
  ({ AutoMinorVersionUpgrade }) => ({ AutoMinorVersionUpgrade }),
  ({ DeletionProtection }) => ({ DeletionProtection }),
  ({ CopyTagsToSnapshot }) => ({ CopyTagsToSnapshot }),
  ({ MaxAllocatedStorage }) => ({ MaxAllocatedStorage }),
  ({ CACertificateIdentifier }) => ({ CACertificateIdentifier }),
  ({ IAMDatabaseAuthenticationEnabled: EnableIAMDatabaseAuthentication }) => ({ EnableIAMDatabaseAuthentication }),
  ({ MonitoringInterval, MonitoringRoleArn }) => ({ MonitoringInterval, MonitoringRoleArn }),
  ({ PerformanceInsightsEnabled: EnablePerformanceInsights, PerformanceInsightsKMSKeyId }) => ({
    EnablePerformanceInsights,
    PerformanceInsightsKMSKeyId,
  }),
];

/** What must be changed on `it` to be as `like`; nothing when it is. Logs aside: their groups bear the instance's name. */
export function changes(like: DBInstance, it: DBInstance): Changes | undefined {
  const differing = ROWS.map((row) => [row(like), row(it)] as const).filter(
    ([wanted, got]) =>
      Object.values(wanted).some((value) => value !== undefined) && JSON.stringify(wanted) !== JSON.stringify(got),
  );
  return differing.length > 0 ? Object.assign({}, ...differing.map(([wanted]) => wanted)) : undefined;
}

/** The same for the logs that it exports, once it has its lasting name. */
export function logChanges(like: DBInstance, it: DBInstance): Changes | undefined {
  const has = it.EnabledCloudwatchLogsExports ?? [];
  const EnableLogTypes = (like.EnabledCloudwatchLogsExports ?? []).filter((each) => !has.includes(each));
  return EnableLogTypes.length > 0 ? { CloudwatchLogsExportConfiguration: { EnableLogTypes } } : undefined;
}

/** What an instance can be given at its making, by a restore or as a replica; `changes` brings the rest. */
export function madeLike(like: DBInstance) {
  const { DBInstanceClass, AutoMinorVersionUpgrade, CopyTagsToSnapshot, StorageType, DeletionProtection } = like;
  return {
    DBInstanceClass,
    AutoMinorVersionUpgrade,
    CopyTagsToSnapshot,
    StorageType,
    DeletionProtection,
    MultiAZ: like.MultiAZ,
    Port: like.Endpoint?.Port ?? like.DbInstancePort,
    PubliclyAccessible: false,
    DBSubnetGroupName: like.DBSubnetGroup?.DBSubnetGroupName,
    VpcSecurityGroupIds: securityGroups(like),
    DBParameterGroupName: parameterGroup(like),
    CACertificateIdentifier: like.CACertificateIdentifier,
    EnableIAMDatabaseAuthentication: like.IAMDatabaseAuthenticationEnabled,
    Tags: (like.TagList ?? []).filter(({ Key }) => !Key?.startsWith('aws:')), // those are AWS's own, and refused
  };
}

/** A replica like `like`, which stood in `region`, of another source: by its name, or from another region by its ARN and with the key there. */
export function replicaLike(like: DBInstance, id: string, source: DBInstance): CreateDBInstanceReadReplicaMessage {
  const regionOf = ({ DBInstanceArn }: DBInstance) => DBInstanceArn?.split(':')[3];
  const isFar = regionOf(like) !== regionOf(source);
  return {
    ...madeLike(like),
    DBInstanceIdentifier: id,
    SourceDBInstanceIdentifier: isFar ? source.DBInstanceArn : source.DBInstanceIdentifier,
    ...(isFar && { SourceRegion: regionOf(source), KmsKeyId: like.KmsKeyId }), // the SDK signs for the source's region
    MaxAllocatedStorage: like.MaxAllocatedStorage,
    EnableCloudwatchLogsExports: like.EnabledCloudwatchLogsExports,
    MonitoringInterval: like.MonitoringInterval,
    MonitoringRoleArn: like.MonitoringRoleArn,
    EnablePerformanceInsights: like.PerformanceInsightsEnabled,
    PerformanceInsightsKMSKeyId: like.PerformanceInsightsKMSKeyId,
  };
}
