/** The tiers under the public name and their checks, in the order in which a template's records lead to them. Computes no times. */
import { ofType, type Resource, references, type Stack } from '../assembly';
import type { Switch } from './times';

export interface Tier extends Switch {
  /** In words. */
  readonly name: string;
  /** Whether Route 53 asks it, so that it leads elsewhere when it fails. */
  readonly checked: boolean;
  /** Whether the assembly makes it. */
  readonly ours: boolean;
}

/** Of aliases to what is AWS's; no template sets it. */
export const ALIAS_TTL_S = 60;

const NAMES: readonly (readonly [type: string, name: (resource: Resource) => string])[] = [
  ['AWS::CloudFront::Distribution', () => 'CloudFront'],
  ['AWS::S3::Bucket', ({ stack }) => `the bucket in ${stack.region}`],
  ['AWS::ElasticLoadBalancingV2::LoadBalancer', ({ stack }) => `the servers in ${stack.region}`],
];

interface Asking {
  readonly RequestInterval: number;
  readonly FailureThreshold: number;
  readonly ChildHealthChecks?: unknown;
}

interface Alias {
  readonly DNSName: unknown;
  readonly HostedZoneId: unknown;
}

/** What a record, or an origin's host name, leads to; the name itself where it is no resource of ours. */
export function leadsTo(stacks: readonly Stack[], stack: Stack, value: unknown): string {
  const keys = references(stacks, stack, value);
  for (const [type, name] of NAMES) {
    const found = ofType(stacks, type).find(({ key }) => keys.includes(key));
    if (found) return name(found);
  }
  return String(value);
}

/** Empty where the environment has no name of its own. */
export function chainOf(stacks: readonly Stack[], name: string): readonly Tier[] {
  const records = ofType(stacks, 'AWS::Route53::RecordSet').filter(({ properties }) => properties.Type !== 'AAAA');
  const checks = ofType(stacks, 'AWS::Route53::HealthCheck');
  /** Of a calculated check those of its children, which all ask alike. */
  const asking = (stack: Stack, value: unknown): Asking | undefined => {
    const keys = references(stacks, stack, value);
    const check = checks.find(({ key }) => keys.includes(key));
    const config = check?.properties.HealthCheckConfig as Asking | undefined;
    return check && config?.ChildHealthChecks ? asking(check.stack, config.ChildHealthChecks) : config;
  };
  const tier = (record: Resource): Tier => {
    const { AliasTarget, ResourceRecords, TTL, HealthCheckId } = record.properties;
    const config = asking(record.stack, HealthCheckId);
    const target = AliasTarget ? (AliasTarget as Alias).DNSName : (ResourceRecords as readonly unknown[])[0];
    return {
      name: leadsTo(stacks, record.stack, target),
      checked: config !== undefined,
      ours: references(stacks, record.stack, target).length > 0,
      intervalS: config?.RequestInterval ?? 0,
      failures: config?.FailureThreshold ?? 0,
      ttlS: AliasTarget ? ALIAS_TTL_S : Number(TTL),
    };
  };
  const from = (at: string): readonly Tier[] =>
    records
      .filter(({ properties }) => properties.Name === at)
      .sort((a, b) => String(a.properties.Failover).localeCompare(String(b.properties.Failover))) // PRIMARY, SECONDARY
      .flatMap((record) => {
        const { AliasTarget, HostedZoneId } = record.properties;
        const alias = AliasTarget as Alias | undefined;
        return alias?.HostedZoneId === HostedZoneId ? from(String(alias?.DNSName)) : [tier(record)];
      });
  return from(`${name}.`);
}
