/** What answers `/api`: balancer, servers, their first release and their alarms. The data they use lives in Data, what moves their releases in Rollouts. */
import {
  CfnOutput,
  CrossStackReferences,
  Duration,
  ReferenceStrength,
  RemovalPolicy,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { InstanceType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { type ReplicaRegion, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { ExpiringCertificate } from '../../constructs/alerting/certificate';
import type { MetricsWorkspace } from '../../constructs/alerting/metrics-workspace';
import { Balancer } from '../../constructs/backend/balancer';
import { MaintenancePage } from '../../constructs/backend/maintenance-page';
import { Service } from '../../constructs/backend/service';
import type { Database } from '../../constructs/database/instances';
import { SiteBucket } from '../../constructs/edge/site-bucket';
import type { JobQueue } from '../../constructs/jobs/job-queue';
import { JobReports } from '../../constructs/jobs/job-reports';
import { allowMail } from '../../constructs/jobs/mail';
import { LiveFleets } from '../../constructs/release/live-fleets';
import { ReleaseBucket } from '../../constructs/release/release-bucket';
import type { RolledService } from '../../constructs/release/rolled-service';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import type { SessionStore } from '../../constructs/sessions/session-store';
import { balancerAlerts } from '../alerts/balancer';
import { certificateAlerts } from '../alerts/certificate';
import { fleetAlerts } from '../alerts/fleet';
import { jobAlerts } from '../alerts/jobs';
import type { Regions } from '../config/dns';
import type { Environment } from '../config/environment';
import { cloudFrontPrefixList } from '../config/prefix-lists';
import { sloOf } from '../config/thresholds';
import type { Archives } from './archives';
import { backendEnvironment } from './backend-environment';
import { type BackendSecrets, copiedSecrets, ownSecrets } from './backend-secrets';
import { balancerFirewall } from './balancer-firewall';
import { balancerNames, balancerRecords, type RegionSigns } from './balancer-names';
import { furtherServices, ownFleets } from './further-services';
import { machineImage } from './machine-image';
import { serverLogs } from './server-logs';
import { liveOf, scalingOf, sharedServices, spreadingOf } from './service-settings';

export interface BackendStackProps extends StackProps {
  readonly config: Environment;
  /** Where there are two balancers, this one and another. @default this one alone */
  readonly regions?: Regions;
  readonly vpc: IVpc;
  /** From which what is inside is seen outside. */
  readonly addresses: readonly string[];
  readonly database: Database;
  readonly sessions: SessionStore;
  readonly jobs: JobQueue;
  readonly alerting: Alerting;
  /** Takes the processes' own figures. @default nobody does */
  readonly workspace?: MetricsWorkspace;
  readonly archives: Archives;
  /** Where its secrets are copied to, for the servers there. @default nowhere */
  readonly secretCopies?: readonly ReplicaRegion[];
  /** Whose secrets it has copies of, with which key: it waits in the second region then. @default its own; it is the first */
  readonly standbyOf?: { readonly secrets: BackendSecrets; readonly encryptionKey: IKey };
}

export class BackendStack extends Stack {
  readonly loadBalancer: IApplicationLoadBalancer;
  /** The fleet's own: it looks into no other region. */
  readonly siteCopy: IBucket;
  readonly releases: ReleaseBucket;
  readonly secrets: BackendSecrets;
  /** In the order in which a release comes to them. */
  readonly services: readonly RolledService[];
  /** Of every server, whatever it does. */
  readonly logGroup: ILogGroup;
  /** Of what jobs wait for. */
  readonly jobAlarms: Alarms<JobReports['signals']>;
  /** Who says which region may be led to. */
  readonly regionSigns: RegionSigns;

  constructor(scope: Construct, id: string, props: BackendStackProps) {
    super(scope, id, props);
    // a weak reference would keep the old value of what was replaced, as long as nothing else changes here
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);
    const { config, regions, vpc, addresses, database, sessions, jobs, alerting, workspace, archives } = props;
    const { standbyOf, secretCopies: copies = [] } = props;
    const { fleet, retention, domain } = config;
    const { retain } = config.database;
    const logRetention = retention.logDays as RetentionDays;
    const direct = config.edge.directAccess === 'failover' ? domain : undefined;

    const removalPolicy = retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs();
    this.secrets = standbyOf
      ? copiedSecrets(this, standbyOf.secrets, standbyOf.encryptionKey)
      : ownSecrets(this, { config, encryptionKey: database.secret.encryptionKey, copies });
    const { cookie, token, origin } = this.secrets;

    const zone =
      direct &&
      HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: direct.zoneId, zoneName: direct.zoneName });
    const { services = [] } = config;
    const certificate = direct
      ? new Certificate(this, 'Certificate', {
          domainName: direct.name,
          subjectAlternativeNames: balancerNames(config, regions).filter((name) => name !== direct.name),
          validation: CertificateValidation.fromDns(zone),
        })
      : undefined;
    const balancer = new Balancer(this, 'Balancer', {
      vpc,
      publicName: direct && certificate && { name: direct.name, certificate, testsFrom: addresses },
      cloudFrontPrefixList: cloudFrontPrefixList(config.region),
      accessLogRetention: Duration.days(retention.accessLogDays),
      slowAfter: Duration.millis(sloOf(config).latencyMs),
      retain,
    });
    const releases = new ReleaseBucket(this, 'Releases', { accessLogs: balancer.accessLogs, retain });
    const siteCopy = new SiteBucket(this, 'SiteCopy', { accessLogs: balancer.accessLogs, retain });
    const live = new LiveFleets(this, 'LiveFleets', {
      environment: config.name,
      services: { backend: { min: fleet.min, max: fleet.max }, ...ownFleets(config) },
      bucket: releases.bucket,
      release: archives.release,
      logRetention,
      logKey,
      failures: alerting.topics.warning,
    });
    this.regionSigns = zone ? balancerRecords(this, { config, domain: direct, zone, vpc, balancer, regions }) : {};

    if (origin && config.edge.firewall.enabled)
      balancerFirewall(this, { config, balancer, originSecret: origin, logKey, alerting });

    const logGroup = serverLogs(this, { config, logKey, failures: alerting.topics.warning });
    const { errorTracker, tracing } = config;
    const dsn = errorTracker && Secret.fromSecretCompleteArn(this, 'ErrorTracker', errorTracker.dsnSecretArn);
    const server = { asset: new Asset(this, 'Server', { path: archives.server.path }), sha256: archives.server.sha256 };
    const image = machineImage(config.region);
    const service = new Service(this, 'Backend', {
      environmentName: config.name,
      service: 'backend',
      ...liveOf(live, 'backend'),
      vpc,
      balancer,
      spreading: spreadingOf(config),
      warmPool: fleet.spare !== undefined,
      instanceType: new InstanceType(fleet.instanceClass),
      image,
      scaling: scalingOf(fleet),
      server,
      secrets: [database.secret, sessions.secret, cookie, token, ...(origin ? [origin] : []), ...(dsn ? [dsn] : [])],
      workspace,
      tracing: tracing !== undefined,
      logGroup,
      notices: alerting.topics.info,
      environment: {
        ...backendEnvironment(config, { database, sessions, jobs }),
        RELEASE_BUCKET: releases.bucket.bucketName,
        SITE_BUCKET: siteCopy.bucketName,
        COOKIE_SECRET: cookie.secretArn,
        TOKEN_SECRET: token.secretArn,
        ...(services.some((each) => !each.fleet) && { SERVICES: sharedServices(config) }),
        ...(origin && { ORIGIN_SECRET: origin.secretArn, HOSTS: balancerNames(config, regions).join(' ') }),
        ...(workspace && { PROMETHEUS_WORKSPACE: workspace.workspaceId }),
        ...(dsn && { ERROR_DSN_SECRET: dsn.secretArn }),
        LOG_GROUP: logGroup.logGroupName,
      },
    });
    const servers = service.fleet;
    const further = furtherServices(this, {
      config,
      regions,
      vpc,
      balancer,
      live,
      releases,
      logGroup,
      database,
      sessions,
      secrets: this.secrets,
      alerting,
      notices: alerting.topics.info,
      image,
      server,
    });
    live.settle(...Object.values(servers.groups), ...further.flatMap(({ groups }) => groups));
    releases.allowFetching(servers.role, 'backend');
    siteCopy.allowCopying(servers.role);
    servers.connections.allowToDefaultPort(database, 'PostgreSQL');
    servers.connections.allowToDefaultPort(sessions, 'Sessions');

    jobs.allowSending(servers.role);
    if (!config.workers.group) {
      jobs.allowTaking(servers.role);
      if (config.mail) allowMail(servers.role, config.mail.from);
    }

    this.releases = releases;
    this.logGroup = logGroup;
    this.loadBalancer = balancer.loadBalancer;
    this.siteCopy = siteCopy;
    const seen = { ...balancer.signals, ...service.targets.signals };
    const balancerAlarms = new Alarms(this, 'BalancerAlarms', { signals: seen, alerts: balancerAlerts, ...alerting });
    if (config.balancing.autoshift) balancer.shiftItself(balancerAlarms.named('critical'), alerting.topics.parts);
    const { signals } = servers;
    const fleetAlarms = new Alarms(this, 'FleetAlarms', { signals, alerts: fleetAlerts, ...alerting });
    this.services = [
      service.rolled([balancerAlarms, fleetAlarms].flatMap((alarms) => alarms.named('critical'))),
      ...further.map(({ rolled }) => rolled),
    ];
    if (certificate) {
      const { signals } = new ExpiringCertificate(certificate);
      new Alarms(this, 'CertificateAlarms', { signals, alerts: certificateAlerts, ...alerting });
    }
    const { signals: reported } = new JobReports(config.name);
    this.jobAlarms = new Alarms(this, 'JobAlarms', { signals: reported, alerts: jobAlerts, ...alerting });
    const { blue, green } = service.targets.targetGroups;
    new CfnOutput(this, 'TargetGroupArn', { value: blue.targetGroupArn });
    new CfnOutput(this, 'GreenTargetGroupArn', { value: green.targetGroupArn });
    const maintenance = new MaintenancePage(this, 'MaintenancePage', {
      logRetention,
      logKey,
      failures: alerting.topics.warning,
    });
    new CfnOutput(this, 'MaintenanceTargetGroupArn', { value: maintenance.targetGroupArn });
    new CfnOutput(this, 'MaintenanceFunctionArn', { value: maintenance.functionArn });
    new CfnOutput(this, 'LoadBalancerDnsName', { value: balancer.loadBalancer.loadBalancerDnsName });
    new CfnOutput(this, 'ReleaseBucketName', { value: releases.bucket.bucketName });
    new CfnOutput(this, 'SiteCopyName', { value: siteCopy.bucketName });
    new CfnOutput(this, 'FleetName', { value: servers.groups.blue.autoScalingGroupName });
    new CfnOutput(this, 'GreenFleetName', { value: servers.groups.green.autoScalingGroupName });
  }
}
