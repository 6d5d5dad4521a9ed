/** `npm run firewall-report` on lines in the form of AWS's documentation of WAF's log. Not what WAF itself decides. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firewallReport } from '../../lib/commands/firewall-report';
import { matchesOf, networkOf } from '../../lib/commands/firewall-report/record';
import { summarised } from '../../lib/commands/firewall-report/summary';

const COMMON = 'AWSManagedRulesCommonRuleSet';

interface Asked {
  readonly ip?: string;
  readonly uri?: string;
  readonly country?: string;
  readonly cookie?: boolean;
}

/** What all lines have; the query and the cookie as redaction leaves them. */
const request = ({ ip = '203.0.113.7', uri = '/api/orders', country = 'DE', cookie = false }: Asked) => ({
  clientIp: ip,
  country,
  headers: [{ name: 'Host', value: 'www.example.com' }, ...(cookie ? [{ name: 'cookie', value: 'REDACTED' }] : [])],
  uri,
  args: 'REDACTED',
  httpVersion: 'HTTP/2.0',
  httpMethod: 'POST',
  requestId: 'r-1',
});
const base = (asked: Asked) => ({
  timestamp: 1_790_000_000_000,
  formatVersion: 1,
  webaclId: 'arn:aws:wafv2:us-east-1:111111111111:global/webacl/Acl/1',
  terminatingRuleMatchDetails: [],
  httpSourceName: 'CF',
  httpSourceId: 'E123',
  rateBasedRuleList: [],
  requestHeadersInserted: null,
  httpRequest: request(asked),
});
const allowed = { action: 'ALLOW', terminatingRuleId: 'Default_Action', terminatingRuleType: 'REGULAR' };
const group = (inner: object) => ({ ruleGroupId: `AWS#${COMMON}`, ...inner });

const flood = (asked: Asked = {}) => ({
  ...base(asked),
  action: 'BLOCK',
  terminatingRuleId: 'Flood',
  terminatingRuleType: 'RATE_BASED',
  responseCodeSent: 429,
  ruleGroupList: [],
  nonTerminatingMatchingRules: [],
});
const countedFlood = (asked: Asked = {}) => ({
  ...base(asked),
  ...allowed,
  ruleGroupList: [],
  nonTerminatingMatchingRules: [{ ruleId: 'Flood', action: 'COUNT', ruleMatchDetails: [] }],
});
const blockedByGroup = (rule: string, asked: Asked = {}) => ({
  ...base(asked),
  action: 'BLOCK',
  terminatingRuleId: COMMON,
  terminatingRuleType: 'MANAGED_RULE_GROUP',
  ruleGroupList: [
    group({
      terminatingRule: { ruleId: rule, action: 'BLOCK', ruleMatchDetails: null },
      nonTerminatingMatchingRules: [],
      excludedRules: null,
    }),
  ],
  nonTerminatingMatchingRules: [],
});
/** The whole group overridden to count. */
const countedByGroup = (rule: string, asked: Asked = {}) => ({
  ...blockedByGroup(rule, asked),
  ...allowed,
  nonTerminatingMatchingRules: [{ ruleId: COMMON, action: 'COUNT', ruleMatchDetails: [] }],
});
/** One rule of the group overridden to count. */
const countedRule = (rule: string, asked: Asked = {}) => ({
  ...base(asked),
  ...allowed,
  ruleGroupList: [
    group({
      terminatingRule: null,
      nonTerminatingMatchingRules: [{ ruleId: rule, action: 'COUNT', overriddenAction: 'BLOCK', ruleMatchDetails: [] }],
      excludedRules: null,
    }),
  ],
  nonTerminatingMatchingRules: [],
});
const excluded = (rule: string) => ({
  ...base({}),
  ...allowed,
  ruleGroupList: [
    group({ terminatingRule: null, excludedRules: [{ exclusionType: 'EXCLUDED_AS_COUNT', ruleId: rule }] }),
  ],
  nonTerminatingMatchingRules: [],
});

const effectsOf = (line: object) => matchesOf(JSON.stringify(line)).map(({ rule, effect }) => `${effect}: ${rule}`);

it.each([
  ['a flood', flood(), ['blocked: Flood']],
  ['a flood that only counts', countedFlood(), ['counted: Flood']],
  ['a rule of a group', blockedByGroup('NoUserAgent_HEADER'), [`blocked: ${COMMON}/NoUserAgent_HEADER`]],
  ['a group that only counts', countedByGroup('NoUserAgent_HEADER'), [`counted: ${COMMON}/NoUserAgent_HEADER`]],
  ['a rule that only counts', countedRule('SizeRestrictions_BODY'), [`counted: ${COMMON}/SizeRestrictions_BODY`]],
  ['a rule excluded in the older way', excluded('GenericLFI_BODY'), [`counted: ${COMMON}/GenericLFI_BODY`]],
  ['an ordinary request', { ...base({}), ...allowed, ruleGroupList: [], nonTerminatingMatchingRules: [] }, []],
])('finds %s', (_, line, wanted) => {
  expect(effectsOf(line)).toEqual(wanted);
});

it('shows networks, not addresses', () => {
  const addresses = ['203.0.113.7', '2001:db8:85a3:0:0:8a2e:370:7334', '2001:db8::1', '2a00::1'];
  expect(addresses.map(networkOf)).toEqual(['203.0.113.x', '2001:db8:85a3:x', '2001:db8:0:x', '2a00:0:0:x']);
});

const summary = (lines: readonly object[]) => summarised(lines.flatMap((line) => matchesOf(JSON.stringify(line))))[0];
const many = (count: number, line: (asked: Asked) => object, asked: Asked = {}) =>
  Array.from({ length: count }, (_, n) => line({ ip: `198.51.${n}.9`, ...asked }));

describe('a hint', () => {
  it.each([
    [
      'visitors',
      many(30, (asked) => countedRule('SizeRestrictions_BODY', { ...asked, cookie: true })),
      /30 networks, 100 %/,
    ],
    ['attack', many(30, flood, { uri: '/wp-login.php' }), /scanners; block/],
    ['attack', many(30, flood), /hardly any carries a cookie/],
    ['unclear', many(30, flood, { ip: '203.0.113.7' }), /from 203\.0\.113\.x: one attacker, or an office/],
    ['unclear', many(9, flood), /only 9 requests/],
  ])('says %s', (verdict, lines, hint) => {
    expect(summary(lines)?.verdict).toBe(verdict);
    expect(summary(lines)?.hint).toMatch(hint);
  });
});

describe('npm run firewall-report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-firewall-'));
  const file = join(folder, 'waf.log');
  let said = '';
  beforeEach(() => {
    said = '';
    jest.spyOn(console, 'log').mockImplementation((text) => {
      said += text;
    });
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (lines: readonly (object | string)[]) =>
    writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));

  it('reads a file, and says what would be blocked, by path, country and network', async () => {
    write([
      ...many(20, (asked) => countedRule('SizeRestrictions_BODY', { ...asked, cookie: true, uri: '/api/upload' })),
      ...many(12, flood, { uri: '/wp-login.php', country: 'FR' }),
    ]);
    expect(await firewallReport(['--file', file])).toBe(0);
    expect(said).toContain(`32 logged requests, in ${file}`);
    expect(said).toContain(`${COMMON}/SizeRestrictions_BODY: 20 would be blocked`);
    expect(said).toContain('paths      /api/upload (20)');
    expect(said).toMatch(/Flood: 12 blocked\n.*scanners; block\n.*\n {2}countries {2}FR \(12\)/);
    expect(said).not.toMatch(/\d+\.\d+\.\d+\.\d+|REDACTED/);
  });

  it('says it as JSON too', async () => {
    write([flood()]);
    await firewallReport(['--file', file, '--json']);
    expect(JSON.parse(said)).toMatchObject({ requests: 1, rules: [{ rule: 'Flood', blocked: 1, counted: 0 }] });
  });

  it('says that no rule met any', async () => {
    write([]);
    await firewallReport(['--file', file]);
    expect(said).toContain('0 logged requests, in');
    expect(said).toContain('no rule met any');
  });

  it.each([
    [['--since', '7 days'], "--since: expected a time such as 90m, 12h or 7d, got '7 days'"],
    [['--file', 'nowhere.log'], "--file: expected a file of WAF's log, got no file 'nowhere.log'"],
    [['--env', 'nowhere'], 'environment: expected one of'],
  ])('refuses %j', async (words, message) => {
    await expect(firewallReport(words)).rejects.toThrow(message);
  });

  it("names the line that isn't WAF's", async () => {
    write([flood(), '{"level":30}']);
    await expect(firewallReport(['--file', file])).rejects.toThrow(
      'line 2: expected a request as WAF logs it, got {"level":30}',
    );
  });

  it("reads the environment's log groups at the edge and at the balancer, page by page", async () => {
    const asked: { operation: string; body: Record<string, unknown> }[] = [];
    const aws = createServer(async (question, answer) => {
      const body = JSON.parse(Buffer.concat(await question.toArray()).toString());
      const operation = String(question.headers['x-amz-target']).split('.')[1] ?? '';
      asked.push({ operation, body });
      const events = [{ message: JSON.stringify(flood()) }];
      const answers: Readonly<Record<string, object>> = {
        DescribeLogGroups: {
          logGroups: ['prodEdgeFirewall1', 'prod2EdgeFirewall1'].map((name) => ({
            logGroupName: `aws-waf-logs-Holdfast${name}`,
          })),
        },
        FilterLogEvents: { events, ...(body.nextToken ? {} : { nextToken: 'more' }) },
      };
      answer.setHeader('content-type', 'application/x-amz-json-1.1');
      answer.end(JSON.stringify(answers[operation]));
    });
    await new Promise<void>((done) => aws.listen(0, '127.0.0.1', done));
    const env = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    };
    const before = { ...process.env };
    Object.assign(process.env, env);
    try {
      await firewallReport(['--env', 'prod', '--since', '1h']);
    } finally {
      process.env = before;
      aws.close();
    }
    expect(said).toContain('4 logged requests, prod, the last 1h');
    expect(asked.find(({ operation }) => operation === 'DescribeLogGroups')?.body).toEqual({
      logGroupNamePrefix: 'aws-waf-logs-Holdfastprod',
    });
    const since = Number(asked.find(({ operation }) => operation === 'FilterLogEvents')?.body.startTime);
    expect(Date.now() - since).toBeLessThan(3_700_000);
  });
});
