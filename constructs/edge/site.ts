/** The site's private bucket and the distribution in front of it and of the balancer. Not the files in it: releases'. */
import { readFileSync } from 'node:fs';
import { Duration, Stack } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  type IOrigin,
  OriginRequestPolicy,
  PriceClass,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { OriginGroup, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { exempt } from '../exemptions';
import { AccessLogs } from './access-logs';
import { type SecurityHeaders, securityHeadersPolicy } from './security-headers';
import { SiteBucket } from './site-bucket';

const REACH = {
  'europe-america': PriceClass.PRICE_CLASS_100,
  'without-south-america-australia': PriceClass.PRICE_CLASS_200,
  everywhere: PriceClass.PRICE_CLASS_ALL,
} as const;

/** 4 s until the next tier is asked; CloudFront's own 3 × 10 s are more than a visitor waits. */
const SOON_GIVEN_UP = { connectionAttempts: 2, connectionTimeout: Duration.seconds(2) };

/** What is the backend's; everything else is the site's. */
const BACKEND_PATHS = ['/api/*', '/ws', '/health'];

export interface SiteProps {
  /** The balancer, as CloudFront reaches it. */
  readonly backend: IOrigin;
  /** 'cdn' serves the site from its bucket, with what is below in reserve; 'servers' leaves it to `backend`, and caches. @default 'cdn' */
  readonly hosting?: 'cdn' | 'servers';
  /** Copy of the bucket in another region, which admits distributions; asked when the bucket fails. @default `backend` is asked */
  readonly replica?: IBucket;
  /** Paths of services besides the backend, which go to `backend` as well. @default none */
  readonly services?: readonly string[];
  readonly reach: keyof typeof REACH;
  readonly securityHeaders: SecurityHeaders;
  /** The public name and its certificate, of us-east-1. @default CloudFront's own name */
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
  /** @default no firewall */
  readonly webAclArn?: string;
  readonly accessLogRetention: Duration;
  /** Keep site and logs when the stack goes. @default true */
  readonly retain?: boolean;
}

export class Site extends Construct {
  readonly bucket: SiteBucket;
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: SiteProps) {
    super(scope, id);
    const { domain, hosting = 'cdn', services = [], retain = true } = props;
    const accessLogs = new AccessLogs(this, 'AccessLogs', { retention: props.accessLogRetention, retain });
    this.bucket = new SiteBucket(this, 'Bucket', { accessLogs: accessLogs.bucket, retain });
    const common = {
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: securityHeadersPolicy(this, 'Headers', props.securityHeaders),
    };
    const backend: BehaviorOptions = {
      ...common,
      origin: props.backend,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_AND_CLOUDFRONT_2022, // with the viewer's Host and address
    };
    const page = new EdgeFunction(this, 'Page', {
      functionName: `${Stack.of(this).stackName}-Page`, // CDK's own is the same in every environment, and the account has one of a name
      runtime: FunctionRuntime.JS_2_0,
      comment: 'One name, one spelling, one page',
      code: FunctionCode.fromInline(
        readFileSync('constructs/edge/page-function.js', 'utf8').replace("NAME = ''", `NAME = '${domain?.name ?? ''}'`),
      ),
    });
    this.distribution = new Distribution(this, 'Distribution', {
      comment: Stack.of(this).stackName,
      defaultRootObject: 'index.html', // so that a list of the bucket is never the answer to /
      defaultBehavior: {
        ...common,
        origin: hosting === 'cdn' ? this.#tiers(props) : props.backend,
        compress: true,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        functionAssociations: [{ function: page, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
      additionalBehaviors: Object.fromEntries([...BACKEND_PATHS, ...services].map((path) => [path, backend])),
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: REACH[props.reach],
      webAclId: props.webAclArn,
      ...(domain && {
        domainNames: [domain.name],
        certificate: domain.certificate,
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021, // CloudFront's own name has CloudFront's own policy
      }),
    });
    if (hosting === 'cdn') this.bucket.allowListing(this.distribution.distributionArn);
    exempt(this.distribution, 'everywhere');
    exempt(this.distribution, 'logDelivery');
    if (!props.webAclArn) exempt(this.distribution, 'firewall');
    if (!domain) exempt(this.distribution, 'ownName');
    accessLogs.deliverFrom(this.distribution);
  }

  /** Two, which is what CloudFront takes: the bucket, and its copy or the servers, who hold one too. */
  #tiers({ replica, backend }: SiteProps): IOrigin {
    const copy = (bucket: IBucket) =>
      S3BucketOrigin.withBucketDefaults(bucket, {
        originAccessControlId: new S3OriginAccessControl(this, 'ReplicaAccess').originAccessControlId,
      });
    return new OriginGroup({
      primaryOrigin: S3BucketOrigin.withOriginAccessControl(this.bucket, SOON_GIVEN_UP),
      fallbackOrigin: replica ? copy(replica) : backend,
      fallbackStatusCodes: [500, 502, 503, 504], // not 403 and 404, which are answers
    });
  }

  /** CloudFront publishes in us-east-1 only, and nothing without `Region=Global`, which the L2's metrics lack. */
  get signals() {
    const period = Duration.minutes(1);
    const metric = (metricName: string, statistic: string) =>
      new Metric({
        namespace: 'AWS/CloudFront',
        metricName,
        statistic,
        period,
        region: 'us-east-1',
        dimensionsMap: { DistributionId: this.distribution.distributionId, Region: 'Global' },
      });
    const requests = metric('Requests', 'Sum');
    return {
      edgeRequests: signal('count', requests),
      edgeErrorRate: signal(
        'percent',
        new MathExpression({
          expression: 'IF(FILL(requests, 0) > 20, errors, 0)', // a minimum of traffic
          usingMetrics: { requests, errors: metric('5xxErrorRate', 'Average') },
          period,
        }),
      ),
    };
  }
}
