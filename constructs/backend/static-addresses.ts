/** Fixed addresses before a public balancer, one in each zone: a network load balancer that passes connections on as they are. Ends no TLS, and knows no service. */
import { CfnEIP, type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { NetworkLoadBalancer, NetworkTargetGroup, Protocol, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { AlbArnTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Construct } from 'constructs';
import { exempt } from '../exemptions';
import type { Balancer } from './balancer';

/** What the balancer answers: requests, and at 80 a way to 443. */
const PORTS = [443, 80];

export interface StaticAddressesProps {
  readonly vpc: IVpc;
  /** Public, with a certificate. */
  readonly balancer: Balancer;
  /** Refuse the deletion. @default true */
  readonly retain?: boolean;
}

export class StaticAddresses extends Construct {
  readonly loadBalancer: NetworkLoadBalancer;
  /** IPv4, one for each zone. */
  readonly addresses: readonly string[];

  constructor(scope: Construct, id: string, { vpc, balancer, retain = true }: StaticAddressesProps) {
    super(scope, id);
    const { loadBalancer: behind, accessLogs } = balancer;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Static addresses',
      allowAllOutbound: false,
    });
    exempt(securityGroup, 'visitors');
    const subnets = vpc.selectSubnets({ subnetType: SubnetType.PUBLIC }).subnets;
    const addresses = subnets.map((_, index) => new CfnEIP(this, `Address${index + 1}`, { domain: 'vpc' }));
    this.addresses = addresses.map(({ attrPublicIp }) => attrPublicIp);
    this.loadBalancer = new NetworkLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: true,
      securityGroups: [securityGroup],
      subnetMappings: subnets.map((subnet, index) => ({
        subnet,
        allocationId: addresses[index]?.attrAllocationId,
      })),
      crossZoneEnabled: true, // an address must lead to the balancer also when the balancer has left its zone
      deletionProtection: retain,
    });
    this.loadBalancer.logAccessLogs(accessLogs, 'static');
    if (!retain) exempt(this.loadBalancer, 'deletable');
    for (const port of PORTS) {
      securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(port), 'Visitors');
      securityGroup.connections.allowTo(behind, Port.tcp(port), 'Balancer');
      const targets = new NetworkTargetGroup(this, `Balancer${port}`, {
        vpc,
        port,
        protocol: Protocol.TCP,
        targetType: TargetType.ALB, // which sees the visitor's own address
        targets: [new AlbArnTarget(behind.loadBalancerArn, port)],
        healthCheck: {
          protocol: port === 443 ? Protocol.HTTPS : Protocol.HTTP,
          path: '/livez',
          healthyHttpCodes: '200-399',
        },
      });
      targets.node.addDependency(...behind.listeners); // it must listen before it is a target
      this.loadBalancer.addListener(`Port${port}`, { port, protocol: Protocol.TCP, defaultTargetGroups: [targets] });
    }
  }
}
