/** How Route 53 answers from a template's records: its published rules of failover, nested aliases and evaluated health. Speaks no protocol. */
import type { StackTemplate } from './assemblies';

type Template = StackTemplate['template'];

export interface RecordSet {
  readonly Name: string;
  readonly Type: string;
  readonly HostedZoneId: string;
  readonly Failover?: 'PRIMARY' | 'SECONDARY';
  readonly SetIdentifier?: string;
  readonly HealthCheckId?: { readonly 'Fn::GetAtt': readonly [string, string] };
  readonly ResourceRecords?: readonly string[];
  readonly TTL?: string;
  readonly AliasTarget?: {
    readonly DNSName: unknown;
    readonly HostedZoneId: string;
    readonly EvaluateTargetHealth: boolean;
  };
}

export interface HealthCheck {
  readonly id: string;
  readonly name: unknown;
  readonly path: string;
  readonly intervalS: number;
  readonly failures: number;
}

export interface Answer {
  /** The record that leads out of the zone. */
  readonly record: RecordSet;
  /** Seconds that a resolver keeps it. */
  readonly ttlS: number;
  /** Names passed inside the zone, the asked one first. */
  readonly passed: readonly string[];
}

/** Of aliases to what is AWS's; it can't be set. */
const ALIAS_TTL_S = 60;

// biome-ignore lint/suspicious/noExplicitAny: templates have no types
const ofType = (template: Template, type: string): readonly (readonly [string, any])[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => (Type === type ? [[id, Properties]] : []));

export const healthChecks = (template: Template): readonly HealthCheck[] =>
  ofType(template, 'AWS::Route53::HealthCheck').map(([id, { HealthCheckConfig: check }]) => ({
    id,
    name: check.FullyQualifiedDomainName,
    path: check.ResourcePath,
    intervalS: check.RequestInterval,
    failures: check.FailureThreshold,
  }));

/**
 * Whether a check counts as healthy: of a host by what it answers, inverted where it says so; a calculated one by its children.
 * @param answers with a 2xx or 3xx at that path
 */
export function healthOf(template: Template, answers: (host: string, path: string) => boolean) {
  const checks = new Map(ofType(template, 'AWS::Route53::HealthCheck'));
  const healthy = (id: string): boolean => {
    const { Type, FullyQualifiedDomainName, ResourcePath, Inverted, ChildHealthChecks, HealthThreshold } =
      checks.get(id)?.HealthCheckConfig ?? {};
    if (Type === 'CALCULATED') {
      const children: readonly { readonly 'Fn::GetAtt': readonly [string] }[] = ChildHealthChecks;
      return children.filter(({ 'Fn::GetAtt': [child] }) => healthy(child)).length >= HealthThreshold;
    }
    return answers(FullyQualifiedDomainName, ResourcePath) !== (Inverted === true);
  };
  return healthy;
}

export class Zone {
  readonly records: readonly RecordSet[];
  readonly #healthy: (check: string) => boolean;

  /** @param healthy whether the health check of that logical id is */
  constructor(template: Template, healthy: (check: string) => boolean) {
    this.records = ofType(template, 'AWS::Route53::RecordSet').map(([, properties]) => properties);
    this.#healthy = healthy;
  }

  /** Names end in a dot. Nothing when there is no such record; throws when aliases lead in a circle or to nothing. */
  resolve(name: string, type: string, passed: readonly string[] = []): Answer | undefined {
    if (passed.includes(name)) throw new Error(`records: expected an end, got ${[...passed, name].join(' → ')}`);
    const record = this.#chosen(this.#named(name, type));
    if (!record) return undefined;
    const here = [...passed, name];
    const within = this.#within(record);
    if (within === undefined)
      return { record, ttlS: record.AliasTarget ? ALIAS_TTL_S : Number(record.TTL), passed: here };
    const answer = this.resolve(within, type, here);
    if (!answer) throw new Error(`records: expected ${within} of type ${type}, to which ${name} leads, got none`);
    return answer;
  }

  #named(name: string, type: string) {
    return this.records.filter((record) => record.Name === name && record.Type === type);
  }

  /** The name in this zone that an alias leads to. */
  #within({ AliasTarget, HostedZoneId }: RecordSet): string | undefined {
    return AliasTarget?.HostedZoneId === HostedZoneId ? String(AliasTarget.DNSName) : undefined;
  }

  /** The secondary only when the primary is down and it isn't: with everything down the primary is as good as any. */
  #chosen(records: readonly RecordSet[]): RecordSet | undefined {
    const [primary, secondary] = ['PRIMARY', 'SECONDARY'].map((role) => records.find((each) => each.Failover === role));
    if (!primary || !secondary) return records[0];
    return !this.#isHealthy(primary) && this.#isHealthy(secondary) ? secondary : primary;
  }

  /** By its health check, and by what it leads to where it says so; a group is healthy when one of its records is. */
  #isHealthy(record: RecordSet): boolean {
    const { HealthCheckId, AliasTarget, Type } = record;
    const within = this.#within(record);
    const target =
      !AliasTarget?.EvaluateTargetHealth ||
      within === undefined ||
      this.#named(within, Type).some((each) => this.#isHealthy(each));
    return target && (!HealthCheckId || this.#healthy(HealthCheckId['Fn::GetAtt'][0]));
  }
}
