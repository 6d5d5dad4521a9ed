/** Names by which a public balancer is reached without CloudFront: who has them, and their records. The site's own name is Dns's. */
import { CfnOutput } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import type { Balancer } from '../../constructs/backend/balancer';
import { StaticAddresses } from '../../constructs/backend/static-addresses';
import type { Environment } from '../config/environment';

const hostsOf = (services: Environment['services']) => (services ?? []).flatMap(({ hosts = [] }) => hosts);

/** The site's name, to which DNS may lead here, and the balancer's. @param services that are asked by names of theirs. @default all */
export const balancerNames = (
  { domain, balancing, services }: Environment,
  asked: Environment['services'] = services,
): readonly string[] =>
  domain
    ? [
        domain.name,
        `origin.${domain.name}`,
        ...(balancing.staticAddresses ? [`static.${domain.name}`] : []),
        ...hostsOf(asked),
      ]
    : [];

interface Given {
  readonly config: Environment;
  readonly zone: IHostedZone;
  readonly vpc: IVpc;
  readonly balancer: Balancer;
}

export function balancerRecords(stack: Construct, { config, zone, vpc, balancer }: Given): void {
  const { domain, balancing, database, services } = config;
  const target = RecordTarget.fromAlias(new LoadBalancerTarget(balancer.loadBalancer));
  new ARecord(stack, 'OriginRecord', { zone, recordName: `origin.${domain?.name}`, target });
  for (const host of hostsOf(services)) new ARecord(stack, `Record-${host}`, { zone, recordName: host, target });
  if (!balancing.staticAddresses) return;
  const { loadBalancer, addresses } = new StaticAddresses(stack, 'Static', { vpc, balancer, retain: database.retain });
  const fixed = RecordTarget.fromAlias(new LoadBalancerTarget(loadBalancer));
  new ARecord(stack, 'StaticRecord', { zone, recordName: `static.${domain?.name}`, target: fixed });
  new CfnOutput(stack, 'StaticAddresses', { value: addresses.join(' ') });
}
