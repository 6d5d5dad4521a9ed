/** The second region's stacks in every mode: what stands there, what it knows of the first, and that the first is left as it is. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { checked } from '../../lib/config/check';
import { inMode } from '../../lib/config/modes';
import { prod } from '../../lib/config/prod';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { TEMPLATES } from '../support/assemblies';
import { properties, stackTemplate, testApp } from '../support/stack';

const MODES = ['backup', 'pilot-light', 'warm-standby'] as const;
type Mode = (typeof MODES)[number];

/** That of prod, whose mode it is, is there already. */
function stacksOf(mode: Mode, more: object = {}) {
  const config = checked({ ...inMode(prod, mode), ...more }, 'x.ts');
  const web = new WebApp(testApp(), 'Holdfast', { config, archives: builtArchives() });
  const stacks = web.node.children.filter(Stack.isStack);
  return new Map(stacks.map((stack) => [stack.node.id, Template.fromStack(stack)]));
}

const standing = TEMPLATES.filter(({ environment }) => environment === prod.name);
const made: ReadonlyMap<Mode, ReadonlyMap<string, Template>> = new Map([
  ['backup', stacksOf('backup')],
  ['pilot-light', stacksOf('pilot-light')],
  [prod.recovery.mode, new Map(standing.map(({ stack }) => [stack, stackTemplate(prod.name, stack)]))],
]);
const template = (mode: Mode, stack: string) => {
  const found = made.get(mode)?.get(stack);
  if (!found) throw new Error(`${mode}: expected a stack ${stack}, got none`);
  return found;
};
const text = (value: unknown) => JSON.stringify(value);
const STANDING = MODES.filter((mode) => mode !== 'backup');
const SECOND = ['NetworkRecovery', 'DataRecovery', 'BackendRecovery', 'WorkersRecovery', 'RolloutsRecovery'];

describe('what stands there', () => {
  const names = (mode: Mode) => [...(made.get(mode)?.keys() ?? [])].filter((name) => name.includes('Recovery'));

  it('is copies alone with backup, and all that answers requests otherwise', () => {
    expect(names('backup').sort()).toEqual(['AlertingRecovery', 'RecoveryBase']);
    for (const mode of STANDING)
      expect(names(mode).sort()).toEqual(['AlertingRecovery', 'RecoveryBase', ...SECOND].sort());
  });

  it.each([
    ['pilot-light', '0'],
    ['warm-standby', `${prod.recovery.standby.servers}`],
  ] as const)('has with %s %s servers, and none that does jobs', (mode, servers) => {
    const limits = (stack: string) =>
      properties(template(mode, stack), 'Custom::LiveFleets').flatMap(({ services }) => Object.values(services));
    expect(limits('BackendRecovery')).toMatchObject([{ min: servers, max: `${prod.fleet.max}` }]);
    expect(limits('WorkersRecovery')).toMatchObject([{ min: '0', max: `${prod.workers.group.max}` }]);
  });

  it('waits for no server that does not come', () => {
    const waiting = (mode: Mode, stack: string) =>
      Object.values(template(mode, stack).findResources('AWS::AutoScaling::AutoScalingGroup')).flatMap(
        ({ CreationPolicy }) => CreationPolicy?.ResourceSignal.Count ?? [],
      );
    expect(waiting('pilot-light', 'BackendRecovery')).toEqual([]);
    expect(waiting('warm-standby', 'BackendRecovery')).toEqual([prod.recovery.standby.servers]);
    expect(waiting('warm-standby', 'WorkersRecovery')).toEqual([]);
  });

  it('has a managed Prometheus of its own where the first has one, which wakes nobody either', () => {
    const stacks = stacksOf('pilot-light', { metrics: { prometheus: true } });
    const [backend, metrics] = ['BackendRecovery', 'MetricsRecovery'].map((name) => text(stacks.get(name)?.toJSON()));
    expect(metrics).toContain('AWS::APS::Workspace');
    expect(metrics).toContain('TopicsWarning');
    expect(metrics).not.toContain('TopicsCritical');
    expect(backend).toContain('PROMETHEUS_WORKSPACE');
  });

  it('gets the site from the publisher, as the first region does', () => {
    const [{ replicas }] = properties(template('warm-standby', 'Edge'), 'Custom::SiteRelease');
    expect(text(replicas)).toContain('Holdfast-prod-BackendRecovery');
  });
});

describe('its database', () => {
  const [database] = properties(template('warm-standby', 'DataRecovery'), 'AWS::RDS::DBInstance');

  it('follows the first one by its name, so that nothing of that region is asked', () => {
    expect(text(database.SourceDBInstanceIdentifier)).toBe(
      text({
        'Fn::Join': ['', ['arn:aws:rds:eu-west-1:', { Ref: 'AWS::AccountId' }, ':db:holdfast-prod-data-primary']],
      }),
    );
    const [{ DBInstanceIdentifier }] = properties(template('warm-standby', 'Data'), 'AWS::RDS::DBInstance');
    expect(DBInstanceIdentifier).toBe('holdfast-prod-data-primary');
  });

  it('is encrypted with a key of its region, and says nothing that only a primary may', () => {
    expect(database.KmsKeyId['Fn::GetAtt'][1]).toBe('Arn');
    for (const property of [
      'StorageEncrypted',
      'BackupRetentionPeriod',
      'MasterUsername',
      'AllocatedStorage',
      'Engine',
    ])
      expect(database).not.toHaveProperty(property);
  });

  it('is kept and protected: after a failover the data is there', () => {
    const [resource] = Object.values(template('warm-standby', 'DataRecovery').findResources('AWS::RDS::DBInstance'));
    expect([resource?.DeletionPolicy, resource?.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
    expect(database.DeletionProtection).toBe(true);
  });

  it('has the parameters of the first one', () => {
    const parameters = (stack: string) => properties(template('warm-standby', stack), 'AWS::RDS::DBParameterGroup');
    expect(parameters('DataRecovery')).toEqual(parameters('Data'));
  });

  it.each(['BackendRecovery', 'WorkersRecovery'])(
    'is where the servers of %s connect to, whatever the secret says',
    (stack) => {
      const launch = text(template('warm-standby', stack).findResources('AWS::EC2::LaunchTemplate'));
      expect(launch).toMatch(/DATABASE_HOST='",\{"Fn::ImportValue":"Holdfast-prod-DataRecovery:\S*?EndpointAddress/);
      expect(text(template('warm-standby', 'Backend').toJSON())).not.toContain('DATABASE_HOST');
    },
  );
});

describe('secrets', () => {
  const secrets = (mode: Mode, stack: string) => template(mode, stack).findResources('AWS::SecretsManager::Secret');
  const copied = (mode: Mode) =>
    ['Data', 'Backend'].flatMap((stack) =>
      Object.entries(secrets(mode, stack))
        .filter(([, { Properties }]) => text(Properties.ReplicaRegions ?? '').includes('eu-central-1'))
        .map(([id]) => /CookieSecret|JwtSecret|OriginSecret|PrimarySecret/.exec(id)?.[0]),
    );

  it('are copied there where servers need them, those of logins and sessions of the first store not', () => {
    expect(copied('backup')).toEqual([]);
    for (const mode of STANDING)
      expect(copied(mode)).toEqual(['PrimarySecret', 'CookieSecret', 'JwtSecret', 'OriginSecret']);
  });

  it('are made once: there only the session store has one of its own', () => {
    expect(Object.keys(secrets('warm-standby', 'BackendRecovery'))).toEqual([]);
    expect(Object.keys(secrets('warm-standby', 'DataRecovery'))).toEqual([expect.stringMatching(/^SessionsSecret/)]);
  });

  it('are read in the region itself', () => {
    const policies = text(template('warm-standby', 'BackendRecovery').findResources('AWS::IAM::Policy'));
    const arns = policies.match(/:secretsmanager:[\w-]+:/g) ?? [];
    expect(arns.length).toBeGreaterThan(3);
    expect(new Set(arns)).toEqual(new Set([':secretsmanager:eu-central-1:']));
  });
});

describe('its alarms', () => {
  const alarms = (mode: Mode, stack: string) => [
    ...properties(template(mode, stack), 'AWS::CloudWatch::Alarm'),
    ...properties(template(mode, stack), 'AWS::CloudWatch::CompositeAlarm'),
  ];
  const ringing = (mode: Mode, stack: string) =>
    alarms(mode, stack).filter(
      ({ AlarmDescription, ActionsEnabled }) =>
        AlarmDescription.includes('Runbook') && ActionsEnabled !== false && !AlarmDescription.startsWith('Function'),
    );

  it('tell of a database that is behind by more than a failover may lose, in both modes', () => {
    for (const mode of STANDING) {
      const [lag] = ringing(mode, 'DataRecovery').filter(({ AlarmDescription }) =>
        AlarmDescription.startsWith('StandbyLag'),
      );
      expect(lag).toMatchObject({ MetricName: 'ReplicaLag', Threshold: 60, TreatMissingData: 'missing' });
    }
  });

  it('of servers that are not there tell nobody, until somebody enables their actions', () => {
    expect(ringing('pilot-light', 'BackendRecovery')).toEqual([]);
    const warm = ringing('warm-standby', 'BackendRecovery').map(
      ({ AlarmDescription }) => AlarmDescription.split(':')[0],
    );
    expect(warm).toContain('NoHealthyServer');
  });

  it('of jobs tell nobody while no worker has ever been there: what is missing is no change', () => {
    const jobs = ringing('warm-standby', 'BackendRecovery').filter(({ MetricName }) => MetricName === 'Workers');
    expect(jobs).toEqual([expect.objectContaining({ TreatMissingData: 'missing' })]);
  });

  it.each(STANDING)('of jobs are silenced by the way back before the workers go, with %s', (mode) => {
    const quiet = /"quiet\\+":\[(.*?)\]/.exec(text(template(mode, 'Failover')))?.[1] ?? '';
    expect(quiet.match(/BackendRecovery-JobAlarms\w+/g)).toEqual([
      expect.stringMatching(/NoWorker/),
      expect.stringMatching(/OutboxOld/),
    ]);
  });

  it('wake nobody, and say where they are', () => {
    for (const stack of SECOND)
      for (const { AlarmActions, AlarmDescription } of ringing('warm-standby', stack)) {
        expect(text(AlarmActions)).not.toContain('TopicsCritical');
        expect(AlarmDescription).toContain('In the second region: ');
      }
  });
});

describe('from backup to pilot light to warm standby', () => {
  const STATEFUL =
    /^AWS::(RDS|ElastiCache|S3|KMS|SQS|SecretsManager|EC2::(VPC|Subnet)|ElasticLoadBalancingV2::LoadBalancer|CloudFront::Distribution|Backup::BackupVault)/;
  /** May change in place. */
  const CHANGING = new Set(['ReplicaRegions']);
  const stateful = (mode: Mode, stack: string) =>
    Object.fromEntries(
      Object.entries(template(mode, stack).toJSON().Resources as Record<string, { Type: string; Properties: object }>)
        .filter(([, { Type }]) => STATEFUL.test(Type))
        .map(([id, { Type, Properties }]) => [
          id,
          [Type, Object.fromEntries(Object.entries(Properties).filter(([key]) => !CHANGING.has(key)))],
        ]),
    );

  it.each(['Alerting', 'Network', 'Data', 'Backend', 'Workers', 'RecoveryBase', 'Edge'])(
    'nothing of %s that holds data or an address changes',
    (stack) => {
      for (const mode of STANDING) expect(stateful(mode, stack)).toEqual(stateful('backup', stack));
    },
  );

  it('nothing of the second region that holds data changes when its servers start', () => {
    for (const stack of SECOND) expect(stateful('warm-standby', stack)).toEqual(stateful('pilot-light', stack));
  });
});
