/** Zones and subnets, who lives in them and their way out. No security groups. */
import { ofType, type Resource, references, type Stack, spelt } from '../assembly';
import { type Edge, flowchart, type Node } from './mermaid';

/** What lives in subnets: type of the resource, the property that names them, what we call it. */
const RESIDENTS = [
  ['AWS::EC2::NatGateway', 'SubnetId', 'NAT gateway'],
  ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'Subnets', 'load balancer'],
  ['AWS::AutoScaling::AutoScalingGroup', 'VPCZoneIdentifier', 'fleet'],
  ['AWS::EC2::VPCEndpoint', 'SubnetIds', 'interface endpoints'],
  ['AWS::RDS::DBSubnetGroup', 'SubnetIds', 'PostgreSQL'],
  ['AWS::ElastiCache::SubnetGroup', 'SubnetIds', 'Redis'],
] as const;

const INTERNET = 'internet';

const zone = (subnet: Resource) => spelt(subnet, 'AvailabilityZone');

export function networkDiagram(stacks: readonly Stack[]): string {
  const to = ({ stack }: Resource, value: unknown) => references(stacks, stack, value);
  const kind = ({ properties }: Resource) =>
    (properties.Tags as readonly { Key: string; Value: string }[]).find(({ Key }) => Key === 'aws-cdk:subnet-name')
      ?.Value ?? '';
  const subnets = ofType(stacks, 'AWS::EC2::Subnet');
  const subnetOf = new Map(
    ofType(stacks, 'AWS::EC2::SubnetRouteTableAssociation').map((link) => [
      to(link, link.properties.RouteTableId)[0],
      to(link, link.properties.SubnetId)[0] ?? '',
    ]),
  );
  const residents = (key: string) =>
    RESIDENTS.filter(([type, property]) =>
      ofType(stacks, type).some((one) => to(one, one.properties[property]).includes(key)),
    ).map(([, , called]) => called);

  const nodes: Node[] = subnets.map((subnet) => ({
    id: subnet.key,
    label: [`${kind(subnet)} ${subnet.properties.CidrBlock}`, ...residents(subnet.key)].join('<br>'),
    group: zone(subnet),
  }));
  const natIn = new Map(
    ofType(stacks, 'AWS::EC2::NatGateway').map((nat) => [nat.key, to(nat, nat.properties.SubnetId)[0]]),
  );
  const ways: Edge[] = ofType(stacks, 'AWS::EC2::Route').map((route) => {
    const { RouteTableId, NatGatewayId } = route.properties;
    const from = subnetOf.get(to(route, RouteTableId)[0]) ?? '';
    return { from, to: natIn.get(to(route, NatGatewayId)[0] ?? '') ?? INTERNET };
  });
  // what has no way out stands under its zone's other subnets
  const closed = subnets.filter(({ key }) => !ways.some(({ from }) => from === key));
  const below: Edge[] = closed.flatMap((subnet) => {
    const above = subnets.find(
      (other) =>
        zone(other) === zone(subnet) && ways.some(({ from, to: target }) => from === other.key && target !== INTERNET),
    );
    return above ? [{ from: subnet.key, to: above.key, line: 'order' as const }] : [];
  });
  return flowchart('BT', [{ id: INTERNET, label: 'internet gateway', shape: 'round' }, ...nodes], [...ways, ...below]);
}
