/** RDS instances as a test plays them: what one is like, in which region. */
import type { DBInstance } from '@aws-sdk/client-rds';

export const NOW = Date.parse('2026-11-29T12:00:00Z');

/** Of those below, what RDS gives a restored or copied one by its own defaults unless it is told. */
export const TOLD = [
  'MultiAZ',
  'MonitoringInterval',
  'PreferredMaintenanceWindow',
  'DeletionProtection',
  'EnabledCloudwatchLogsExports',
  'KmsKeyId',
] as const;

export const SETTINGS: DBInstance = {
  DBInstanceClass: 'db.r7g.large',
  Engine: 'postgres',
  EngineVersion: '18.2',
  MasterUsername: 'holdfast',
  DBName: 'app',
  AllocatedStorage: 100,
  MaxAllocatedStorage: 300,
  MultiAZ: true,
  BackupRetentionPeriod: 14,
  PreferredBackupWindow: '01:00-02:00',
  PreferredMaintenanceWindow: 'sun:06:00-sun:07:00',
  AutoMinorVersionUpgrade: true,
  DeletionProtection: true,
  CopyTagsToSnapshot: true,
  StorageType: 'gp3',
  CACertificateIdentifier: 'rds-ca-rsa2048-g1',
  IAMDatabaseAuthenticationEnabled: true,
  MonitoringInterval: 60,
  MonitoringRoleArn: 'arn:aws:iam::123456789012:role/monitoring',
  PerformanceInsightsEnabled: true,
  PerformanceInsightsKMSKeyId: 'key-1',
  EnabledCloudwatchLogsExports: ['postgresql', 'upgrade'],
  DBSubnetGroup: { DBSubnetGroupName: 'subnets' },
  DBParameterGroups: [{ DBParameterGroupName: 'parameters' }],
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
  KmsKeyId: 'key-1',
  InstanceCreateTime: new Date('2026-01-01T00:00:00Z'),
  LatestRestorableTime: new Date(NOW - 5 * 60_000),
  TagList: [
    { Key: 'project', Value: 'holdfast' },
    { Key: 'aws:cloudformation:stack-name', Value: 'Holdfast-prod-Data' },
  ],
};
/** What is another in the second region. */
export const FAR: DBInstance = { DBSubnetGroup: { DBSubnetGroupName: 'far' }, KmsKeyId: 'far-key', MultiAZ: false };
/** What RDS gives an instance that nobody asked for more. */
export const BARE: DBInstance = {
  MonitoringInterval: 0,
  PerformanceInsightsEnabled: false,
  PreferredMaintenanceWindow: 'mon:03:00-mon:03:30',
  EnabledCloudwatchLogsExports: [],
};

/** What of an input an instance shows under the same name. */
export const plain = ({
  MultiAZ,
  DBInstanceClass,
  DeletionProtection,
  MonitoringInterval,
  MonitoringRoleArn,
  EnableCloudwatchLogsExports,
  EnablePerformanceInsights,
}: {
  MultiAZ?: boolean;
  DBInstanceClass?: string;
  DeletionProtection?: boolean;
  MonitoringInterval?: number;
  MonitoringRoleArn?: string;
  EnableCloudwatchLogsExports?: string[];
  EnablePerformanceInsights?: boolean;
}): DBInstance => ({
  MultiAZ,
  DBInstanceClass,
  DeletionProtection,
  ...(MonitoringInterval && { MonitoringInterval, MonitoringRoleArn }),
  ...(EnableCloudwatchLogsExports && { EnabledCloudwatchLogsExports: EnableCloudwatchLogsExports }),
  ...(EnablePerformanceInsights && { PerformanceInsightsEnabled: true }),
});
