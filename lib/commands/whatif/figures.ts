/** Times and where they come from: one term of the sums that whatif prints. AWS's own figures with the page that gives each. */

export interface Term {
  readonly seconds: number;
  /** How it is reckoned. */
  readonly formula: string;
  readonly source: string;
  /** Whether each request waits so long and is answered then. @default it fails */
  readonly late?: true;
}

const DOCS = 'https://docs.aws.amazon.com';

/** "typically 60–120 seconds": the longer one. */
export const DATABASE_FAILOVER: Term = {
  seconds: 120,
  formula: '120 s',
  source: `RDS promotes its standby, typically in 60–120 s (${DOCS}/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html)`,
};

/** "should usually take about 30 seconds". AWS's manual has no figure. */
export const SESSIONS_FAILOVER: Term = {
  seconds: 30,
  formula: '30 s',
  source:
    'ElastiCache promotes a replica, usually in about 30 s (https://aws.amazon.com/blogs/database/testing-automatic-failover-to-a-read-replica-on-amazon-elasticache-for-redis/)',
};

/** "the failure is detected and the node replaced in a few minutes": taken as five, for alarms only. */
export const NODE_REPLACED_S = 300;

/** A first boot that works, packages and up to 120 s for /livez: nobody's figure, taken for alarms only. */
export const BOOT_S = 300;

/** Ours: docs/disaster-recovery.md, "Who decides". */
export const DECISION: Term = {
  seconds: 900,
  formula: '900 s',
  source: 'somebody decides and starts npm run failover: after 15 min without an answer the next in the rota does',
};

/** "several minutes or longer … depending on the size of the read replica": taken as ten. */
export const PROMOTION: Term = {
  seconds: 600,
  formula: '600 s',
  source: `RDS promotes the replica in the second region, which takes it several minutes or longer: 10 min are assumed (${DOCS}/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html)`,
};

export const BALANCER_NAME: Term = {
  seconds: 60,
  formula: '60 s',
  source: `resolvers keep an address of the balancer for 60 s (${DOCS}/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html)`,
};

/** Ours, by drills on one machine: docs/drills.md. */
export const RECONNECTS = {
  database: {
    seconds: 1,
    formula: '1 s',
    source: 'the backend follows the name (demand of the drill postgres-killed)',
  },
  sessions: { seconds: 2, formula: '2 s', source: 'the backend follows the name (demand of the drill redis-killed)' },
  replica: { seconds: 2, formula: '2 s', source: 'the backend leaves it alone (demand of the drill replica-killed)' },
} as const satisfies Readonly<Record<string, Term>>;

/** "typically within the last five minutes": https://repost.aws/knowledge-center/rds-point-in-time-restore-issues */
export const RESTORABLE = 'typically the last 5 min, which RDS cannot restore yet';

export const KEY_MEND = 'enable it, or cancel its deletion, which waits 7 to 30 days';
export const SEALED_MEND = 'restore-secret, while its deletion waits 7 to 30 days; else a new one by a deployment';

export const sumOf = (terms: readonly Term[]) => terms.reduce((sum, { seconds }) => sum + seconds, 0);

/** 35 s, 2 min; nothing is until somebody mends it. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'until mended';
  return seconds < 180 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
