/** What each thing that the system does needs, as a tree over the graph: all of these, or the first of those that answers. */
import type { Resource } from '../assembly';
import { CHECK_LIMIT_S } from '../failover-report/times';
import type { Term } from './figures';
import { labelOf } from './graph';
import { ofType, type Parts, type Service, variablesOf } from './parts';

export type Need =
  | { readonly at: Resource; readonly reads?: true }
  | { readonly all: readonly Need[] }
  | { readonly first: readonly Choice[] };

export interface Choice {
  readonly need: Need;
  readonly name: string;
  /** What leads to it from the one before. */
  readonly switch: readonly Term[];
  /** It is left for the next one when this fails. @default when it fails itself */
  readonly check?: Need;
}

export const FUNCTIONS = ['pages', 'API', 'logins', 'jobs', 'alerts', 'probes', 'new servers'] as const;
export type Function_ = (typeof FUNCTIONS)[number];

const at = (resource: Resource): Need => ({ at: resource });
const all = (...needs: readonly Need[]): Need => ({ all: needs });
/** Which of them answers costs no time. */
const any = (resources: readonly Resource[]): Need => ({
  first: resources.map((each) => ({ need: at(each), name: labelOf(each), switch: [] })),
});

interface Origin {
  readonly Id: string;
  readonly DomainName: unknown;
  readonly ConnectionAttempts?: number;
  readonly ConnectionTimeout?: number;
}
interface Distribution {
  readonly Origins: readonly Origin[];
  readonly OriginGroups?: {
    readonly Items: readonly {
      readonly Id: string;
      readonly Members: { readonly Items: readonly { readonly OriginId: string }[] };
    }[];
  };
  readonly DefaultCacheBehavior: { readonly TargetOriginId: string };
  readonly CacheBehaviors?: readonly { readonly TargetOriginId: string }[];
}

const SERVERS = 'AWS::ElasticLoadBalancingV2::LoadBalancer';

/** Services that a balancer's listeners send to by default. */
export function behind({ graph, services }: Parts, balancer: Resource): readonly Service[] {
  const targets = ofType(graph, 'AWS::ElasticLoadBalancingV2::Listener')
    .filter((listener) => graph.from(listener, 'LoadBalancerArn').includes(balancer))
    .flatMap((listener) => graph.from(listener, 'DefaultActions'));
  return services.filter(({ targets: own }) => own.some((target) => targets.includes(target)));
}

const served = (parts: Parts, balancer: Resource): Need =>
  all(at(balancer), ...behind(parts, balancer).map(({ template }) => at(template)));

/** What a host name of an origin or record leads to: by a reference, or by a record of ours. */
function ledTo(parts: Parts, from: Resource, value: unknown): Resource | undefined {
  const { graph } = parts;
  const records = ofType(graph, 'AWS::Route53::RecordSet').filter(
    ({ properties }) => properties.Failover !== 'SECONDARY',
  );
  const named = records.find(({ properties }) => properties.Name === `${value}.`);
  const { DNSName } = (named?.properties.AliasTarget ?? {}) as { readonly DNSName?: unknown };
  if (records.some(({ properties }) => properties.Name === DNSName))
    return ledTo(parts, from, String(DNSName).replace(/\.$/, '')); // a pair of ours
  const record = named ?? { ...from, properties: { value } };
  return graph.resources.find(
    (each) =>
      (each.type === SERVERS || each.type === 'AWS::S3::Bucket') &&
      graph.from(record, named ? 'AliasTarget' : 'value').includes(each),
  );
}

const TRIES = { attempts: 3, timeoutS: 10 } as const;

/** The origins that a behaviour asks, one after the other. */
function asked(parts: Parts, distribution: Resource, id: string): Need {
  const { Origins, OriginGroups } = distribution.properties.DistributionConfig as Distribution;
  const group = OriginGroups?.Items.find(({ Id }) => Id === id)?.Members.Items.map(({ OriginId }) => OriginId);
  const origins = (group ?? [id]).flatMap((each) => Origins.find(({ Id }) => Id === each) ?? []);
  return {
    first: origins.flatMap((origin, index) => {
      const leads = ledTo(parts, distribution, origin.DomainName);
      const before = origins[index - 1];
      const { ConnectionAttempts = TRIES.attempts, ConnectionTimeout = TRIES.timeoutS } = before ?? {};
      const failing: Term = {
        seconds: ConnectionAttempts * ConnectionTimeout,
        formula: `${ConnectionAttempts} × ${ConnectionTimeout} s`,
        source: 'CloudFront asks the next origin, for each request anew: ConnectionAttempts × ConnectionTimeout',
        late: true,
      };
      if (!leads) return [];
      const need = leads.type === SERVERS ? served(parts, leads) : at(leads);
      return [{ need, name: labelOf(leads), switch: before ? [failing] : [] }];
    }),
  };
}

/** By DNS: the first tier whose check is good. CloudFront's says nothing of its origins: it keeps what is asked. `of` says what a tier of ours needs. */
function tiers(parts: Parts, cloudFront: Need, of: (balancer: Resource) => Need): Need {
  const { chain, balancers, distribution } = parts;
  const [balancer] = balancers;
  if (chain.length < 2 || !balancer) return cloudFront;
  return {
    first: chain
      .filter(({ ours }) => ours)
      .map((tier, index, ours) => {
        const before = ours[index - 1];
        const check = before && {
          seconds: before.intervalS * before.failures + CHECK_LIMIT_S + before.ttlS,
          formula: `${before.intervalS} s × ${before.failures} + ${CHECK_LIMIT_S} s + ${before.ttlS} s`,
          source: `DNS leads to ${tier.name}: interval × failures + the check's own limit + TTL`,
        };
        if (!check)
          return { need: cloudFront, name: tier.name, switch: [], ...(distribution && { check: at(distribution) }) };
        return { need: of(balancer), name: tier.name, switch: [check] };
      }),
  };
}

/** A private way to a service of AWS, else the gateways. */
function wayTo({ graph }: Parts, service: string, { nat }: Service): Need {
  const ways = ofType(graph, 'AWS::EC2::VPCEndpoint').filter(({ properties }) =>
    JSON.stringify(properties.ServiceName).includes(`.${service}"`),
  );
  return ways.length > 0 ? any(ways) : any([...new Set(nat.values())]);
}

/** What a server is given in a variable, from the text of its first boot. */
function given({ graph }: Parts, template: Resource, variable: string): readonly Resource[] {
  const found = new RegExp(`"[^"]*\\\\n${variable}='",(\\{.*?\\})`).exec(JSON.stringify(template.properties))?.[1];
  return found === undefined ? [] : graph.from({ ...template, properties: { found: JSON.parse(found) } }, 'found');
}

export function needsOf(parts: Parts): Readonly<Record<Function_, Need>> {
  const { graph, distribution, services, primaries, sessions, queues, balancers, probes } = parts;
  const data = all(...primaries.map(at), ...sessions.map((each): Need => ({ at: each, reads: true })));
  const config = distribution?.properties.DistributionConfig as Distribution | undefined;
  const through = (id: string | undefined): Need =>
    distribution && id !== undefined
      ? all(at(distribution), asked(parts, distribution, id))
      : all(...balancers.map((each) => served(parts, each)));
  const pages = tiers(parts, through(config?.DefaultCacheBehavior.TargetOriginId), (each) => served(parts, each));
  const API = tiers(parts, all(through(config?.CacheBehaviors?.[0]?.TargetOriginId), data), (each) =>
    all(served(parts, each), data),
  );
  const works = services.filter(({ targets }) => targets.length === 0);
  const workers = works.length > 0 ? works : services;
  const subscriptions = ofType(graph, 'AWS::SNS::Subscription');
  const heard = [...new Set(subscriptions.flatMap((each) => graph.from(each, 'TopicArn')))];
  const handlers = [...new Set(subscriptions.flatMap((each) => graph.from(each, 'Endpoint')))];
  const opened = new Set(handlers.map((handler) => variablesOf(handler).SECRET_ID));
  const channels = ofType(graph, 'AWS::SecretsManager::Secret').filter(({ properties }) => opened.has(properties.Name));
  const boots = services.flatMap((service) => [
    wayTo(parts, 'secretsmanager', service),
    ...graph.links(service.template).flatMap(({ to, link }) => (link === 'opens with' ? [at(to)] : [])),
    ...given(parts, service.template, 'RELEASE_BUCKET').map(at),
  ]);
  return {
    pages,
    API,
    logins: all(API, ...sessions.map(at)),
    jobs: all(
      ...queues.map(at),
      ...primaries.map(at),
      ...workers.flatMap((each) => [at(each.template), wayTo(parts, 'sqs', each)]),
    ),
    alerts: all(...[...heard, ...handlers, ...channels].map(at)),
    probes: all(...probes.map(at)),
    'new servers': all(...boots),
  };
}
