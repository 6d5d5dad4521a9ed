/** The VPC: public, private and isolated subnets in each zone, ways out, private ways to AWS, flow logs. Not the security groups of what lives in it. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  CfnEIP,
  CfnFlowLog,
  CfnNatGateway,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { exemptProvider } from '../cdk-provider';
import { Logs, type LogsProps } from '../storage/logs';

/** What a server asks at boot and while it runs. S3 has a gateway, which costs nothing. */
const SERVICES = {
  Ssm: InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Monitoring: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  Sqs: InterfaceVpcEndpointAwsService.SQS,
  Ec2: InterfaceVpcEndpointAwsService.EC2, // the CloudWatch agent asks for its group's name
} as const;

/** What is asked only where it is in use. */
const OPTIONAL = {
  prometheus: InterfaceVpcEndpointAwsService.PROMETHEUS_WORKSPACES,
  tracing: InterfaceVpcEndpointAwsService.XRAY,
} as const;

export interface NetworkProps extends LogsProps {
  /** IPv4 range of the VPC, such as '10.0.0.0/16'. Create-only. */
  readonly cidr: string;
  /** About 35 USD a month each; one for each zone survives the loss of a zone. */
  readonly natGateways: number;
  /** Private ways to AWS, about 8 USD a month per service and zone. @default true */
  readonly interfaceEndpoints?: boolean;
  /** Further ones beside those. @default none */
  readonly optionalEndpoints?: readonly (keyof typeof OPTIONAL)[];
}

export class Network extends Construct {
  readonly vpc: IVpc;
  /** From which what is inside is seen outside: those of the NAT gateways. */
  readonly addresses: readonly string[];
  readonly #gateways: readonly CfnNatGateway[];
  readonly flowLogs: ILogGroup;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr),
      natGateways: props.natGateways,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
        { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });
    exemptProvider(vpc, 'Custom::VpcRestrictDefaultSG');
    const flowLogs = new Logs(this, 'FlowLogs', props);
    const writer = new Role(this, 'FlowLogRole', { assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com') });
    flowLogs.grant(writer, 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams');
    // not `vpc.addFlowLog`, which exempts itself from the schema's rules
    new CfnFlowLog(this, 'FlowLog', {
      resourceType: 'VPC',
      resourceId: vpc.vpcId,
      trafficType: 'ALL',
      logDestination: flowLogs.logGroupArn,
      deliverLogsPermissionArn: writer.roleArn,
    });
    if (props.interfaceEndpoints ?? true) {
      const securityGroup = new SecurityGroup(this, 'Endpoints', {
        vpc,
        description: 'Interface endpoints',
        allowAllOutbound: false,
      });
      securityGroup.addIngressRule(Peer.ipv4(props.cidr), Port.tcp(443), 'From inside');
      const optional = (props.optionalEndpoints ?? []).map((name) => [name, OPTIONAL[name]] as const);
      for (const [name, service] of [...Object.entries(SERVICES), ...optional]) {
        vpc.addInterfaceEndpoint(name, { service, securityGroups: [securityGroup], open: false });
      }
    }
    this.vpc = vpc;
    this.flowLogs = flowLogs;
    this.addresses = vpc.node.findAll().flatMap((child) => (child instanceof CfnEIP ? [child.attrPublicIp] : []));
    this.#gateways = vpc.node.findAll().filter((child) => child instanceof CfnNatGateway);
  }

  get signals() {
    const each = (metricName: string) =>
      this.#gateways.map(
        ({ attrNatGatewayId }) =>
          new Metric({
            namespace: 'AWS/NATGateway',
            metricName,
            statistic: 'Sum',
            period: Duration.minutes(1),
            dimensionsMap: { NatGatewayId: attrNatGatewayId },
          }),
      );
    return {
      natPortErrors: signal('count', ...each('ErrorPortAllocation')),
      natPacketsDropped: signal('count', ...each('PacketsDropCount')),
    };
  }
}
