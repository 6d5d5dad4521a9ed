/** What one environment is made of: plain values, readable without knowing CDK. Rules between them are in `rules.ts`. */
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
  /** Range of the VPC, /16 to /19 (three zones take 4,608 addresses). Create-only: a change replaces the network and all in it. */
  cidr: cidr(19),
  /** Ranges this network will be connected to later (other VPCs, offices); none may overlap `cidr`. Costs nothing. @default none */
  peers: z.array(cidr(29)).optional(),
  /** NAT gateways, 1–3, about 35 USD a month each: one for each zone survives the loss of a zone. Needs as many elastic IPs. */
  natGateways: whole(1, 3),
  /** Private ways to SSM, Secrets Manager, EC2, SQS, logs and metrics: servers start without NAT then. 7 endpoints, about 8 USD a month each and zone. */
  interfaceEndpoints: yesOrNo(),
});

const database = z.strictObject({
  /** RDS class of the primary and each replica. A change restarts them: about a minute each when `multiAz`. r7g.large is about 195 USD a month each. */
  instanceClass: z
    .string()
    .refine(isDatabaseClass, { error: "an RDS instance class, such as 't4g.medium' or 'm7g.large'" }),
  /** Read replicas in the region, 0–5, each billed as a full instance; may change at any time. Without one the primary answers all reads. */
  replicas: whole(0, 5),
  /** A standby in another zone with failover in 60–120 s; without it a lost zone takes the database along. Doubles the primary's price. */
  multiAz: yesOrNo(),
  /** Gibibytes of gp3 storage, 20–21,845; it grows by itself up to three times that and never shrinks. About 0.12 USD a month each, per copy. */
  storageGib: whole(20, 21_845, 'RDS allows no less, and no more than three times that'),
  /** Days of point-in-time recovery, 7–35. Backups beyond the database's own size cost about 0.10 USD a GiB-month. */
  backupDays: whole(7, 35, "AWS's own controls ask for a week, RDS allows no more"),
  /** Keep the data when the stack goes, refuse its deletion, and copy the database daily into a vault of its own. */
  retain: yesOrNo(),
  /**
   * How often AWS Backup restores the newest copy, beside the database, and deletes it again: an instance of the same class, without a
   * standby, for some hours each time, and AWS Backup's fee for the test. Only with `retain`. @default 'monthly'
   */
  restoreTest: oneOf('weekly', 'monthly', 'never').optional(),
  /** Keeps everybody from deleting copies of the database, whoever has stolen which right. Costs nothing itself. @default no lock */
  vaultLock: vaultLockSchema.optional(),
  /**
   * A dump a day by pg_dump into a bucket of its own, and with `recovery` into one in the second region: restored anywhere, by any later
   * version, table by table. Reads the primary for as long as it takes; about 0.004 USD a minute of that. @default no dump
   */
  dump: dumpSchema.optional(),
});

const sessions = z.strictObject({
  /** 'valkey' costs a fifth less than 'redis' and speaks the same protocol. Create-only in practice: a change is a migration. */
  engine: oneOf('valkey', 'redis'),
  /** ElastiCache node class. A change fails over once. cache.t4g.small is about 20 USD a month each with valkey. */
  nodeClass: z
    .string()
    .refine(isCacheClass, { error: "an ElastiCache node class, such as 't4g.small' or 'r7g.large'" }),
  /** Replicas beside each primary, 0–5, each billed as a node. With none there is no failover: an outage logs everybody out. */
  replicas: whole(0, 5),
  /**
   * Primaries that share the keys, 1–90, each with its replicas: 2 or more is cluster mode, for more than the largest node holds or
   * writes. From 1 to more is a migration (ElastiCache's cluster mode 'compatible' in between), else changed online. @default 1
   */
  shards: whole(1, 90).optional(),
  /**
   * What a login, logout or revoked token waits for: with 'replicated' until a replica has it, about 1 ms and 200 ms at most, so
   * that it outlives the primary; with 'primary' for nobody, and a failover loses those of the last moment; both cost nothing. With
   * 'logged' until a log in two zones has it, some milliseconds, so that it outlives all nodes: Valkey 9 in cluster mode, on m6g,
   * m7g, r6g or r7g. To 'logged' and back is a migration. See docs/durability.md.
   */
  durability: oneOf('replicated', 'primary', 'logged'),
  /** Days a daily snapshot is kept, 0–35; 0 makes none: all nodes lost at once then log everybody out. The first costs nothing. */
  snapshotDays: whole(0, 35),
  /** Keep a last snapshot when the stack goes. The same as `database.retain`. */
  retain: yesOrNo(),
});

const frontend = z.strictObject({
  /**
   * Who serves the site: 'cdn' CloudFront from buckets, the servers' own copy being the last resort; 'servers' the fleet, with
   * CloudFront as a cache before it: a page then costs a server's time, and goes when they all do. Both are kept up to date
   * whatever is chosen, so it may change at any time, without an interruption. Costs nothing.
   */
  hosting: oneOf('cdn', 'servers'),
});

const edge = z.strictObject({
  /**
   * Who reaches the balancer: 'never' only CloudFront (internal balancer, VPC origin); 'failover' also visitors whom DNS sends
   * there, which needs a domain. Create-only in practice: a change replaces the balancer, and its servers can't stand behind both.
   */
  directAccess: oneOf('failover', 'never'),
  /** CloudFront's price class: where the site is near its visitors; elsewhere it is slower. 'europe-america' is the cheapest per GB. */
  reach: oneOf('europe-america', 'without-south-america-australia', 'everywhere'),
  /** Web application firewall, with 'failover' a second one at the balancer: each about 10 USD a month and 0.60 USD a million requests. */
  firewall: z.strictObject({
    enabled: yesOrNo(),
    /** Requests of one address in 5 minutes, 100–2,000,000,000; above it the address gets 429. An office shares one address. */
    requestsPer5Minutes: whole(100, 2_000_000_000),
    /**
     * Rules that only count and log what they would block: 'Flood', one of AWS's groups, or one rule of a group, as `npm run
     * firewall-report` names them. Begin here with a new application, and block when the report shows no visitors of yours.
     * Needs an opt-out. Costs nothing. @default none: every rule blocks
     */
    counted: z.array(firewallRule()).optional(),
  }),
});

const publisher = z.strictObject({
  /** Repository on GitHub whose workflow publishes the site. */
  repository: text(/^[\w.-]+\/[\w.-]+$/, "a repository of GitHub, such as 'acme/shop'"),
  /** GitHub's environment that the workflow's job names. Protect it there: who gets into it publishes. */
  environment: text(/^[\w.-]+$/, "an environment of GitHub, such as 'production'"),
});

const domain = z.strictObject({
  /** Public name of the site: the zone's own name or one below it. No record of that name may exist yet. */
  name: domainName(),
  /** Id of the existing Route 53 zone. It must be delegated, or the first deployment waits for its certificate in vain. */
  zoneId: text(/^Z[A-Z0-9]{6,31}$/, "a hosted zone's id, such as 'Z0123456789ABCDEFGHIJ'"),
  /** Name of that zone. */
  zoneName: domainName(),
});

export const environmentSchema = z.strictObject({
  /** Name of the environment: the file's name, and part of every stack's. Create-only. */
  name: text(/^(?=.{2,16}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower case letters, digits and hyphens, 2 to 16 of them'),
  /** Growth phase, two of which are built: 'horizontal' is several servers, a database with replicas and a shared session store; 'multi-region' has
   * a second region that takes over too (`recovery.mode`). */
  preset: oneOf('horizontal', 'single-server', 'separated', 'multi-region'),
  /** The account deployments go to; without it, that of the credentials. @default the credentials' */
  account: text(/^\d{12}$/, "an account's 12 digits").optional(),
  /** Primary region, create-only. us-east-1 always carries what CloudFront demands there. */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'eu-west-1'"),
  /** Its zones in use, two or three; create-only in practice. With three, a lost one takes a third of everything along, not half. */
  zones: z
    .array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "a zone, such as 'eu-west-1a'"), { error: 'two or three zones' })
    .min(2, { error: 'two or three zones' })
    .max(3, { error: 'two or three zones' }),
  /** Where life goes on when the primary region doesn't. @default no second region: the servers stand in for a bucket that fails */
  recovery: recoverySchema.optional(),
  /** Public name. Without it the site answers on CloudFront's own name. @default none */
  domain: domain.optional(),
  /** Who answers under the public name when CloudFront fails; needs `domain`. @default the balancer where `edge.directAccess` is 'failover' */
  dns: dnsSchema.optional(),
  /** `npm run deploy` asks before it changes anything, unless in CI. */
  confirm: yesOrNo(),
  network,
  fleet: fleetSchema,
  workers: workersSchema,
  /** Services beside the backend, in the order in which the balancer looks for whose a request is. @default none */
  services: servicesSchema.optional(),
  /** Mails by SES. Without it they are lines of the workers' log, addresses masked. @default none */
  mail: mailSchema.optional(),
  balancing: balancingSchema,
  /** How a new release of the application reaches the servers. @default a canary of 5, 25, 50 and 100 % */
  releases: releasesSchema.optional(),
  database,
  sessions,
  frontend,
  edge,
  /** Gets a role that may publish the site, and nothing else. GitHub's identity provider must exist in the account. @default none */
  publisher: publisher.optional(),
  alerts: alertsSchema,
  /** What the backend's processes tell of themselves beyond logs and alarms. @default nothing more */
  metrics: metricsSchema.optional(),
  /** @default no request is traced */
  tracing: tracingSchema.optional(),
  /** @default errors are in the logs alone */
  errorTracker: errorTrackerSchema.optional(),
  /** What looks at the system once a minute and tells what nobody publishes. @default all three probes, without a login */
  probes: probesSchema.optional(),
  /** Experiments that hurt the environment on purpose. @default none */
  gameDays: gameDaysSchema.optional(),
  retention: retentionSchema,
  /** Where logs go besides CloudWatch. @default nowhere */
  logs: logsSchema.optional(),
  /**
   * Days from one rotation to the next of the passwords of database and session store and of the secrets that sign, 1–365; 0: none
   * rotates by itself. Costs nothing but three functions' seconds. @default 30
   */
  rotationDays: whole(0, 365).optional(),
  /** Tags of every resource, to find it on the bill. */
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
