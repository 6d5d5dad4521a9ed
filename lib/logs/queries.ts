/** The saved queries of Logs Insights as data: what runbooks ask the logs, by the log group that knows. Not where the groups are: the stacks'. */

interface SavedQuery {
  /** What it answers, for the list of queries. */
  readonly answers: string;
  /** Logs Insights QL; a line for each step. */
  readonly steps: readonly string[];
}

type SavedQueries = Readonly<Record<string, SavedQuery>>;

/** Lines of the backend (`app/backend/http/request-log.ts`) and of NGINX (`app/server/nginx.conf`) in one group. */
const servers = {
  'slow-requests': {
    answers: 'Which answers took longer than 1 s, the slowest first.',
    steps: [
      'fields @timestamp, reqId, method, route, status, ms',
      'filter msg = "answered" and ms > 1000',
      'sort ms desc',
      'limit 100',
    ],
  },
  'slow-routes': {
    answers: 'Which routes are slow: 95th percentile and number of requests, in ms.',
    steps: [
      'filter msg = "answered"',
      'stats pct(ms, 95) as p95, max(ms) as slowest, count(*) as requests by route',
      'sort p95 desc',
    ],
  },
  'errors-by-route': {
    answers: 'Which routes answer 5xx, in periods of a minute.',
    steps: [
      'filter msg = "answered" and status >= 500',
      'stats count(*) as failures by route, status, bin(1m)',
      'sort failures desc',
    ],
  },
  'error-causes': {
    answers: 'What the backend says about its failures, the most frequent first.',
    steps: ['filter level >= 40', 'stats count(*) as lines by msg, err.type, err.message', 'sort lines desc'],
  },
  'nginx-errors': {
    answers: 'What NGINX answered with 5xx or 4xx, by path and by what the backend had said (- when it said nothing).',
    steps: [
      'filter ispresent(upstreamStatus) and status like /^[45]/',
      'stats count(*) as answers by status, upstreamStatus, path',
      'sort answers desc',
      'limit 100',
    ],
  },
  'login-failures': {
    answers: 'Failed logins by network of the visitor, in periods of 5 minutes.',
    steps: [
      'filter route in ["/api/login", "/api/token"] and status = 401',
      'stats count(*) as failures by network, bin(5m)',
      'sort failures desc',
    ],
  },
  'one-request': {
    answers: "Everything about one request: put its X-Request-Id in ID's place.",
    steps: [
      'fields @timestamp, @logStream, method, path, route, status, upstreamStatus, ms, seconds, msg, err.message',
      'filter reqId = "ID" or request = "ID"',
      'sort @timestamp asc',
    ],
  },
  'busiest-networks': {
    answers: 'Who asks most, by network, with the share of refusals.',
    steps: [
      'filter ispresent(upstreamStatus)',
      'stats count(*) as requests, sum(strcontains(status, "429")) as refused by network',
      'sort requests desc',
      'limit 50',
    ],
  },
} as const satisfies SavedQueries;

/** RDS's `postgresql` log: plain lines. */
const database = {
  'slow-sql': {
    answers: 'Statements that took longer than 1 s: how often, and how long in ms.',
    steps: [
      'parse @message /duration: (?<ms>[0-9.]+) ms +(?:statement|execute [^:]*): (?<statement>.*)/',
      'filter ispresent(ms)',
      'stats count(*) as runs, max(ms) as slowest, avg(ms) as mean by statement',
      'sort slowest desc',
      'limit 50',
    ],
  },
  'database-errors': {
    answers: 'Errors of PostgreSQL, the most frequent first.',
    steps: [
      'parse @message /(?<severity>ERROR|FATAL|PANIC): +(?<said>.*)/',
      'filter ispresent(severity)',
      'stats count(*) as lines by severity, said',
      'sort lines desc',
      'limit 50',
    ],
  },
} as const satisfies SavedQueries;

/** ElastiCache's slow log in its JSON format. */
const sessions = {
  'redis-slow-log': {
    answers: 'Commands that took longer than 10 ms; Duration in µs.',
    steps: [
      'fields @timestamp, CacheClusterId, Duration, Command',
      'filter ispresent(Duration)',
      'sort Duration desc',
      'limit 50',
    ],
  },
} as const satisfies SavedQueries;

/** VPC flow logs. */
const network = {
  'network-rejects': {
    answers: 'Which connections security groups refuse.',
    steps: [
      'filter action = "REJECT"',
      'stats count(*) as refused by srcAddr, dstAddr, dstPort',
      'sort refused desc',
      'limit 50',
    ],
  },
} as const satisfies SavedQueries;

/** WAF's log: what was blocked, or would have been. */
const firewall = {
  'firewall-blocks': {
    answers: 'What the firewall blocked, by rule, path and country.',
    steps: [
      'filter action = "BLOCK"',
      'stats count(*) as blocked by terminatingRuleId, httpRequest.uri, httpRequest.country',
      'sort blocked desc',
      'limit 50',
    ],
  },
} as const satisfies SavedQueries;

/** Where the console shows an environment's queries; a runbook names them with it. */
export const queryFolder = ({ name }: { readonly name: string }): string => `Holdfast/${name}`;

/** By the log group that is asked. */
export const QUERIES = { servers, database, sessions, network, firewall } as const;
