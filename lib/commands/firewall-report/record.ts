/** One line of WAF's log: which rules met the request, and what of it the report shows. Field names are AWS's (WAF developer guide, log fields). */

export interface Match {
  /** 'Flood', or 'group/rule' as `edge.firewall.counted` takes it. */
  readonly rule: string;
  readonly effect: 'blocked' | 'counted';
  readonly path: string;
  readonly method: string;
  readonly country: string;
  /** Of the address: '203.0.113.x'. */
  readonly network: string;
  /** Whether a cookie came along, which hardly any robot sends. */
  readonly cookies: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Rule {
  readonly ruleId: string;
  readonly action?: string;
}

interface Group {
  /** 'AWS#AWSManagedRulesCommonRuleSet', perhaps with '#Version_1.0' behind. */
  readonly ruleGroupId: string;
  readonly terminatingRule?: Rule | null;
  readonly nonTerminatingMatchingRules?: readonly Rule[] | null;
  readonly excludedRules?: readonly Rule[] | null;
}

interface Line {
  readonly timestamp: number;
  readonly action: string;
  readonly terminatingRuleId: string;
  readonly ruleGroupList?: readonly Group[] | null;
  readonly nonTerminatingMatchingRules?: readonly Rule[] | null;
  readonly httpRequest: {
    readonly clientIp: string;
    readonly country: string;
    readonly uri: string;
    readonly httpMethod: string;
    readonly headers?: readonly { readonly name: string }[] | null;
  };
}

/** '203.0.113.x' or '2001:db8:0:x', as the backend's log has it. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address.replace(/\.\d+$/, '.x');
  const [head = '', tail] = address.split('::');
  const zeros = tail === undefined ? [] : ['0', '0', '0'];
  return `${[...head.split(':').filter(Boolean), ...zeros].slice(0, 3).join(':')}:x`;
}

const groupName = ({ ruleGroupId }: Group) => ruleGroupId.split('#')[1] ?? ruleGroupId;

/** A group's own rules, with what became of the request by them. */
function ofGroup(group: Group, { action, terminatingRuleId }: Line): readonly Pick<Match, 'rule' | 'effect'>[] {
  const name = groupName(group);
  const blocked = action === 'BLOCK' && terminatingRuleId === name;
  const counted = [...(group.nonTerminatingMatchingRules ?? []), ...(group.excludedRules ?? [])];
  return [
    ...(group.terminatingRule
      ? [{ rule: `${name}/${group.terminatingRule.ruleId}`, effect: blocked ? 'blocked' : 'counted' } as const]
      : []),
    ...counted.map(({ ruleId }) => ({ rule: `${name}/${ruleId}`, effect: 'counted' }) as const),
  ];
}

/** What the rules did, those of groups by their own names. */
function effects(line: Line): readonly Pick<Match, 'rule' | 'effect'>[] {
  const groups = line.ruleGroupList ?? [];
  const isGroup = (id: string) => groups.some((group) => groupName(group) === id);
  const own = (line.nonTerminatingMatchingRules ?? []).filter(
    ({ ruleId, action }) => action === 'COUNT' && !isGroup(ruleId),
  );
  return [
    ...(line.action === 'BLOCK' && !isGroup(line.terminatingRuleId)
      ? [{ rule: line.terminatingRuleId, effect: 'blocked' } as const]
      : []),
    ...own.map(({ ruleId }) => ({ rule: ruleId, effect: 'counted' }) as const),
    ...groups.flatMap((group) => ofGroup(group, line)),
  ];
}

/** Nothing for a request that no rule met; throws a SyntaxError or TypeError when it isn't a line of WAF's. */
export function matchesOf(text: string): readonly Match[] {
  const line: Line = JSON.parse(text);
  const { uri, country, clientIp, httpMethod, headers } = line.httpRequest;
  const seen = {
    path: uri,
    method: httpMethod,
    country,
    network: networkOf(clientIp),
    cookies: (headers ?? []).some(({ name }) => name.toLowerCase() === 'cookie'),
    at: line.timestamp,
  };
  return effects(line).map((effect) => ({ ...effect, ...seen }));
}
