/** What one environment is made of: plain values, readable without knowing CDK. Rules between them are in `rules.ts`. */
import { z } from 'zod';
import { isCacheClass, isDatabaseClass, isFleetClass } from './instances';
import { cidr, domainName, oneOf, reason, text, whole, yesOrNo } from './values';

const network = z.strictObject({
  /** Range of the VPC. Create-only: changing it replaces the network and all in it. Must not overlap `peers`. */
  cidr: cidr(),
  /** Ranges this network will be connected to later (other VPCs, offices). @default none */
  peers: z.array(cidr()).optional(),
  /** NAT gateways: one for each zone survives the loss of a zone; 1 saves about 35 USD a month each. */
  natGateways: whole(1, 3),
  /** Private ways to SSM, Secrets Manager, logs and metrics: boot needs no NAT then. About 8 USD a month per endpoint and zone. */
  interfaceEndpoints: yesOrNo(),
});

const fleet = z.strictObject({
  /** EC2 instance class, arm64. A change replaces the servers one by one. t4g.small is about 12 USD a month each. */
  instanceClass: z
    .string()
    .refine(isFleetClass, { error: "an arm64 instance class, such as 't4g.small' or 'm7g.large'" }),
  /** Fewest servers, 1–100: at least 2 survive the loss of one. The guide: 2. */
  min: whole(1, 100),
  /** Most servers, 1–100: the ceiling of the bill. The guide: 10. */
  max: whole(1, 100),
  /** Node processes on each server, 1–16: as many as it has virtual processors. */
  processes: whole(1, 16),
  /** Most connections one process opens to each database, 1–100. The guide: 20. */
  databasePool: whole(1, 100),
  /** Adds servers above this CPU load in percent for `upAfterMinutes`. The guide: 70 for 5. */
  upAboveCpu: whole(10, 95),
  upAfterMinutes: whole(1, 60),
  /** Removes one below this CPU load in percent for `downAfterMinutes`. The guide: 30 for 10. */
  downBelowCpu: whole(1, 90),
  downAfterMinutes: whole(1, 120),
});

const balancing = z.strictObject({
  /** How the balancer picks a server. 'least-outstanding' suits requests of uneven length. */
  algorithm: oneOf('round-robin', 'least-outstanding', 'weighted-random'),
  /** Seconds a visitor stays with one server, 0 for never (sessions are shared, so nothing needs it), at most 7 days. */
  stickySeconds: whole(0, 604_800),
  /** Seconds a leaving server may finish its requests, 5–3600: at least the longest request. */
  drainSeconds: whole(5, 3600),
});

const database = z.strictObject({
  /** RDS class of the primary and each replica. Changing it restarts them: about a minute each when `multiAz`. */
  instanceClass: z
    .string()
    .refine(isDatabaseClass, { error: "an RDS instance class, such as 't4g.medium' or 'm7g.large'" }),
  /** Read replicas in the region, 0–5, each billed as a full instance. */
  replicas: whole(0, 5),
  /** A standby in another zone with failover in 60–120 s. Doubles the primary's price. */
  multiAz: yesOrNo(),
  /** Gibibytes of gp3 storage, 20–65,536; it grows by itself up to three times that. About 0.12 USD a GiB-month. */
  storageGib: whole(20, 65_536, 'RDS allows no less'),
  /** Days of point-in-time recovery, 7–35. Storage beyond the database's own size is billed. */
  backupDays: whole(7, 35, "AWS's own controls ask for a week, RDS allows no more"),
  /** Keep the data when the stack goes, and refuse its deletion. */
  retain: yesOrNo(),
});

const sessions = z.strictObject({
  /** 'valkey' costs a fifth less than 'redis' and speaks the same protocol. Create-only in practice: a change is a migration. */
  engine: oneOf('valkey', 'redis'),
  /** ElastiCache node class. cache.t4g.small is about 25 USD a month each. */
  nodeClass: z
    .string()
    .refine(isCacheClass, { error: "an ElastiCache node class, such as 't4g.small' or 'r7g.large'" }),
  /** Replicas beside the primary, 0–5. With none there is no failover: an outage logs everybody out. */
  replicas: whole(0, 5),
  /** Days a daily snapshot is kept, 0–35; 0 makes none. */
  snapshotDays: whole(0, 35),
  /** Keep the data when the stack goes. */
  retain: yesOrNo(),
});

const edge = z.strictObject({
  /** Who reaches the balancer: 'never' only CloudFront (internal balancer, VPC origin); 'failover' also visitors whom DNS sends there, which needs a domain. */
  directAccess: oneOf('failover', 'never'),
  /** CloudFront's price class: where the site is near its visitors. 'europe-america' is the cheapest. */
  reach: oneOf('europe-america', 'without-south-america-australia', 'everywhere'),
  /** Web application firewall: about 10 USD a month and 0.60 USD a million requests. */
  firewall: z.strictObject({
    enabled: yesOrNo(),
    /** Requests of one address in 5 minutes before it is refused, 100–2,000,000,000. */
    requestsPer5Minutes: whole(100, 2_000_000_000),
  }),
});

const domain = z.strictObject({
  /** Public name of the site: the zone's own name or one below it. */
  name: domainName(),
  /** Id of the existing, delegated Route 53 zone. */
  zoneId: text(/^Z[A-Z0-9]{6,31}$/, "a hosted zone's id, such as 'Z0123456789ABCDEFGHIJ'"),
  /** Name of that zone. */
  zoneName: domainName(),
});

const alerts = z.strictObject({
  /** Addresses that hear of each severity; each confirms by mail. */
  emails: z.strictObject({
    critical: z.array(z.email({ error: 'a mail address' })),
    warning: z.array(z.email({ error: 'a mail address' })),
    info: z.array(z.email({ error: 'a mail address' })),
  }),
  /** Other thresholds by the alert's name in `lib/alerts`, in the alert's unit. Invents no alert. @default none */
  thresholds: z.record(z.string(), z.number({ error: 'a number' })).optional(),
});

const retention = z.strictObject({
  /** Days logs are kept in CloudWatch; less than 365 is an opt-out. About 0.03 USD a GiB-month. */
  logDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365], { error: 'one of 1, 3, 5, 7, 14, 30, 60, 90, 180, 365' }),
  /** Days access logs and flow logs are kept, 1–3650. */
  accessLogDays: whole(1, 3650),
});

export const environmentSchema = z.strictObject({
  /** Name of the environment: the file's name, and part of every stack's. */
  name: text(/^[a-z][a-z0-9-]{1,15}$/, 'lower case letters, digits and hyphens, 2 to 16 of them'),
  /** Growth phase: 'horizontal' is several servers, a database with replicas and a shared session store. */
  preset: oneOf('horizontal', 'single-server', 'separated', 'multi-region'),
  /** The account deployments go to; without it, that of the credentials. @default the credentials' */
  account: text(/^\d{12}$/, "an account's 12 digits").optional(),
  /** Primary region. us-east-1 always carries what CloudFront demands there. */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'eu-west-1'"),
  /** Its zones in use, two or three; create-only in practice. */
  zones: z
    .array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "a zone, such as 'eu-west-1a'"))
    .min(2, { error: 'two or three zones' })
    .max(3, { error: 'two or three zones' }),
  /** Public name. Without it the site answers on CloudFront's own name. @default none */
  domain: domain.optional(),
  /** `npm run deploy` asks before it changes anything, unless in CI. */
  confirm: yesOrNo(),
  network,
  fleet,
  balancing,
  database,
  sessions,
  edge,
  alerts,
  retention,
  /** Tags of every resource. */
  tags: z.record(z.string(), z.string()),
  /** Opt-outs of secure defaults by name, each with a reason that every synthesis prints (see `opt-outs.ts`). @default none */
  optOuts: z.record(z.string(), reason()).optional(),
});

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Environment = DeepReadonly<z.infer<typeof environmentSchema>>;
