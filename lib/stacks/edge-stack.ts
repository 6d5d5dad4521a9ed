/** What viewers meet: certificate, firewall, site and distribution. In us-east-1, where CloudFront wants all of it. */
import { CfnOutput, Duration, RemovalPolicy, SecretValue, Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { type IDistribution, type IOrigin, OriginProtocolPolicy, OriginSslPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import securityHeaders from '../../app/server/security-headers.json';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { ExpiringCertificate } from '../../constructs/alerting/certificate';
import { Site } from '../../constructs/edge/site';
import { WebAcl } from '../../constructs/edge/web-acl';
import { SitePublisher } from '../../constructs/release/site-publisher';
import { SiteRelease } from '../../constructs/release/site-release';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { SavedQueries } from '../../constructs/storage/saved-queries';
import { certificateAlerts } from '../alerts/certificate';
import { edgeAlerts } from '../alerts/edge';
import { firewallAlerts } from '../alerts/firewall';
import type { Environment } from '../config/environment';
import { QUERIES, queryFolder } from '../logs/queries';
import type { Archives } from './archives';
import { originSecretName } from './backend-secrets';

export interface EdgeStackProps extends StackProps {
  readonly config: Environment;
  readonly loadBalancer: IApplicationLoadBalancer;
  /** Copy of the site in the second region. @default the servers stand in */
  readonly replica?: IBucket;
  /** Those of the fleets, each in its own region. */
  readonly siteCopies: readonly IBucket[];
  readonly alerting: Alerting;
  readonly archives: Archives;
}

/** Longer than the slowest answer of the backend, which NGINX ends after 20 s. */
const READ_TIMEOUT = Duration.seconds(40);

export class EdgeStack extends Stack {
  readonly distribution: IDistribution;

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { config, replica, siteCopies, alerting, archives } = props;
    const { domain, edge, frontend, retention } = config;
    const { retain } = config.database;
    const logRetention = retention.logDays as RetentionDays;
    const removalPolicy = retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs();
    const certificate =
      domain &&
      new Certificate(this, 'Certificate', {
        domainName: domain.name,
        validation: CertificateValidation.fromDns(
          HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: domain.zoneId, zoneName: domain.zoneName }),
        ),
      });
    const firewall =
      edge.firewall.enabled &&
      new WebAcl(this, 'Firewall', {
        scope: 'CLOUDFRONT',
        requestsPer5Minutes: edge.firewall.requestsPer5Minutes,
        counted: edge.firewall.counted,
        logRetention,
        logKey,
      });
    if (firewall) {
      const logGroups = [firewall.logs];
      new SavedQueries(this, 'Queries', { folder: queryFolder(config), queries: QUERIES.firewall, logGroups });
    }
    const site = new Site(this, 'Site', {
      backend: this.#backend(props),
      hosting: frontend.hosting,
      replica,
      services: (config.services ?? []).flatMap(({ paths = [] }) => paths),
      reach: edge.reach,
      securityHeaders,
      domain: domain && certificate && { name: domain.name, certificate },
      webAclArn: firewall ? firewall.arn : undefined,
      accessLogRetention: Duration.days(retention.accessLogDays),
      retain,
    });
    const replicas = [...(replica ? [replica] : []), ...siteCopies];
    new SiteRelease(this, 'SiteRelease', {
      bucket: site.bucket,
      replicas,
      distribution: site.distribution,
      site: archives.site,
      retain,
      logRetention,
      logKey,
      failures: alerting.topics.warning,
    });
    if (config.publisher) {
      const { bucket, distribution } = site;
      const { role } = new SitePublisher(this, 'Publisher', { ...config.publisher, bucket, replicas, distribution });
      new CfnOutput(this, 'PublisherRoleArn', { value: role.roleArn });
    }

    new Alarms(this, 'EdgeAlarms', { signals: site.signals, alerts: edgeAlerts, ...alerting });
    if (firewall) {
      new Alarms(this, 'FirewallAlarms', { signals: firewall.signals, alerts: firewallAlerts, ...alerting });
    }
    if (certificate) {
      const { signals } = new ExpiringCertificate(certificate);
      new Alarms(this, 'CertificateAlarms', { signals, alerts: certificateAlerts, ...alerting });
    }
    this.distribution = site.distribution;
    const { distributionDomainName, distributionId } = site.distribution;
    new CfnOutput(this, 'SiteBucketName', { value: site.bucket.bucketName });
    new CfnOutput(this, 'SiteReplicas', { value: replicas.map(({ bucketName }) => bucketName).join(' ') });
    new CfnOutput(this, 'DistributionId', { value: distributionId });
    new CfnOutput(this, 'DistributionDomainName', { value: distributionDomainName });
    new CfnOutput(this, 'SiteUrl', { value: `https://${domain?.name ?? distributionDomainName}` });
  }

  /** The balancer: over the internet by its own name and certificate, or inside the network by a VPC origin. */
  #backend({ config, loadBalancer }: EdgeStackProps): IOrigin {
    const { domain, edge } = config;
    const timeouts = { readTimeout: READ_TIMEOUT, keepaliveTimeout: Duration.seconds(50) };
    if (edge.directAccess === 'never' || !domain) {
      return VpcOrigin.withApplicationLoadBalancer(loadBalancer, {
        ...timeouts,
        protocolPolicy: OriginProtocolPolicy.HTTP_ONLY,
      });
    }
    this.addStackDependency(Stack.of(loadBalancer)); // its secret and record go by name here, which CDK doesn't see
    return new HttpOrigin(`origin.${domain.name}`, {
      ...timeouts,
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      customHeaders: {
        'X-Origin-Secret': SecretValue.secretsManager(originSecretName(config.name), {
          jsonField: 'current',
        }).unsafeUnwrap(), // a dynamic reference, no value
      },
    });
  }
}
