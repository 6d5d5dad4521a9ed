/** The site's private bucket and the distribution in front of it and of the balancer. Not the files in it: releases'. */
import { readFileSync } from 'node:fs';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AccessLevel,
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
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { AccessLogs } from './access-logs';
import { type SecurityHeaders, securityHeadersPolicy } from './security-headers';

const REACH = {
  'europe-america': PriceClass.PRICE_CLASS_100,
  'without-south-america-australia': PriceClass.PRICE_CLASS_200,
  everywhere: PriceClass.PRICE_CLASS_ALL,
} as const;

/** What is the backend's; everything else is the site's. */
const BACKEND_PATHS = ['/api/*', '/ws', '/health'];

export interface SiteProps {
  /** The balancer, as CloudFront reaches it. */
  readonly backend: IOrigin;
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
  readonly bucket: Bucket;
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: SiteProps) {
    super(scope, id);
    const { domain, retain = true } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [
        { noncurrentVersionExpiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      autoDeleteObjects: !retain,
    });
    // listing is allowed to CloudFront, or a missing file is 403 instead of 404
    const origin = S3BucketOrigin.withOriginAccessControl(this.bucket, {
      originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
    });
    // a rule of the bucket, since a path can be written in more ways (%2E, %2F) than a function at the edge would know
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: [this.bucket.arnForObjects('.releases/*')],
      }),
    );
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
      comment: 'Renders the application for its own paths',
      code: FunctionCode.fromInline(readFileSync('constructs/edge/page-function.js', 'utf8')),
    });
    this.distribution = new Distribution(this, 'Distribution', {
      comment: Stack.of(this).stackName,
      defaultRootObject: 'index.html', // so that a list of the bucket is never the answer to /
      defaultBehavior: {
        ...common,
        origin,
        compress: true,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        functionAssociations: [{ function: page, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
      additionalBehaviors: Object.fromEntries(BACKEND_PATHS.map((path) => [path, backend])),
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: REACH[props.reach],
      webAclId: props.webAclArn,
      ...(domain && {
        domainNames: [domain.name],
        certificate: domain.certificate,
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021, // CloudFront's own name has CloudFront's own policy
      }),
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only CloudFront reads it, and every read of CloudFront is logged there.',
    });
    Validations.of(this.distribution).acknowledge(
      {
        id: 'AwsSolutions-CFR1',
        reason: 'The site is for the whole world; config.edge.reach only says where it is fast.',
      },
      {
        id: 'AwsSolutions-CFR3',
        reason: 'It is logged by the current delivery (AccessLogs), which the rule does not know.',
      },
    );
    if (!props.webAclArn)
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR2',
        reason: 'The environment opts out of the firewall, with a reason of its own in its configuration.',
      });
    if (!domain)
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR4',
        reason: "CloudFront's own name has CloudFront's own certificate, whose protocols are fixed.",
      });
    new AccessLogs(this, 'AccessLogs', {
      distribution: this.distribution,
      retention: props.accessLogRetention,
      retain,
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
    return {
      edgeErrorRate: signal(
        'percent',
        new MathExpression({
          expression: 'IF(FILL(requests, 0) > 20, errors, 0)', // a minimum of traffic
          usingMetrics: { requests: metric('Requests', 'Sum'), errors: metric('5xxErrorRate', 'Average') },
          period,
        }),
      ),
    };
  }
}
