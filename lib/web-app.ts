/** The only wiring: which stacks an environment has, in order, and what each is given. A plain Construct, since `cdk deploy --all` finds no stack inside a Stage. */
import { Aspects, Stack, Tags } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Alarms } from '../constructs/alerting/alarms';
import { Functions } from '../constructs/alerting/functions';
import { ProviderLogs } from '../constructs/cdk-provider-logs';
import { functionAlerts } from './alerts/functions';
import { regionsOf } from './config/dns';
import { EDGE_REGION } from './config/edge-region';
import type { Environment } from './config/environment';
import { gameDayZone } from './config/game-days';
import { probesOf } from './config/probes';
import { standbyOf } from './config/recovery';
import { rotationDaysOf } from './config/rotation';
import { AlertingStack } from './stacks/alerting-stack';
import type { Archives } from './stacks/archives';
import { BackendStack } from './stacks/backend-stack';
import { DashboardStack } from './stacks/dashboard-stack';
import { DataStack } from './stacks/data-stack';
import { DnsStack } from './stacks/dns-stack';
import { DumpsStack } from './stacks/dumps-stack';
import { EdgeStack } from './stacks/edge-stack';
import { GameDaysStack, markTargets, stopAlarmsOf } from './stacks/game-days-stack';
import { MetricsStack } from './stacks/metrics-stack';
import { NetworkStack } from './stacks/network-stack';
import { ProbesStack } from './stacks/probes-stack';
import { RecoveryBaseStack } from './stacks/recovery-base-stack';
import { RolloutsStack } from './stacks/rollouts-stack';
import { RotationStack } from './stacks/rotation-stack';
import { UptimeStack } from './stacks/uptime-stack';
import { WorkersStack } from './stacks/workers-stack';
import { standbyRegion } from './standby';

export interface WebAppProps {
  readonly config: Environment;
  readonly archives: Archives;
}

export class WebApp extends Construct {
  constructor(scope: Construct, id: string, { config, archives }: WebAppProps) {
    super(scope, id);
    for (const [key, value] of Object.entries(config.tags)) Tags.of(this).add(key, value);
    Aspects.of(this).add(new ProviderLogs(config.retention.logDays as RetentionDays));
    const stack = (name: string, region: string) => ({
      config,
      env: { account: config.account, region },
      crossRegionReferences: true, // with weak references a deploy-time lookup, no custom resource
      stackName: `Holdfast-${config.name}-${name}`,
      description: `Holdfast ${config.name}: ${name}`,
    });
    const primary = (name: string) => stack(name, config.region);
    const edge = (name: string) => stack(name, EDGE_REGION);

    const { recovery } = config;
    const standby = standbyOf(config);
    const secretIn = [EDGE_REGION, ...(recovery ? [recovery.region] : [])];
    const { alerting } = new AlertingStack(this, 'Alerting', { ...primary('Alerting'), secretIn });
    const { alerting: edgeAlerting } = new AlertingStack(this, 'AlertingEdge', edge('AlertingEdge'));
    const second = recovery && ((name: string) => stack(name, recovery.region));
    const recoveryAlerting = second && new AlertingStack(this, 'AlertingRecovery', second('AlertingRecovery')).alerting;
    const recoveryBase = second && new RecoveryBaseStack(this, 'RecoveryBase', second('RecoveryBase'));
    const network = new NetworkStack(this, 'Network', { ...primary('Network'), alerting });
    const { vpc, addresses } = network;
    const secretCopies = standby && recoveryBase && [recoveryBase.secretCopies];
    const data = new DataStack(this, 'Data', {
      ...primary('Data'),
      vpc,
      alerting,
      copyTo: recoveryBase?.vault,
      secretCopies,
    });
    if (recoveryBase) data.addStackDependency(recoveryBase, 'its backups are copied there');
    const { database, sessions, jobs } = data;
    const { dump } = config.database;
    const dumps = recoveryBase?.dumps;
    const copy = recovery && dumps && { bucket: dumps, region: recovery.region };
    if (dump) new DumpsStack(this, 'Dumps', { ...primary('Dumps'), dump, vpc, database, copy, alerting });
    const workspace = config.metrics?.prometheus
      ? new MetricsStack(this, 'Metrics', { ...primary('Metrics'), topics: alerting.topics }).workspace
      : undefined;
    const backend = new BackendStack(this, 'Backend', {
      ...primary('Backend'),
      vpc,
      addresses,
      database,
      sessions,
      jobs,
      alerting,
      workspace,
      archives,
      secretCopies,
      regions: regionsOf(config),
    });
    const { group } = config.workers;
    const rolled = [...backend.services];
    if (group) {
      const { releases, logGroup, jobAlarms } = backend;
      const alarms = jobAlarms.named('critical');
      const given = {
        group,
        vpc,
        database,
        jobs,
        releases,
        logGroup,
        alarms,
        topics: alerting.topics,
        archives,
      };
      rolled.push(new WorkersStack(this, 'Workers', { ...primary('Workers'), ...given }).service);
    }
    const { loadBalancer, releases } = backend;
    new RolloutsStack(this, 'Rollouts', {
      ...primary('Rollouts'),
      vpc,
      releases,
      services: rolled,
      loadBalancer,
      alerting,
    });
    const there =
      standby && second && recoveryBase && recoveryAlerting
        ? standbyRegion(this, {
            config,
            standby,
            stack: second,
            base: recoveryBase,
            alerting: recoveryAlerting,
            archives,
            first: { data, backend },
          })
        : undefined;
    const { distribution } = new EdgeStack(this, 'Edge', {
      ...edge('Edge'),
      loadBalancer,
      replica: recoveryBase?.site,
      siteCopies: [backend, ...(there ? [there.backend] : [])].map(({ siteCopy }) => siteCopy),
      alerting: edgeAlerting,
      archives,
    });
    const { domain } = config;
    const { guard } = backend.regionSigns;
    if (domain)
      new DnsStack(this, 'Dns', {
        ...edge('Dns'),
        domain,
        distribution,
        loadBalancer,
        standby: there && guard && { loadBalancer: there.backend.loadBalancer, guard },
        alerting: edgeAlerting,
      });
    new ProbesStack(this, 'Probes', {
      ...primary('Probes'),
      vpc,
      database,
      sessions,
      alerting,
    });
    const days = rotationDaysOf(config);
    if (days > 0) {
      const { cookie: Cookie, token: Token } = backend.secrets;
      const copy = there && { region: there.data.region, identifier: there.data.database.identifier };
      const copyKey = there && recoveryBase?.secretCopies.encryptionKey;
      const given = { days, vpc, database, sessions, signing: { Cookie, Token }, copy, copyKey, alerting };
      new RotationStack(this, 'Rotation', { ...primary('Rotation'), ...given });
    }
    const regions = new Map([
      [config.region, alerting],
      [EDGE_REGION, edgeAlerting],
      ...(recovery && recoveryAlerting ? [[recovery.region, recoveryAlerting] as const] : []),
    ]);
    const { uptime } = probesOf(config);
    if (uptime.enabled)
      new UptimeStack(this, 'Uptime', {
        ...stack('Uptime', uptime.region),
        site: domain?.name ?? distribution.distributionDomainName,
        alerting: regions.get(uptime.region) ?? edgeAlerting,
      });
    for (const each of this.node.children.filter(Stack.isStack)) {
      const heard = regions.get(each.region);
      if (heard)
        new Alarms(each, 'FunctionAlarms', { signals: new Functions(each).signals, alerts: functionAlerts, ...heard });
    }
    const zone = gameDayZone(config);
    if (zone) {
      const here = this.node.children.filter(Stack.isStack).filter(({ region }) => region === config.region);
      markTargets(config.name, here, rolled);
      const stopAlarms = stopAlarmsOf(here);
      const given = { zone, vpc, database, sessions, services: rolled, stopAlarms, alerting };
      new GameDaysStack(this, 'GameDays', { ...primary('GameDays'), ...given });
    }
    new DashboardStack(this, 'Dashboard', { ...primary('Dashboard'), environment: this }); // last: it shows all the others
  }
}
