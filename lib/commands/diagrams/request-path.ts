/** The way of a request: names, edge, balancer, fleet, data. Follows the references between resources, so it shows what is deployed and not what is meant. */
import { ofType, type Resource, references, type Stack } from '../assembly';
import { limitsOf } from '../limits';
import { type Edge, flowchart, type Node } from './mermaid';

const VISITOR = 'visitor';
interface Origin {
  readonly Id: string;
  readonly DomainName: unknown;
  readonly VpcOriginConfig?: unknown;
}
interface Behaviour {
  readonly TargetOriginId: string;
  readonly PathPattern?: string;
}
interface OriginGroup {
  readonly Id: string;
  readonly Members: { readonly Items: readonly { readonly OriginId: string }[] };
}

export function requestPathDiagram(stacks: readonly Stack[]): string {
  const to = ({ stack }: Resource, value: unknown) => references(stacks, stack, value);
  const find = (type: string) => ofType(stacks, type);
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const show = (resources: readonly Resource[], label: (one: Resource) => string, shape?: Node['shape']) => {
    for (const one of resources) nodes.push({ id: one.key, label: label(one), shape });
  };

  const distributions = find('AWS::CloudFront::Distribution');
  const recordName = ({ properties }: Resource) => String(properties.Name).replace(/\.$/, '');
  const hosts = distributions.flatMap(({ properties }) =>
    (properties.DistributionConfig as { readonly Origins: readonly Origin[] }).Origins.map(
      ({ DomainName }) => DomainName,
    ),
  );
  const checked = new Set(
    find('AWS::Route53::HealthCheck').map(
      ({ properties }) =>
        (properties.HealthCheckConfig as { readonly FullyQualifiedDomainName?: unknown }).FullyQualifiedDomainName,
    ),
  );
  // no request comes by a name that only health checks ask
  const records = find('AWS::Route53::RecordSet').filter(
    (record) => !checked.has(recordName(record)) || hosts.includes(recordName(record)),
  );
  const balancers = find('AWS::ElasticLoadBalancingV2::LoadBalancer');
  // green is as blue, and one of the two rests
  const fleets = find('AWS::AutoScaling::AutoScalingGroup').filter(
    ({ properties }) => !String(properties.AutoScalingGroupName).endsWith('-green'),
  );
  const databases = find('AWS::RDS::DBInstance');
  const stores = find('AWS::ElastiCache::ReplicationGroup');

  nodes.push({ id: VISITOR, label: 'visitor', shape: 'round' });
  for (const name of [...new Set(records.map(recordName))]) nodes.push({ id: name, label: `Route 53<br>${name}` });
  show(distributions, () => 'CloudFront');
  const vpcOrigins = new Map(find('AWS::CloudFront::VpcOrigin').map((one) => [one.key, to(one, one.properties)]));
  const namedByOrigin = new Set<string>();

  for (const distribution of distributions) {
    const config = distribution.properties.DistributionConfig as {
      readonly Origins: readonly Origin[];
      readonly OriginGroups?: { readonly Items: readonly OriginGroup[] };
      readonly DefaultCacheBehavior: Behaviour;
      readonly CacheBehaviors?: readonly Behaviour[];
    };
    const members = ({ TargetOriginId }: Behaviour) =>
      config.OriginGroups?.Items.find(({ Id }) => Id === TargetOriginId)?.Members.Items.map(
        ({ OriginId }) => OriginId,
      ) ?? [TargetOriginId];
    const behaviours = [config.DefaultCacheBehavior, ...(config.CacheBehaviors ?? [])];
    for (const { Id, DomainName, VpcOriginConfig } of config.Origins) {
      const used = to(distribution, [VpcOriginConfig, DomainName]).flatMap((key) => vpcOrigins.get(key) ?? [key]);
      const buckets = find('AWS::S3::Bucket').filter(({ key }) => used.includes(key));
      show(buckets, ({ stack }) => `site bucket<br>${stack.region}`, 'store');
      const known = [...buckets, ...balancers].find(({ key }) => used.includes(key))?.key;
      const target = known ?? String(DomainName);
      if (!known) namedByOrigin.add(target);
      const paths = (place: number) =>
        behaviours
          .filter((behaviour) => members(behaviour)[place] === Id)
          .map(({ PathPattern }) => PathPattern ?? 'everything else')
          .join(', ');
      if (paths(0)) edges.push({ from: distribution.key, to: target, label: paths(0) });
      if (paths(1))
        edges.push({ from: distribution.key, to: target, label: `${paths(1)} when that fails`, line: 'dotted' });
    }
  }

  show(balancers, ({ properties }) => `load balancer<br>${properties.Scheme}`);
  const passed = new Set<string>(); // names that only other names lead to
  for (const record of records) {
    const { AliasTarget, Failover, HostedZoneId, ResourceRecords = [] } = record.properties;
    const label = Failover ? String(Failover).toLowerCase() : undefined;
    const line = Failover === 'SECONDARY' ? 'dotted' : 'arrow';
    const ours = new Set([...distributions, ...balancers].map(({ key }) => key));
    const alias = AliasTarget as { readonly DNSName: unknown; readonly HostedZoneId: unknown } | undefined;
    const names = (ResourceRecords as readonly unknown[]).filter((each) => typeof each === 'string').map(String);
    const next = alias?.HostedZoneId === HostedZoneId ? [String(alias?.DNSName).replace(/\.$/, '')] : [];
    for (const name of names) nodes.push({ id: name, label: name });
    for (const name of next) passed.add(name);
    for (const target of [
      ...to(record, [AliasTarget, ResourceRecords]).filter((key) => ours.has(key)),
      ...names,
      ...next,
    ])
      edges.push({ from: recordName(record), to: target, label, line });
  }
  const entries = [...new Set(records.map(recordName))].filter((name) => !namedByOrigin.has(name) && !passed.has(name));
  for (const entry of entries.length > 0 ? entries : distributions.map(({ key }) => key))
    edges.push({ from: VISITOR, to: entry });

  /** What a server of the fleet is launched with. */
  const launched = (fleet: Resource) => {
    const templates = to(fleet, fleet.properties.LaunchTemplate);
    return find('AWS::EC2::LaunchTemplate')
      .filter(({ key }) => templates.includes(key))
      .flatMap((one) => to(one, one.properties));
  };
  const answers = ({ properties }: Resource) =>
    properties.TargetGroupARNs ? 'fleet, blue or green: NGINX + Node' : 'workers: Node';
  show(fleets, (one) => {
    const { min, max } = limitsOf(stacks, one);
    return `${answers(one)}<br>${min} to ${max} servers`;
  });
  for (const listener of find('AWS::ElasticLoadBalancingV2::Listener'))
    for (const group of find('AWS::ElasticLoadBalancingV2::TargetGroup')) {
      if (!to(listener, listener.properties.DefaultActions).includes(group.key)) continue;
      const [from = ''] = to(listener, listener.properties.LoadBalancerArn);
      const label = `port ${group.properties.Port}`;
      for (const fleet of fleets.filter((one) => to(one, one.properties.TargetGroupARNs ?? []).includes(group.key)))
        edges.push({ from, to: fleet.key, label });
    }

  // who is told where the queue is: the fleet sends, the workers take, and where there are none the fleet does both
  const queues = find('AWS::SQS::Queue').filter(({ key }) => fleets.some((one) => launched(one).includes(key)));
  show(queues, () => 'SQS: jobs', 'store');
  for (const queue of queues)
    for (const fleet of fleets.filter((one) => launched(one).includes(queue.key)))
      edges.push(
        fleet.properties.TargetGroupARNs
          ? { from: fleet.key, to: queue.key, label: 'jobs' }
          : { from: queue.key, to: fleet.key, label: 'jobs' },
      );

  show(
    stores,
    ({ properties: { Engine, ReplicasPerNodeGroup: replicas } }) => `sessions: ${Engine}<br>${replicas ?? 0} replicas`,
    'store',
  );
  show(
    databases,
    ({ properties: { MultiAZ, SourceDBInstanceIdentifier } }) =>
      SourceDBInstanceIdentifier ? 'PostgreSQL<br>replica' : `PostgreSQL<br>primary${MultiAZ ? ', Multi-AZ' : ''}`,
    'store',
  );
  for (const replica of databases)
    for (const primary of to(replica, replica.properties.SourceDBInstanceIdentifier))
      if (databases.some(({ key }) => key === primary))
        edges.push({ from: primary, to: replica.key, label: 'copies', line: 'dotted' });

  // who may open a connection to whom: the rules of the security groups
  for (const rule of find('AWS::EC2::SecurityGroupIngress')) {
    const { GroupId, SourceSecurityGroupId, FromPort } = rule.properties;
    const [source = ''] = to(rule, SourceSecurityGroupId);
    const [guarded = ''] = to(rule, GroupId);
    for (const fleet of fleets.filter((one) => launched(one).includes(source)))
      for (const target of [...stores, ...databases])
        if (to(target, [target.properties.SecurityGroupIds, target.properties.VPCSecurityGroups]).includes(guarded))
          edges.push({ from: fleet.key, to: target.key, label: `port ${FromPort}` });
  }

  const firewalls = find('AWS::WAFv2::WebACL');
  const guards: (readonly [string | undefined, string | undefined])[] = [
    ...distributions.map(
      (one) => [to(one, (one.properties.DistributionConfig as { WebACLId?: unknown }).WebACLId)[0], one.key] as const,
    ),
    ...find('AWS::WAFv2::WebACLAssociation').map(
      (one) => [to(one, one.properties.WebACLArn)[0], to(one, one.properties.ResourceArn)[0]] as const,
    ),
  ];
  for (const [acl, guarded = ''] of guards) {
    if (!acl || !firewalls.some(({ key }) => key === acl)) continue;
    nodes.push({ id: acl, label: 'firewall (WAF)' });
    edges.push({ from: acl, to: guarded, label: 'filters', line: 'dotted' });
  }
  return flowchart('LR', nodes, edges);
}
