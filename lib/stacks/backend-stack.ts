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
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { ExpiringCertificate } from '../../constructs/alerting/certificate';
import type { MetricsWorkspace } from '../../constructs/alerting/metrics-workspace';
import { Balancer } from '../../constructs/backend/balancer';
import { MaintenancePage } from '../../constructs/backend/maintenance-page';
import { Service } from '../../constructs/backend/service';
import type { Postgres } from '../../constructs/database/postgres';
import { SiteBucket } from '../../constructs/edge/site-bucket';
import type { JobQueue } from '../../constructs/jobs/job-queue';
import { JobReports } from '../../constructs/jobs/job-reports';
import { allowMail } from '../../constructs/jobs/mail';
import { LiveFleets } from '../../constructs/release/live-fleets';
import { ReleaseBucket } from '../../constructs/release/release-bucket';
import type { RolledService } from '../../constructs/release/rolled-service';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { RotatingSecret } from '../../constructs/security/rotating-secret';
import type { SessionStore } from '../../constructs/sessions/session-store';
import { balancerAlerts } from '../alerts/balancer';
import { certificateAlerts } from '../alerts/certificate';
import { fleetAlerts } from '../alerts/fleet';
import { jobAlerts } from '../alerts/jobs';
import { EDGE_REGION } from '../config/edge-region';
import type { Environment } from '../config/environment';
import { cloudFrontPrefixList } from '../config/prefix-lists';
import { sloOf } from '../config/thresholds';
import type { Archives } from './archives';
import { backendEnvironment } from './backend-environment';
import { balancerFirewall } from './balancer-firewall';
import { balancerNames, balancerRecords } from './balancer-names';
import { furtherServices, ownFleets } from './further-services';
import { machineImage } from './machine-image';
import { serverLogs } from './server-logs';
import { liveOf, scalingOf, sharedServices, spreadingOf } from './service-settings';

/** Fixed, since Edge in another region finds the origin's secret by its name. */
export const originSecretName = (environment: string) => `holdfast/${environment}/origin`;

export interface BackendStackProps extends StackProps {
  readonly config: Environment;
  readonly vpc: IVpc;
  /** From which what is inside is seen outside. */
  readonly addresses: readonly string[];
  readonly database: Postgres;
  readonly sessions: SessionStore;
  readonly jobs: JobQueue;
  readonly alerting: Alerting;
  /** Takes the processes' own figures. @default nobody does */
  readonly workspace?: MetricsWorkspace;
  readonly archives: Archives;
}

export class BackendStack extends Stack {
  readonly loadBalancer: IApplicationLoadBalancer;
  /** The fleet's own: it looks into no other region. */
  readonly siteCopy: IBucket;
  readonly releases: ReleaseBucket;
  /** In the order in which a release comes to them. */
  readonly services: readonly RolledService[];
  /** Of every server, whatever it does. */
  readonly logGroup: ILogGroup;
  /** What signs cookies and tokens. */
  readonly signing: Readonly<Record<'Cookie' | 'Token', ISecret>>;
  /** Of what jobs wait for, by name: the critical ones. */
  readonly jobAlarms: readonly string[];

  constructor(scope: Construct, id: string, props: BackendStackProps) {
    super(scope, id, props);
    // a weak reference would keep the old value of what was replaced, as long as nothing else changes here
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);
    const { config, vpc, addresses, database, sessions, jobs, alerting, workspace, archives } = props;
    const { fleet, retention, domain } = config;
    const { retain } = config.database;
    const logRetention = retention.logDays as RetentionDays;
    const direct = config.edge.directAccess === 'failover' ? domain : undefined;

    const removalPolicy = retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs();
    const signing = { encryptionKey: database.secret.encryptionKey, removalPolicy: RemovalPolicy.DESTROY };
    const cookieSecret = new RotatingSecret(this, 'CookieSecret', { ...signing, description: 'Signs session cookies' });
    const tokenSecret = new RotatingSecret(this, 'JwtSecret', { ...signing, description: 'Signs tokens' });
    const originSecret = direct
      ? new RotatingSecret(this, 'OriginSecret', {
          secretName: originSecretName(config.name),
          description: 'Tells the servers that CloudFront speaks',
          replicaRegions: [{ region: EDGE_REGION }],
        })
      : undefined;

    const zone =
      direct &&
      HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: direct.zoneId, zoneName: direct.zoneName });
    const { services = [] } = config;
    const certificate = direct
      ? new Certificate(this, 'Certificate', {
          domainName: direct.name,
          subjectAlternativeNames: balancerNames(config).filter((name) => name !== direct.name),
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
    if (zone) balancerRecords(this, { config, zone, vpc, balancer });

    if (originSecret && config.edge.firewall.enabled)
      balancerFirewall(this, { config, balancer, originSecret, logKey, alerting });

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
      secrets: [
        database.secret,
        sessions.secret,
        cookieSecret,
        tokenSecret,
        ...(originSecret ? [originSecret] : []),
        ...(dsn ? [dsn] : []),
      ],
      workspace,
      tracing: tracing !== undefined,
      logGroup,
      notices: alerting.topics.info,
      environment: {
        ...backendEnvironment(config, { database, sessions, jobs }),
        RELEASE_BUCKET: releases.bucket.bucketName,
        SITE_BUCKET: siteCopy.bucketName,
        COOKIE_SECRET: cookieSecret.secretArn,
        TOKEN_SECRET: tokenSecret.secretArn,
        ...(services.some((each) => !each.fleet) && { SERVICES: sharedServices(config) }),
        ...(originSecret && { ORIGIN_SECRET: originSecret.secretArn, HOSTS: balancerNames(config).join(' ') }),
        ...(workspace && { PROMETHEUS_WORKSPACE: workspace.workspaceId }),
        ...(dsn && { ERROR_DSN_SECRET: dsn.secretArn }),
        LOG_GROUP: logGroup.logGroupName,
      },
    });
    const servers = service.fleet;
    const further = furtherServices(this, {
      config,
      vpc,
      balancer,
      live,
      releases,
      logGroup,
      database,
      sessions,
      secrets: { cookie: cookieSecret, token: tokenSecret },
      originSecret,
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

    this.signing = { Cookie: cookieSecret, Token: tokenSecret };
    this.releases = releases;
    this.logGroup = logGroup;
    this.loadBalancer = balancer.loadBalancer;
    this.siteCopy = siteCopy;
    const seen = { ...balancer.signals, ...service.targets.signals };
    const balancerAlarms = new Alarms(this, 'BalancerAlarms', { signals: seen, alerts: balancerAlerts, ...alerting });
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
    const reports = new JobReports(config.name).signals;
    this.jobAlarms = new Alarms(this, 'JobAlarms', { signals: reports, alerts: jobAlerts, ...alerting }).named(
      'critical',
    );
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
