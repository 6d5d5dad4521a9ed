/** What production keeps, and how it comes back. */
import { Match } from 'aws-cdk-lib/assertions';
import { properties, stackTemplate } from '../support/stack';

const prod = stackTemplate('prod', 'Data');
const dev = stackTemplate('dev', 'Data');
const instances = Object.entries(prod.findResources('AWS::RDS::DBInstance'));
const isReplica = ({ Properties }: { Properties?: { SourceDBInstanceIdentifier?: unknown } }) =>
  Properties?.SourceDBInstanceIdentifier !== undefined;
const [primaryId, primary] = instances.find(([, instance]) => !isReplica(instance)) ?? [];
const replicas = instances.filter(([, instance]) => isReplica(instance)).map(([, { Properties }]) => Properties);

describe('the database', () => {
  it('stands in two zones, encrypted with its own key, and refuses its deletion', () => {
    expect(primary?.Properties).toMatchObject({
      MultiAZ: true,
      StorageEncrypted: true,
      KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
      DeletionProtection: true,
      BackupRetentionPeriod: 14,
    });
  });

  it('speaks TLS only, and tells of queries that take longer than a second', () => {
    prod.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Family: 'postgres18',
      Parameters: Match.objectLike({ 'rds.force_ssl': '1', log_min_duration_statement: '1000' }),
    });
  });

  it('names the major version only, so that no minor one is asked for that is no longer made', () => {
    expect(primary?.Properties.EngineVersion).toBe('18');
  });

  it('has two replicas that have its parameters and grow as it does', () => {
    expect(replicas).toHaveLength(2);
    const { DBParameterGroupName, MaxAllocatedStorage } = primary?.Properties ?? {};
    for (const replica of replicas) expect(replica).toMatchObject({ DBParameterGroupName, MaxAllocatedStorage });
  });

  it('makes its password at the deployment', () => {
    expect(JSON.stringify(primary?.Properties.MasterUserPassword)).toContain('{{resolve:secretsmanager:');
    prod.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: Match.objectLike({ SecretStringTemplate: '{"username":"holdfast"}' }),
    });
  });
});

describe('the copies of the database', () => {
  it('are made daily into a vault of their own, encrypted, and kept for at least 35 days', () => {
    prod.hasResourceProperties('AWS::Backup::BackupVault', { EncryptionKeyArn: Match.anyValue() });
    prod.hasResourceProperties('AWS::Backup::BackupPlan', {
      BackupPlan: {
        BackupPlanRule: [
          Match.objectLike({ ScheduleExpression: 'cron(0 3 * * ? *)', Lifecycle: { DeleteAfterDays: 35 } }),
        ],
      },
    });
  });

  it('are of the primary, by a role that AWS Backup may take', () => {
    const { Resources } = properties(prod, 'AWS::Backup::BackupSelection')[0].BackupSelection;
    expect(JSON.stringify(Resources)).toContain(`"Ref":"${primaryId}"`);
    prod.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [Match.objectLike({ Principal: { Service: 'backup.amazonaws.com' } })],
      }),
    });
  });

  it('begin outside the hours in which RDS refuses them', () => {
    const [rule] = properties(prod, 'AWS::Backup::BackupPlan')[0].BackupPlan.BackupPlanRule;
    const from = Number(/cron\(0 (\d+) /.exec(rule.ScheduleExpression)?.[1]);
    const until = from + rule.StartWindowMinutes / 60;
    const { PreferredBackupWindow, PreferredMaintenanceWindow } = primary?.Properties ?? {};
    const [backup, maintenance] = [PreferredBackupWindow, PreferredMaintenanceWindow].map((window: string) =>
      [...window.matchAll(/(\d\d):00/g)].map(([, hour]) => Number(hour)),
    );
    expect(from).toBeGreaterThanOrEqual(backup?.[1] ?? Number.NaN);
    expect(until).toBeLessThanOrEqual((maintenance?.[0] ?? Number.NaN) - 1);
  });

  it('are copied to the second region, into a vault with a key of its own that its stack leaves behind', () => {
    const [rule] = properties(prod, 'AWS::Backup::BackupPlan')[0].BackupPlan.BackupPlanRule;
    const [copy] = rule.CopyActions;
    expect(JSON.stringify(copy.DestinationBackupVaultArn)).toMatch(
      /backup:eu-central-1:.*:backup-vault:Holdfast-prod-RecoveryBase"/,
    );
    expect(copy.Lifecycle).toEqual({ DeleteAfterDays: 35 });
    stackTemplate('prod', 'RecoveryBase').hasResource('AWS::Backup::BackupVault', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        BackupVaultName: 'Holdfast-prod-RecoveryBase',
        EncryptionKeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
      },
    });
  });

  it('are restored once a month beside the database, where nobody meets the copy', () => {
    prod.hasResourceProperties('AWS::Backup::RestoreTestingPlan', {
      RestoreTestingPlanName: 'Holdfast_prod_Data',
      ScheduleExpression: 'cron(0 12 ? * SUN#1 *)',
    });
    const { RestoreMetadataOverrides: placed } = properties(prod, 'AWS::Backup::RestoreTestingSelection')[0];
    expect(placed.dbSubnetGroupName).toEqual(primary?.Properties.DBSubnetGroupName);
    expect(JSON.stringify(placed.vpcSecurityGroupIds)).toContain('DatabaseSecurityGroup');
    expect(placed.multiAz).toBe('false');
  });

  it('are not made where nothing is retained: a vault that holds something could not be deleted', () => {
    dev.resourceCountIs('AWS::Backup::BackupVault', 0);
    dev.resourceCountIs('AWS::Backup::BackupPlan', 0);
  });
});

describe('the session store', () => {
  it('has two replicas, fails over between zones, and loses nobody to memory', () => {
    prod.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
      ReplicasPerNodeGroup: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
    });
    prod.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      Properties: Match.objectLike({ 'maxmemory-policy': 'noeviction' }),
    });
  });

  it('asks its one user for a password and has switched the default user off', () => {
    prod.hasResourceProperties('AWS::ElastiCache::User', {
      UserName: 'app',
      AccessString: Match.stringLikeRegexp('-@dangerous'),
      AuthenticationMode: Match.objectLike({ Type: 'password' }),
    });
    prod.hasResourceProperties('AWS::ElastiCache::User', { UserName: 'default', AccessString: 'off ~* -@all' });
  });

  it('sends its slow log to a group of logs', () => {
    prod.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
      LogDeliveryConfigurations: [Match.objectLike({ LogType: 'slow-log', DestinationType: 'cloudwatch-logs' })],
    });
  });
});

describe('the queue of jobs', () => {
  const queues = properties(prod, 'AWS::SQS::Queue');

  it('moves a message that was tried five times to the dead letters', () => {
    expect(queues.flatMap(({ RedrivePolicy }) => RedrivePolicy?.maxReceiveCount ?? [])).toEqual([5]);
  });

  it('keeps dead letters longer than it keeps messages, whose age goes on there', () => {
    const [dead, jobs] = queues.map(({ MessageRetentionPeriod }) => MessageRetentionPeriod / 86_400);
    expect([jobs, dead]).toEqual([4, 14]);
  });

  it('is encrypted with the key of the data', () => {
    for (const { KmsMasterKeyId } of queues) expect(JSON.stringify(KmsMasterKeyId)).toMatch(/"Key[^"]*","Arn"/);
  });

  it('tells of its age, its depth and its dead letters', () => {
    const watched = properties(prod, 'AWS::CloudWatch::Alarm').filter(({ Namespace }) => Namespace === 'AWS/SQS');
    expect(new Set(watched.map(({ MetricName }) => MetricName))).toEqual(
      new Set(['ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesVisible']),
    );
  });
});
