/** The network of production, beside development's smaller one. */
import { Match } from 'aws-cdk-lib/assertions';
import { properties, stackTemplate } from '../support/stack';

const prod = stackTemplate('prod', 'Network');
const dev = stackTemplate('dev', 'Network');

const ROUTES = properties(prod, 'AWS::EC2::Route').filter(
  ({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0',
);
const tableOf = (id: string) => id.replace(/Subnet(\d)(RouteTable\w+|Subnet\w+)$/, '$1');

it('has public, private and isolated subnets in three zones', () => {
  const kinds = properties(prod, 'AWS::EC2::Subnet').map(({ AvailabilityZone, Tags }) => [
    Tags.find(({ Key }: { Key: string }) => Key === 'aws-cdk:subnet-name').Value,
    AvailabilityZone,
  ]);
  const zones = ['a', 'b', 'c'].map((zone) => ({ 'Fn::Join': ['', [{ Ref: 'AWS::Region' }, zone]] }));
  expect(kinds.sort()).toEqual(['Isolated', 'Private', 'Public'].flatMap((kind) => zones.map((zone) => [kind, zone])));
});

it('leads each zone out by its own gateway', () => {
  const ways = ROUTES.filter(({ NatGatewayId }) => NatGatewayId).map(({ RouteTableId, NatGatewayId }) => [
    /PrivateSubnet(\d)/.exec(RouteTableId.Ref)?.[1],
    /PublicSubnet(\d)/.exec(NatGatewayId.Ref)?.[1],
  ]);
  expect(ways.sort()).toEqual([
    ['1', '1'],
    ['2', '2'],
    ['3', '3'],
  ]);
  dev.resourceCountIs('AWS::EC2::NatGateway', 1);
});

it('reaches S3 from every subnet without leaving the network', () => {
  const [gateway] = properties(prod, 'AWS::EC2::VPCEndpoint').filter(
    ({ VpcEndpointType }) => VpcEndpointType === 'Gateway',
  );
  const tables = Object.keys(prod.findResources('AWS::EC2::RouteTable')).map(tableOf);
  expect(gateway.RouteTableIds.map(({ Ref }: { Ref: string }) => tableOf(Ref)).sort()).toEqual(tables.sort());
  dev.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
});

it('reaches in private what a server asks at boot and while it runs', () => {
  const services = properties(prod, 'AWS::EC2::VPCEndpoint')
    .filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface')
    .map(({ ServiceName }) => ServiceName.replace('com.amazonaws.eu-west-1.', ''));
  expect(services.sort()).toEqual(['ec2', 'logs', 'monitoring', 'secretsmanager', 'sqs', 'ssm', 'ssmmessages']);
});

it('logs all flows, encrypted', () => {
  prod.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', ResourceType: 'VPC' });
  prod.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 365 });
});

it('closes the security group that a network has by itself', () => {
  prod.hasResourceProperties('Custom::VpcRestrictDefaultSG', {
    DefaultSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Vpc'), 'DefaultSecurityGroup'] },
  });
});
