/** Holds the releases of one region: `releases/ID.tar` and the states of services, `services/NAME.json`. Not who writes them: custom resource, machine and command. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { archiveKey, stateKey } from '../../lambda/rollout/state';
import { exempt } from '../exemptions';
import { PrivateBucket } from '../storage/private-bucket';

export interface ReleaseBucketProps {
  /** Where access to it is logged. */
  readonly accessLogs: IBucket;
  /** Keep the releases when the stack goes. @default true */
  readonly retain?: boolean;
}

export class ReleaseBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { accessLogs, retain = true }: ReleaseBucketProps) {
    super(scope, id);
    this.bucket = new PrivateBucket(this, 'Bucket', { accessLogs, oldVersions: Duration.days(90), retain });
  }

  /** Lets a server fetch the state of its service and what that names, and list nothing. */
  allowFetching(role: Role, service: string): void {
    const resources = [stateKey(service), archiveKey('*')].map((key) => this.bucket.arnForObjects(key));
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources }));
    exempt(role, 'wildcard', `Resource::${this.#arnAsFound(Stack.of(role))}/${archiveKey('*')}`);
  }

  /** How cdk-nag names the bucket in a stack: by its logical id in its own, by its export in another. */
  #arnAsFound(stack: Stack): string {
    const own = Stack.of(this);
    if (stack === own) return `<${own.getLogicalId(this.bucket.node.defaultChild as CfnBucket)}.Arn>`;
    return own.resolve(own.exportValue(this.bucket.bucketArn))['Fn::ImportValue'];
  }
}
