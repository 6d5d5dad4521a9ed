/** What takes over when a resource is hit: a table by its type. Knows nothing of what else depends on it. */
import { lostWithZone } from '../../config/servers';
import type { Resource } from '../assembly';
import { bucketHurt, databaseHurt, replicaHurt, sessionsHurt } from './data-takeovers';
import { BALANCER_NAME, BOOT_S, KEY_MEND, SEALED_MEND, type Term } from './figures';
import { labelOf } from './graph';
import { type Hurt, minutesOf, silence, type Takeover } from './hurt';
import type { Hit } from './losses';
import { ofType, type Parts, type Service } from './parts';

const NOTHING = 'nothing';
/** A target group's check: interval × failures, and the time that the last one may take. */
function checkOf(group: Resource | undefined): Term {
  const { HealthCheckIntervalSeconds: interval = 30, UnhealthyThresholdCount: failures = 2 } = group?.properties ?? {};
  const limit = Number(group?.properties.HealthCheckTimeoutSeconds ?? 5);
  return {
    seconds: Number(interval) * Number(failures) + limit,
    formula: `${interval} s × ${failures} + ${limit} s`,
    source: `health check of ${group ? labelOf(group) : 'the group'}: interval × failures + timeout`,
  };
}

interface Hook {
  readonly LifecycleTransition: string;
  readonly HeartbeatTimeout: number;
}

/** The longest that auto scaling waits for a new server: for its launch hook, where it has one, and then for its health. */
export function bootOf({ groups: [group] }: Service): Term {
  const { HealthCheckGracePeriod = 0, LifecycleHookSpecificationList = [] } = group?.properties ?? {};
  const hook = (LifecycleHookSpecificationList as readonly Hook[]).find(({ LifecycleTransition }) =>
    /LAUNCHING$/.test(LifecycleTransition),
  );
  const parts = [...(hook ? [Number(hook.HeartbeatTimeout)] : []), Number(HealthCheckGracePeriod)];
  return {
    seconds: parts.reduce((sum, part) => sum + part, 0),
    formula: parts.map((part) => `${part} s`).join(' + '),
    source: `until auto scaling gives a new server up: ${hook ? 'its launch hook, then ' : ''}HealthCheckGracePeriod`,
  };
}

const servers: Takeover = (template, hit, { services, standby }) => {
  const service = [...services, ...(standby?.services ?? [])].find((each) => each.template === template);
  if (!service?.min) return undefined; // a service that waits without a server
  const { min, targets, zones } = service;
  const gone = hit === 'region' ? min : hit === 'one' ? 1 : lostWithZone(min, zones.length);
  const word = targets.length > 0 ? 'server' : 'worker';
  const lost = `${gone} of ${min} ${word}${min === 1 ? '' : 's'} (${labelOf(template)}, at the minimum)`;
  const kind = `${word}s`;
  if (hit === 'region') return { kind, lost, takesOver: NOTHING };
  const check = targets.length > 0 ? [checkOf(targets[0])] : [];
  if (gone < min)
    return {
      kind,
      lost,
      takesOver: `the other ${min - gone === 1 ? word : `${word}s`}; the group starts as many anew`,
      terms: [],
      weak: check,
      symptoms: [
        ...(targets.length > 0 ? [{ signal: 'unhealthyServers', minutes: 1 }] : []),
        { signal: 'serversInService', minutes: minutesOf(BOOT_S) },
      ],
    };
  const terms = [...check, bootOf(service)];
  const minutes = minutesOf(terms.reduce((sum, { seconds }) => sum + seconds, 0));
  return {
    kind,
    lost,
    takesOver: 'a new one, in a zone that is left',
    terms,
    symptoms: [{ signal: targets.length > 0 ? 'healthyServers' : 'workers', minutes }],
  };
};

const balancer: Takeover = (resource, hit, { graph }) => {
  const zones = graph.zones(resource).length;
  const shifts = ofType(graph, 'AWS::ARCZonalShift::ZonalAutoshiftConfiguration').some((each) =>
    graph.from(each, 'ResourceIdentifier').includes(resource),
  );
  if (hit === 'zone' && zones > 1)
    return {
      kind: 'balancer',
      lost: 'an address of the balancer',
      takesOver: `its addresses in the others${shifts ? '; AWS takes the zone out where it sees it fail' : ''}`,
      terms: [],
      weak: [BALANCER_NAME],
    };
  return {
    kind: 'balancer',
    lost: 'the balancer',
    takesOver: NOTHING,
    mend: 'npm run deploy',
    symptoms: [silence(resource)],
  };
};

/** Servers reach what has no private way through the gateway of their zone. */
const nat: Takeover = (resource, hit, { services: first, standby }) => {
  const services = resource.stack.region === standby?.region ? standby.services : first;
  const zones = services.flatMap((service) =>
    [...service.nat].filter(([, each]) => each === resource).map(([zone]) => zone),
  );
  const used = [...new Set(zones)].sort();
  return {
    kind: 'NAT gateway',
    lost: `the way out of servers in ${used.join(', ')}`,
    takesOver:
      hit !== 'region' && services.some((service) => [...service.nat.values()].some((each) => each !== resource))
        ? 'servers in the other zones have their own'
        : NOTHING,
    mend: 'npm run deploy makes another',
    symptoms: [silence(resource)],
  };
};

/** One of several places, or all of them. */
const spread =
  (what: string): Takeover =>
  (resource, hit, { graph }) => {
    const zones = graph.zones(resource).length;
    const lost = `${what} ${labelOf(resource)}`;
    if (hit === 'zone')
      return zones > 1
        ? { kind: what, lost: `${lost}, in one of ${zones} zones`, takesOver: 'the other zones', terms: [] }
        : { kind: what, lost, takesOver: NOTHING };
    return { kind: what, lost, takesOver: NOTHING, mend: 'npm run deploy' };
  };

const whole =
  (what: string, more: Omit<Hurt, 'kind' | 'lost' | 'takesOver'>): Takeover =>
  (resource) => ({
    kind: what,
    lost: `${what} ${labelOf(resource)}`,
    takesOver: NOTHING,
    symptoms: [silence(resource)],
    ...more,
  });

const TAKEOVERS: Readonly<Record<string, Takeover>> = {
  'AWS::EC2::LaunchTemplate': servers,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': balancer,
  'AWS::EC2::NatGateway': nat,
  'AWS::EC2::VPCEndpoint': spread('private way'),
  'AWS::Lambda::Function': (resource, hit, parts) =>
    hit === 'zone'
      ? spread('function')(resource, hit, parts)
      : whole('function', { mend: 'npm run deploy' })(resource, hit, parts),
  'AWS::RDS::DBInstance': (resource, hit, parts) =>
    resource.properties.SourceDBInstanceIdentifier === undefined
      ? databaseHurt(resource, hit, parts)
      : replicaHurt(resource, hit, parts),
  'AWS::ElastiCache::ReplicationGroup': sessionsHurt,
  'AWS::S3::Bucket': bucketHurt,
  'AWS::SQS::Queue': whole('queue', {
    gone: 'messages in it',
    mend: 'npm run deploy',
  }),
  'AWS::SNS::Topic': whole('topic', { gone: 'alerts meanwhile', mend: 'npm run deploy' }),
  'AWS::KMS::Key': whole('key', { gone: 'all that it encrypts, once it is deleted', mend: KEY_MEND }),
  'AWS::SecretsManager::Secret': whole('secret', { mend: SEALED_MEND }),
  'AWS::CloudFront::Distribution': whole('CloudFront', { mend: 'AWS' }),
};

/** Nothing when it is of a type that nobody misses. */
export const hurtOf = (resource: Resource, hit: Hit, parts: Parts): Hurt | undefined =>
  TAKEOVERS[resource.type]?.(resource, hit, parts);
