/** What each failure costs visitors and who serves them meanwhile, read from a synthesised assembly. Prints nothing. */
import { originName } from '../../config/dns';
import { ofType, type Resource, type Stack } from '../assembly';
import { chainOf, leadsTo, type Tier } from './chain';
import { CHECK_LIMIT_S, timesOf } from './times';

export interface Row {
  readonly failure: string;
  /** Until the switch. */
  readonly meanwhile: string;
  /** After it. */
  readonly after: string;
  /** How it is noticed, as a formula. */
  readonly detection: string;
  readonly ttlS?: number;
  /** On average. @default it can't be said */
  readonly usualS?: number;
  /** @default until it is mended */
  readonly atMostS?: number;
}

const NOBODY = 'nobody';
const KEPT = "pages a browser's service worker keeps";
/** CloudFront's own where an origin says nothing. */
const ATTEMPTS = 3;
const TIMEOUT_S = 10;

interface Origin {
  readonly Id: string;
  readonly DomainName: unknown;
  readonly ConnectionAttempts?: number;
  readonly ConnectionTimeout?: number;
}
interface DistributionConfig {
  readonly Origins: readonly Origin[];
  readonly OriginGroups?: {
    readonly Items: readonly { readonly Members: { readonly Items: readonly { readonly OriginId: string }[] } }[];
  };
}

const checkFormula = ({ intervalS, failures }: Tier) => `${intervalS} s × ${failures} + ${CHECK_LIMIT_S} s`;

/** Of every tier together with those before it: the tier that serves when it goes is the last one lost. */
const dnsRows = (tiers: readonly Tier[], kept: string): readonly Row[] =>
  tiers.map((tier, index): Row => {
    const gone = tiers.slice(0, index + 1).map(({ name }) => name);
    const failure = index === 0 ? tier.name : `${gone.slice(0, -1).join(', ')}; then ${tier.name}`;
    const next = tiers[index + 1];
    if (!next || !tier.checked) {
      const after = index > 0 ? `${kept}; DNS names ${tiers[0]?.name} again` : kept;
      return { failure, meanwhile: kept, after, detection: tier.checked ? checkFormula(tier) : 'none' };
    }
    const { usualS, atMostS } = timesOf(tier);
    return {
      failure,
      meanwhile: kept,
      after: next.name,
      detection: checkFormula(tier),
      ttlS: tier.ttlS,
      usualS,
      atMostS,
    };
  });

/** Of a tier of others, while those before it answer. */
const standbyRows = ([first, ...others]: readonly Tier[]): readonly Row[] =>
  others
    .filter(({ ours }) => !ours)
    .map(({ name }) => ({
      failure: `${name} alone`,
      meanwhile: first?.name ?? NOBODY,
      after: first?.name ?? NOBODY,
      detection: 'its alarm: visitors notice nothing',
      atMostS: 0,
    }));

/** An origin's host name may be a record of ours. */
const named = (stacks: readonly Stack[], { stack }: Resource, { DomainName }: Origin) =>
  chainOf(stacks, String(DomainName))[0]?.name ?? leadsTo(stacks, stack, DomainName);

/** Of the origin group: CloudFront asks the second member for each request that the first one fails. */
function originRows(stacks: readonly Stack[]): readonly Row[] {
  return ofType(stacks, 'AWS::CloudFront::Distribution').flatMap((distribution) => {
    const { Origins, OriginGroups } = distribution.properties.DistributionConfig as DistributionConfig;
    const members = OriginGroups?.Items[0]?.Members.Items ?? [];
    const [first, second] = members.map(({ OriginId }) => Origins.find(({ Id }) => Id === OriginId));
    if (!first || !second) return [];
    const { ConnectionAttempts: attempts = ATTEMPTS, ConnectionTimeout: timeout = TIMEOUT_S } = first;
    return [
      {
        failure: `the site's bucket, or S3 in ${distribution.stack.region}`,
        meanwhile: 'what CloudFront has cached',
        after: `${named(stacks, distribution, second)}, asked for each page and file anew`,
        detection: `at once when S3 says 5xx, else ${attempts} × ${timeout} s`,
        atMostS: attempts * timeout,
      },
    ];
  });
}

interface Target {
  readonly HealthCheckIntervalSeconds: number;
  readonly UnhealthyThresholdCount: number;
  readonly HealthCheckTimeoutSeconds: number;
}

function serverRows(stacks: readonly Stack[]): readonly Row[] {
  const servers = ofType(stacks, 'AWS::ElasticLoadBalancingV2::TargetGroup').filter(
    ({ properties }) => properties.TargetType === 'instance',
  );
  const rows = servers.map(({ properties }) => {
    const {
      HealthCheckIntervalSeconds: interval,
      UnhealthyThresholdCount: failures,
      HealthCheckTimeoutSeconds: limit,
    } = properties as unknown as Target;
    return {
      failure: 'one server',
      meanwhile: 'the other servers; requests sent to this one fail',
      after: 'the other servers',
      detection: `${interval} s × ${failures} + ${limit} s`,
      usualS: interval * (failures - 0.5),
      atMostS: interval * failures + limit,
    };
  });
  return [...new Map(rows.map((row) => [row.detection, row])).values()]; // blue and green are judged alike
}

const SITE = 'CloudFront and the bucket, for pages';

/** What CloudFront asks for `/api`: by a name that leads to another region's servers, where there are any. */
function balancerRow(failure: string, [first, second]: readonly Tier[]): Row {
  if (!first?.checked || !second)
    return { failure, meanwhile: SITE, after: `${SITE}; /api is down`, detection: 'alarm NoHealthyServer' };
  const { usualS, atMostS } = timesOf(first);
  const after = `${SITE}; ${second.name} for /api, which only read until a failover`;
  return { failure, meanwhile: SITE, after, detection: checkFormula(first), ttlS: first.ttlS, usualS, atMostS };
}

/** @param waitS of the service worker before it shows what it keeps; nothing where the frontend has none */
export function rowsOf(stacks: readonly Stack[], name: string, waitS?: number): readonly Row[] {
  const region = ofType(stacks, 'AWS::ElasticLoadBalancingV2::LoadBalancer')[0]?.stack.region;
  const kept = waitS === undefined ? NOBODY : KEPT;
  const tiers = chainOf(stacks, name);
  return [
    ...dnsRows(tiers, kept),
    ...standbyRows(tiers),
    ...originRows(stacks),
    ...serverRows(stacks),
    balancerRow(`the balancer, all servers, or ${region}`, chainOf(stacks, originName({ name }))),
    ...(waitS === undefined
      ? []
      : [
          {
            failure: "the visitor's network, or all of the above",
            meanwhile: KEPT,
            after: KEPT,
            detection: `assets at once, a page after ${waitS} s`,
            usualS: waitS,
            atMostS: waitS,
          },
        ]),
  ];
}
