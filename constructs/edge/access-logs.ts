/** Access logs of a distribution in a bucket of their own, by CloudFront's current delivery: the older one needs ACLs. */
import { Duration, Names, Stack } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PrivateBucket } from '../storage/private-bucket';

export interface AccessLogsProps {
  readonly retention: Duration;
  /** Keep them when the stack goes. */
  readonly retain: boolean;
}

export class AccessLogs extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { retention, retain }: AccessLogsProps) {
    super(scope, id);
    this.bucket = new PrivateBucket(this, 'Bucket', { expiration: retention, oldVersions: Duration.days(1), retain });
  }

  deliverFrom(distribution: Distribution): void {
    const { bucket } = this;
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('*')],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const name = Names.uniqueResourceName(this, { maxLength: 55 });
    const source = new CfnDeliverySource(this, 'Source', {
      name,
      logType: 'ACCESS_LOGS',
      resourceArn: distribution.distributionArn,
    });
    const destination = new CfnDeliveryDestination(this, 'Destination', {
      name,
      outputFormat: 'json',
      destinationResourceArn: bucket.bucketArn,
    });
    const delivery = new CfnDelivery(this, 'Delivery', {
      deliverySourceName: name,
      deliveryDestinationArn: destination.attrArn,
    });
    delivery.addResourceDependency(source);
    if (bucket.policy) destination.node.addDependency(bucket.policy);
  }
}
