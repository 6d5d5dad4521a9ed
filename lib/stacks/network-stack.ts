/** The network of the primary region: zones from config, so that synthesis asks no account. */
import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Network } from '../../constructs/network/network';
import type { Environment } from '../config/environment';

export interface NetworkStackProps extends StackProps {
  readonly config: Environment;
}

export class NetworkStack extends Stack {
  readonly vpc: IVpc;
  readonly #zones: readonly string[];

  constructor(scope: Construct, id: string, { config, ...props }: NetworkStackProps) {
    super(scope, id, props);
    this.#zones = config.zones;
    const { cidr, natGateways, interfaceEndpoints } = config.network;
    const logKey = new Key(this, 'LogKey', {
      enableKeyRotation: true,
      removalPolicy: config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const conditions = {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${this.partition}:logs:${this.region}:${this.account}:*` },
    };
    logKey.grantEncryptDecrypt(new ServicePrincipal(`logs.${this.region}.amazonaws.com`, { conditions }));
    this.vpc = new Network(this, 'Network', {
      cidr,
      natGateways,
      interfaceEndpoints,
      flowLogRetention: config.retention.logDays as RetentionDays,
      logKey,
    }).vpc;
  }

  /** Without this an account and a region together make CDK look the zones up, which fails offline. */
  override get availabilityZones(): string[] {
    return [...(this.#zones ?? [])];
  }
}
