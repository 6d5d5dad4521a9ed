/** The network of the primary region: zones from config, so that synthesis asks no account. */
import { Aws, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { Network } from '../../constructs/network/network';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { SavedQueries } from '../../constructs/storage/saved-queries';
import { networkAlerts } from '../alerts/network';
import type { Environment } from '../config/environment';
import { QUERIES, queryFolder } from '../logs/queries';

export interface NetworkStackProps extends StackProps {
  readonly config: Environment;
  readonly alerting: Alerting;
}

export class NetworkStack extends Stack {
  readonly vpc: IVpc;
  /** From which what is inside is seen outside. */
  readonly addresses: readonly string[];
  readonly #zones: readonly string[];

  constructor(scope: Construct, id: string, { config, alerting, ...props }: NetworkStackProps) {
    super(scope, id, props);
    this.#zones = config.zones.map((zone) => zone.replace(config.region, Aws.REGION)); // a template names no zone outright
    const { cidr, natGateways, interfaceEndpoints } = config.network;
    const removalPolicy = config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logKey = new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs();
    const network = new Network(this, 'Network', {
      cidr,
      natGateways,
      interfaceEndpoints,
      optionalEndpoints: [
        ...(config.metrics?.prometheus ? (['prometheus'] as const) : []),
        ...(config.tracing ? (['tracing'] as const) : []),
      ],
      logRetention: config.retention.logDays as RetentionDays,
      logKey,
    });
    this.vpc = network.vpc;
    this.addresses = network.addresses;
    const folder = queryFolder(config);
    new SavedQueries(this, 'Queries', { folder, queries: QUERIES.network, logGroups: [network.flowLogs] });
    new Alarms(this, 'NetworkAlarms', { signals: network.signals, alerts: networkAlerts, ...alerting });
  }

  /** Without this an account and a region together make CDK look the zones up, which fails offline. */
  override get availabilityZones(): string[] {
    return [...(this.#zones ?? [])];
  }
}
