/** The fields of one environment: plain values, readable without knowing CDK. Not the rules between fields; those are in `rules.ts`. */
import { z } from 'zod';
import { alertsSchema } from './alerts';
import { dumpSchema, vaultLockSchema } from './backups';
import { dnsSchema } from './dns';
import { gameDaysSchema } from './game-days';
import { isCacheClass, isDatabaseClass } from './instances';
import { probesSchema } from './probes';
import { recoverySchema } from './recovery';
import { releasesSchema } from './releases';
import { balancingSchema, fleetSchema, mailSchema, workersSchema } from './servers';
import { servicesSchema } from './services';
import { errorTrackerSchema, logsSchema, metricsSchema, retentionSchema, tracingSchema } from './telemetry';
import { cidr, domainName, firewallRule, oneOf, reason, text, whole, yesOrNo } from './values';

const network = z.strictObject({
  /** CIDR range of the VPC, /16 to /19 (three zones use 4,608 addresses). Create-only: a change replaces the network and everything in it. */
  cidr: cidr(19),
  /** CIDR ranges that this network will be connected to later (other VPCs, offices). None may overlap `cidr`. Costs nothing. @default none */
  peers: z.array(cidr(29)).optional(),
  /** NAT gateways, 1–3, about 40 USD a month each with its address. With one per zone, the loss of a zone cuts off no other zone. Each needs an elastic IP. */
  natGateways: whole(1, 3),
  /** VPC interface endpoints for SSM, Secrets Manager, EC2, SQS, logs and metrics, so that servers start without NAT. 7 endpoints, each about 8 USD a month and zone. */
  interfaceEndpoints: yesOrNo(),
});

const database = z.strictObject({
  /** RDS class of the primary and each replica. A change restarts them, for about a minute each with `multiAz`. r7g.large is about 195 USD a month each. */
  instanceClass: z
    .string()
    .refine(isDatabaseClass, { error: "an RDS instance class, such as 't4g.medium' or 'm7g.large'" }),
  /** Read replicas in the region, 0–5, each billed as a full instance. May change at any time. Without one the primary answers all reads. */
  replicas: whole(0, 5),
  /** A standby in another zone, with failover in 60–120 s. Without it the loss of a zone can be the loss of the database. Doubles the primary's price. */
  multiAz: yesOrNo(),
  /** GiB of gp3 storage, 20–21,845. It grows by itself up to three times that and never shrinks. About 0.13 USD a month per GiB and copy. */
  storageGib: whole(20, 21_845, 'RDS allows no less, and no more than three times that'),
  /** Days of point-in-time recovery, 7–35. Backups beyond the database's own size cost about 0.10 USD a GiB-month. */
  backupDays: whole(7, 35, "AWS's own controls ask for a week, RDS allows no more"),
  /** Keep the data when the stack is deleted, refuse the database's deletion, and back it up daily into an AWS Backup vault. */
  retain: yesOrNo(),
  /**
   * How often AWS Backup tests the newest backup: it restores it beside the database and deletes it again. Each test costs an instance of the
   * same class without a standby for some hours, and AWS Backup's fee. Only with `retain`. @default 'monthly'
   */
  restoreTest: oneOf('weekly', 'monthly', 'never').optional(),
  /** Vault lock: nobody can delete the backups, whatever permissions they have or stole. Costs nothing itself. @default no lock */
  vaultLock: vaultLockSchema.optional(),
  /**
   * A daily pg_dump into a bucket of its own, and with `recovery` into one in the second region. It can be restored anywhere, by any later
   * version, table by table. It reads the primary while it runs, and costs about 0.004 USD a minute. @default no dump
   */
  dump: dumpSchema.optional(),
});

const sessions = z.strictObject({
  /** 'valkey' costs a fifth less than 'redis' and has the same protocol. Create-only in practice: a change is a migration. */
  engine: oneOf('valkey', 'redis'),
  /** ElastiCache node class. A change fails over once. cache.t4g.small is about 20 USD a month each with valkey. */
  nodeClass: z
    .string()
    .refine(isCacheClass, { error: "an ElastiCache node class, such as 't4g.small' or 'r7g.large'" }),
  /** Replicas of each primary, 0–5, each billed as a node. With none there is no failover: losing the node logs everybody out. */
  replicas: whole(0, 5),
  /**
   * Shards, 1–90: primaries that share the keys, each with its replicas. 2 or more is cluster mode, for more data or writes than the largest
   * node can take. Going from 1 to more is a migration (through ElastiCache's cluster mode 'compatible'); other changes are online. @default 1
   */
  shards: whole(1, 90).optional(),
  /**
   * What a login, logout or revoked token waits for before it is answered. 'replicated': until a replica has it, about 1 ms and at most
   * 200 ms, so it survives the loss of the primary. 'primary': for nothing, so a failover loses those of the last moment. Both cost nothing.
   * 'logged': until a log in two zones has it, some milliseconds, so it survives the loss of all nodes; needs Valkey 9 in cluster mode on
   * m6g, m7g, r6g or r7g. Changing to 'logged' or back is a migration. See docs/durability.md.
   */
  durability: oneOf('replicated', 'primary', 'logged'),
  /** Days that a daily snapshot is kept, 0–35. With 0 there are none, and losing all nodes at once logs everybody out. The first snapshot costs nothing. */
  snapshotDays: whole(0, 35),
  /** Keep a last snapshot when the stack is deleted. Must be the same as `database.retain`. */
  retain: yesOrNo(),
});

const frontend = z.strictObject({
  /**
   * What serves the site. 'cdn': CloudFront from S3 buckets, with the servers' own copy as the last resort. 'servers': the fleet, with CloudFront
   * as a cache in front, so pages use the servers' CPU and fail when all servers fail. Both copies are always kept up to date, so this may
   * change at any time without an interruption. Costs nothing.
   */
  hosting: oneOf('cdn', 'servers'),
});

const edge = z.strictObject({
  /**
   * Who can reach the load balancer. 'never': only CloudFront (internal load balancer, VPC origin). 'failover': also visitors whom DNS sends
   * there; needs a domain. Create-only in practice: a change replaces the load balancer, and servers can't be behind two at once.
   */
  directAccess: oneOf('failover', 'never'),
  /** CloudFront's price class: the parts of the world with nearby edge locations; elsewhere the site is slower. 'europe-america' is the cheapest per GB. */
  reach: oneOf('europe-america', 'without-south-america-australia', 'everywhere'),
  /** Web application firewall (WAF); with 'failover' a second one at the load balancer. Each about 10 USD a month and 0.60 USD per million requests. */
  firewall: z.strictObject({
    enabled: yesOrNo(),
    /** Requests from one address in 5 minutes, 100–2,000,000,000; above that the address gets 429. A whole office may share one address. */
    requestsPer5Minutes: whole(100, 2_000_000_000),
    /**
     * Rules that only count and log what they would block: 'Flood', one of AWS's groups, or one rule of a group, named as in `npm run
     * firewall-report`. Start with this for a new application, and block once the report shows that no real visitors would be hit.
     * Needs an opt-out. Costs nothing. @default none: every rule blocks
     */
    counted: z.array(firewallRule()).optional(),
  }),
});

const publisher = z.strictObject({
  /** GitHub repository whose workflow publishes the site. */
  repository: text(/^[\w.-]+\/[\w.-]+$/, "a repository of GitHub, such as 'acme/shop'"),
  /** GitHub environment that the workflow's job uses. Protect it at GitHub: whoever may use it can publish. */
  environment: text(/^[\w.-]+$/, "an environment of GitHub, such as 'production'"),
});

const domain = z.strictObject({
  /** Public name of the site: the zone's name or a subdomain of it. No record of that name may exist yet. */
  name: domainName(),
  /** Id of the existing Route 53 hosted zone. It must be delegated; otherwise the first deployment waits for its certificate in vain. */
  zoneId: text(/^Z[A-Z0-9]{6,31}$/, "a hosted zone's id, such as 'Z0123456789ABCDEFGHIJ'"),
  /** Name of that zone. */
  zoneName: domainName(),
});

export const environmentSchema = z.strictObject({
  /** Name of the environment: the file's name, and part of every stack's name. Create-only. */
  name: text(/^(?=.{2,16}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower case letters, digits and hyphens, 2 to 16 of them'),
  /**
   * Growth phase. Two are built: 'horizontal' has several servers, a database with replicas and a shared session store; 'multi-region' also has a
   * second region that can take over (`recovery.mode`).
   */
  preset: oneOf('horizontal', 'single-server', 'separated', 'multi-region'),
  /** AWS account that is deployed to; credentials of another one are refused. @default the account of the credentials */
  account: text(/^\d{12}$/, "an account's 12 digits").optional(),
  /** Primary region, create-only. us-east-1 is always used too, for the parts that CloudFront requires there. */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'eu-west-1'"),
  /** Availability Zones in use, two or three; create-only in practice. With three, losing one loses a third of everything, with two a half. */
  zones: z
    .array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "a zone, such as 'eu-west-1a'"), { error: 'two or three zones' })
    .min(2, { error: 'two or three zones' })
    .max(3, { error: 'two or three zones' }),
  /** The second region, for the loss of the primary one. @default none: if the site bucket fails, the servers serve the site */
  recovery: recoverySchema.optional(),
  /** Public name. Without it the site has CloudFront's own name. @default none */
  domain: domain.optional(),
  /** What answers under the public name when CloudFront fails; needs `domain`. @default the load balancer if `edge.directAccess` is 'failover' */
  dns: dnsSchema.optional(),
  /** `npm run deploy`, `release`, `maintenance`, `restore` and `upgrade` ask for the environment's name before they change anything, except in CI. */
  confirm: yesOrNo(),
  network,
  fleet: fleetSchema,
  workers: workersSchema,
  /** Services beside the backend, in the order in which the load balancer matches requests to them. @default none */
  services: servicesSchema.optional(),
  /** Sends mails by SES. Without it they are written to the workers' log with masked addresses. @default none */
  mail: mailSchema.optional(),
  balancing: balancingSchema,
  /** How a new release of the application reaches the servers. @default a canary of 5, 25, 50 and 100 % */
  releases: releasesSchema.optional(),
  database,
  sessions,
  frontend,
  edge,
  /** A GitHub workflow that gets a role to publish the site, and nothing else. GitHub's identity provider must exist in the account. @default none */
  publisher: publisher.optional(),
  alerts: alertsSchema,
  /** Metrics of the backend's processes beyond logs and alarms. @default none */
  metrics: metricsSchema.optional(),
  /** Traces of requests, sent to X-Ray. @default no request is traced */
  tracing: tracingSchema.optional(),
  /** Reports of unexpected errors to Sentry or the like. @default errors are only in the logs */
  errorTracker: errorTrackerSchema.optional(),
  /** Functions that check the system once a minute, for what no AWS metric shows. @default all three probes, without a login */
  probes: probesSchema.optional(),
  /** Fault experiments (AWS FIS), see docs/game-days.md. @default none */
  gameDays: gameDaysSchema.optional(),
  retention: retentionSchema,
  /** Where logs go in addition to CloudWatch. @default nowhere */
  logs: logsSchema.optional(),
  /**
   * Days between rotations of the database's and the session store's password and of the signing secrets, 1–365; 0 turns rotation off.
   * Costs only the seconds that three functions run. @default 30
   */
  rotationDays: whole(0, 365).optional(),
  /** Tags of every resource, for example to find it on the bill. */
  tags: z.record(z.string(), z.string()),
  /** Opt-outs from secure defaults by name (see `opt-outs.ts`), each with a reason, which every synthesis prints. @default none */
  optOuts: z.record(z.string(), reason()).optional(),
});

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Environment = DeepReadonly<z.infer<typeof environmentSchema>>;
