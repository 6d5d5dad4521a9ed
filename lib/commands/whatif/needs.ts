/** What each thing that the system does needs, as a tree over the graph: all of these, or the first of those that answers. */

import { dnsOf } from '../../config/dns';
import type { Resource } from '../assembly';
import { ALIAS_TTL_S } from '../failover-report/chain';
import { CHECK_LIMIT_S } from '../failover-report/times';
import { DECISION, PROMOTION, type Term } from './figures';
import { labelOf } from './graph';
import { ofType, type Parts, type Service, type Serving, variablesOf, type Waiting } from './parts';
import { bootOf } from './takeovers';

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
export function behind({ graph, services, standby }: Parts, balancer: Resource): readonly Service[] {
  const targets = ofType(graph, 'AWS::ElasticLoadBalancingV2::Listener')
    .filter((listener) => graph.from(listener, 'LoadBalancerArn').includes(balancer))
    .flatMap((listener) => graph.from(listener, 'DefaultActions'));
  return [...services, ...(standby?.services ?? [])].filter(({ targets: own }) =>
    own.some((target) => targets.includes(target)),
  );
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

/** By DNS: the first tier whose check is good. CloudFront's says nothing of its origins: it keeps what is asked. `of` says what a balancer of ours needs; nothing where it can't do it. */
function tiers(parts: Parts, cloudFront: Need, of: (balancer: Resource) => Need | undefined): Need {
  const { chain, standby, distribution } = parts;
  const balancers = [...parts.balancers, ...(standby?.balancers ?? [])];
  if (chain.length < 2) return cloudFront;
  return {
    first: chain
      .filter(({ ours }) => ours)
      .flatMap((tier, index, ours) => {
        const before = ours[index - 1];
        const check = before && {
          seconds: before.intervalS * before.failures + CHECK_LIMIT_S + before.ttlS,
          formula: `${before.intervalS} s × ${before.failures} + ${CHECK_LIMIT_S} s + ${before.ttlS} s`,
          source: `DNS leads to ${tier.name}: interval × failures + the check's own limit + TTL`,
        };
        if (!check)
          return [{ need: cloudFront, name: tier.name, switch: [], ...(distribution && { check: at(distribution) }) }];
        const balancer = balancers.find(({ stack }) => tier.name.endsWith(stack.region));
        const need = balancer && of(balancer);
        return need ? [{ need, name: tier.name, switch: [check] }] : [];
      }),
  };
}

/** A private way to a service of AWS, else the gateways. */
function wayTo({ graph }: Parts, service: string, { nat, template }: Service): Need {
  const ways = ofType(graph, 'AWS::EC2::VPCEndpoint').filter(
    ({ properties, stack }) =>
      stack.region === template.stack.region && JSON.stringify(properties.ServiceName).includes(`.${service}"`),
  );
  return ways.length > 0 ? any(ways) : any([...new Set(nat.values())]);
}

/** What a server is given in a variable, from the text of its first boot. */
function given({ graph }: Parts, template: Resource, variable: string): readonly Resource[] {
  const found = new RegExp(`"[^"]*\\\\n${variable}='",(\\{.*?\\})`).exec(JSON.stringify(template.properties))?.[1];
  return found === undefined ? [] : graph.from({ ...template, properties: { found: JSON.parse(found) } }, 'found');
}

/** What a region's data is for what writes and for what only reads sessions. */
const dataOf = ({ primaries, replicas, sessions }: Serving, waiting = false): Need =>
  all(...(waiting ? replicas : primaries).map(at), ...sessions.map((each): Need => ({ at: each, reads: true })));

/** What does the jobs: servers of their own, or all of them. */
function workersOf({ services }: Serving): readonly Service[] {
  const own = services.filter(({ targets }) => targets.length === 0);
  return own.length > 0 ? own : services;
}

/** What a server needs to start: a way to its secrets, those, and its release. */
const bootsOf = (parts: Parts, { services }: Serving): Need =>
  all(
    ...services.flatMap((service) => [
      wayTo(parts, 'secretsmanager', service),
      ...parts.graph.links(service.template).flatMap(({ to, link }) => (link === 'opens with' ? [at(to)] : [])),
      ...given(parts, service.template, 'RELEASE_BUCKET').map(at),
    ]),
  );

const jobsOf = (parts: Parts, serving: Serving, waiting = false): Need =>
  all(
    ...serving.queues.map(at),
    ...(waiting ? serving.replicas : serving.primaries).map(at),
    ...workersOf(serving).flatMap((each) => [at(each.template), wayTo(parts, 'sqs', each)]),
  );

/** `npm run failover` promotes nothing before DNS leads nobody to the first region any more. */
function fenceOf({ config }: Parts): Term {
  const { checkSeconds, failures } = dnsOf(config);
  return {
    seconds: checkSeconds * failures + CHECK_LIMIT_S + ALIAS_TTL_S,
    formula: `${checkSeconds} s × ${failures} + ${CHECK_LIMIT_S} s + ${ALIAS_TTL_S} s`,
    source: 'npm run failover waits until the fence is seen: interval × failures + the check’s own limit + TTL',
  };
}

/** Elsewhere, where people decide for it: in the second region, which boots what it has no server of. */
function orFailover(parts: Parts, own: Need, there: (waiting: Waiting) => Need, booting: readonly Service[]): Need {
  const { standby } = parts;
  if (!standby) return own;
  const [cold] = booting.filter(({ min }) => min === 0);
  const failover = [DECISION, fenceOf(parts), PROMOTION, ...(cold ? [bootOf(cold)] : [])];
  const name = `${standby.region}, by npm run failover`;
  return {
    first: [
      { need: own, name: '', switch: [] },
      { need: there(standby), name, switch: failover },
    ],
  };
}

export function needsOf(parts: Parts): Readonly<Record<Function_, Need>> {
  const { graph, distribution, sessions, balancers, probes, standby } = parts;
  const data = dataOf(parts);
  const config = distribution?.properties.DistributionConfig as Distribution | undefined;
  const through = (id: string | undefined): Need =>
    distribution && id !== undefined
      ? all(at(distribution), asked(parts, distribution, id))
      : all(...balancers.map((each) => served(parts, each)));
  const pages = tiers(parts, through(config?.DefaultCacheBehavior.TargetOriginId), (each) => served(parts, each));
  const API = tiers(parts, all(through(config?.CacheBehaviors?.[0]?.TargetOriginId), data), (each) =>
    each.stack.region === standby?.region ? undefined : all(served(parts, each), data),
  );
  const subscriptions = ofType(graph, 'AWS::SNS::Subscription');
  const heard = [...new Set(subscriptions.flatMap((each) => graph.from(each, 'TopicArn')))];
  const handlers = [...new Set(subscriptions.flatMap((each) => graph.from(each, 'Endpoint')))];
  const opened = new Set(handlers.map((handler) => variablesOf(handler).SECRET_ID));
  const channels = ofType(graph, 'AWS::SecretsManager::Secret').filter(({ properties }) => opened.has(properties.Name));
  const answering = standby ? standby.services.filter(({ targets }) => targets.length > 0) : [];
  const second = (waiting: Waiting) =>
    all(
      ...(distribution ? [at(distribution)] : []),
      ...waiting.balancers.map((each) => served(parts, each)),
      dataOf(waiting, true),
    );
  return {
    pages,
    API: orFailover(parts, API, second, answering),
    logins: orFailover(
      parts,
      all(API, ...sessions.map(at)),
      (waiting) => all(second(waiting), ...waiting.sessions.map(at)),
      answering,
    ),
    jobs: orFailover(
      parts,
      jobsOf(parts, parts),
      (waiting) => jobsOf(parts, waiting, true),
      standby ? workersOf(standby) : [],
    ),
    alerts: all(...[...heard, ...handlers, ...channels].map(at)),
    probes: all(...probes.map(at)),
    'new servers': orFailover(parts, bootsOf(parts, parts), (waiting) => bootsOf(parts, waiting), []),
  };
}
