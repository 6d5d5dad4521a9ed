/** What one environment is made of: plain values, readable without knowing CDK. Rules between them are in `rules.ts`. */
import { z } from 'zod';
import { channelsSchema, routesSchema } from './alert-channels';
import { dnsSchema } from './dns';
import { isCacheClass, isDatabaseClass, isFleetClass } from './instances';
import { probesSchema } from './probes';
import { cidr, domainName, firewallRule, oneOf, origin, reason, share, text, whole, yesOrNo } from './values';

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

const fleet = z.strictObject({
  /** EC2 instance class, arm64. A change replaces the servers one by one. t4g.small is about 12 USD a month each. */
  instanceClass: z
    .string()
    .refine(isFleetClass, { error: "an arm64 instance class, such as 't4g.small' or 'm7g.large'" }),
  /** Fewest servers, 1–100, always billed: 2 or more stand in different zones and survive the loss of one. The guide: 2. */
  min: whole(1, 100),
  /** Most servers, 1–100: the ceiling of the bill. A new account's quota of vCPUs may be lower. The guide: 10. */
  max: whole(1, 100),
  /** Node processes on each server, 1–16: as many as it has vCPUs; fewer leave some idle. A change replaces the servers. */
  processes: whole(1, 16),
  /** Most connections one process opens to the primary and to each replica, 1–100; further queries wait. The guide: 20. */
  databasePool: whole(1, 100),
  /** Adds a server when the fleet's average CPU was above this percentage for `upAfterMinutes`. The guide: 70 for 5. */
  upAboveCpu: whole(10, 95),
  upAfterMinutes: whole(1, 60),
  /** Removes one when it was below this percentage for `downAfterMinutes`. The guide: 30 for 10. */
  downBelowCpu: whole(1, 90),
  downAfterMinutes: whole(1, 120),
  /**
   * Requests a minute that one server should get, 60–1,000,000: with it target tracking adds as many servers at once as a peak needs,
   * and it alone takes them away (the guide's `downBelowCpu` is not used). Measure what a server carries with `npm run load` and take
   * about half. What the choice does: `npm run scaling`. Costs nothing. @default none: by CPU alone, one server at a time
   */
  requestsPerServer: whole(60, 1_000_000).optional(),
  /**
   * Other limits from a time on, until the next entry: for a peak that is known. A deployment that changes the fleet sets `min` and
   * `max` again until the next entry begins. Costs what the servers do. @default none
   */
  schedule: z
    .array(
      z.strictObject({
        /** Names it, in this environment. */
        name: text(/^[A-Z][A-Za-z0-9]{0,31}$/, "a name such as 'Morning'"),
        /** Minute, hour, day, month, weekday, such as '0 7 * * 1-5'. */
        cron: text(/^([\d*,/-]+ ){4}[\dA-Z*,/-]+$/, "five fields of cron, such as '0 7 * * 1-5'"),
        /** Of the IANA database. @default UTC */
        timeZone: text(/^[A-Za-z_]+(\/[A-Za-z_]+)*$/, "a time zone, such as 'Europe/Berlin'").optional(),
        /** Fewest and most servers from then on. */
        min: whole(1, 100),
        max: whole(1, 100),
      }),
    )
    .optional(),
  /** Requests to `/api` of one address in 15 minutes, 1–1,000,000; above it the address gets 429. An office shares one address. The guide: 100. */
  requestsPer15Minutes: whole(1, 1_000_000),
  /** Other sites whose pages may call `/api` with the visitor's cookies, such as 'https://admin.example.com'. @default none */
  corsOrigins: z.array(origin()).optional(),
});

const workers = z.strictObject({
  /** Jobs that one worker does at once, 1–99; each holds a connection to the database. A change replaces the servers. */
  jobsAtOnce: whole(1, 99),
  /**
   * Servers of their own for the jobs. Without them each server of the fleet runs a worker beside its backends: that costs nothing,
   * but jobs take CPU from requests, and there are as many workers as servers. Changed at any time; jobs wait meanwhile. @default none
   */
  group: z
    .strictObject({
      /** EC2 instance class, arm64. A change replaces the servers one by one. t4g.small is about 12 USD a month each. */
      instanceClass: z
        .string()
        .refine(isFleetClass, { error: "an arm64 instance class, such as 't4g.small' or 'm7g.large'" }),
      /** Fewest servers, 1–100, always billed. Of one, a lost zone takes it along: jobs wait some minutes for the next. */
      min: whole(1, 100),
      /** Most servers, 1–100: the ceiling of the bill. */
      max: whole(1, 100),
      /**
       * Jobs that may wait for each server, 1–100,000; with more, servers are added after 3 minutes, and removed after 15 with a
       * tenth less. As many as one does in the time that a job may wait.
       */
      backlog: whole(1, 100_000),
    })
    .optional(),
});

const mail = z.strictObject({
  /**
   * Sender. It, or its domain, must be verified in SES in the primary region, and the account must have left SES's sandbox, or
   * mails are refused and become dead letters. About 0.10 USD a thousand.
   */
  from: z.email({ error: 'a mail address' }),
});

const balancing = z.strictObject({
  /** How the balancer picks a server; may change at any time. 'least-outstanding' suits requests of uneven length. */
  algorithm: oneOf('round-robin', 'least-outstanding', 'weighted-random'),
  /** Seconds a visitor stays with one server, 0 for never (sessions are shared, so nothing needs it), at most 7 days. */
  stickySeconds: whole(0, 604_800),
  /** Seconds a leaving server may finish its requests, 5–3600: fewer than the longest takes (20) cut it off; each replacement waits as long. */
  drainSeconds: whole(5, 3600),
});

const database = z.strictObject({
  /** RDS class of the primary and each replica. A change restarts them: about a minute each when `multiAz`. r7g.large is about 190 USD a month each. */
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
   * that it outlives the primary; with 'primary' for nobody, and a failover loses those of the last moment. Costs nothing.
   */
  durability: oneOf('replicated', 'primary'),
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

const recovery = z.strictObject({
  /**
   * Second region, with a copy of the site that CloudFront reads when the first one's bucket fails. A change leaves the old copy
   * behind, where data is retained. About 2 USD a month for two keys, and 0.02 USD a GB that a release carries there.
   */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'eu-central-1'"),
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

const alerts = z.strictObject({
  /** Addresses that hear of each severity; each confirms by mail, once for each region. An empty list tells nobody. With `channels` each also hears of the router's own failures. */
  emails: z.strictObject({
    critical: z.array(z.email({ error: 'a mail address' })),
    warning: z.array(z.email({ error: 'a mail address' })),
    info: z.array(z.email({ error: 'a mail address' })),
  }),
  /**
   * Ways to people other than mail, by a router in each region that groups storms and tells what is over. About 2 USD a month:
   * a secret and four alarms in each region. @default none: each address gets every alarm as AWS writes it
   */
  channels: channelsSchema.optional(),
  /** Which channels hear of which severity. @default critical: all; warning and info: Slack and mail */
  routes: routesSchema.optional(),
  /** Other thresholds by the alert's name in `lib/alerts`, in the alert's unit. Invents no alert. @default none */
  thresholds: z.record(z.string(), z.number({ error: 'a number' })).optional(),
  /** When nobody is told. Alarms go on changing their state, and what still alarms at the end of a window is told then. @default never */
  maintenance: z
    .array(
      z.strictObject({
        /** Day of the week. @default every day */
        day: oneOf('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun').optional(),
        /** When it begins, UTC. */
        at: text(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day in UTC, such as '03:30'"),
        /** How long it lasts, 1–1440: longer, and a real outage of that time is heard of late. */
        minutes: whole(1, 1440),
      }),
    )
    .optional(),
});

const metrics = z.strictObject({
  /**
   * A managed Prometheus with the backend's own figures every 15 s, kept for 150 days, and alerts that only they allow (see
   * `lib/alerts/process.ts`). A change replaces the servers. 0.90 USD for 10 million samples, so about 5 USD a month for each
   * process; with `network.interfaceEndpoints` another endpoint.
   */
  prometheus: yesOrNo(),
});

const tracing = z.strictObject({
  /**
   * Share of the requests whose way through backend, database and Redis goes to X-Ray, 0.001–1: 0.05 is every twentieth. A change
   * replaces the servers. 5 USD for a million traces; with `network.interfaceEndpoints` another endpoint.
   */
  sampleRate: share(),
});

const errorTracker = z.strictObject({
  /**
   * ARN of a secret, encrypted with the account's own key, whose value is the DSN of an error tracker that speaks Sentry's protocol:
   * https://KEY@HOST/PROJECT. Errors nobody foresaw go there over the internet, with addresses, tokens and mail addresses masked.
   * A change replaces the servers; without the secret's value they serve and report nothing.
   */
  dsnSecretArn: text(
    /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+-\w{6}$/,
    "a secret's complete ARN, such as 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:tracker-AbCdEf'",
  ),
});

const retention = z.strictObject({
  /** Days that logs of servers, network, firewall, database and sessions are kept; less than 365 is an opt-out. About 0.57 USD a GB written, 0.03 USD a GB-month. */
  logDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365], { error: 'one of 1, 3, 5, 7, 14, 30, 60, 90, 180, 365' }),
  /** Days that access logs of CloudFront and balancer are kept in S3, 1–3650. About 0.02 USD a GB-month. */
  accessLogDays: whole(1, 3650),
});

const logs = z.strictObject({
  /**
   * An OpenSearch domain that exists and gets every line of the servers' log besides CloudWatch, into an index a day,
   * holdfast-NAME-YYYY.MM.DD. It must be in this region, reachable from the internet, and let the forwarder's role post to _bulk.
   * The domain is yours to pay: from about 30 USD a month; the forwarder costs about 0.30 USD a GB. @default CloudWatch alone
   */
  openSearch: z
    .strictObject({
      /** Of the domain. */
      endpoint: origin(),
      domainArn: text(
        /^arn:aws[\w-]*:es:[a-z]{2}(-[a-z]+)+-\d:\d{12}:domain\/[a-z][a-z0-9-]{2,27}$/,
        "a domain's ARN, such as 'arn:aws:es:eu-west-1:111111111111:domain/logs'",
      ),
    })
    .optional(),
});

export const environmentSchema = z.strictObject({
  /** Name of the environment: the file's name, and part of every stack's. Create-only. */
  name: text(/^(?=.{2,16}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower case letters, digits and hyphens, 2 to 16 of them'),
  /** Growth phase, only one of which is built: 'horizontal' is several servers, a database with replicas and a shared session store. */
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
  recovery: recovery.optional(),
  /** Public name. Without it the site answers on CloudFront's own name. @default none */
  domain: domain.optional(),
  /** Who answers under the public name when CloudFront fails; needs `domain`. @default the balancer where `edge.directAccess` is 'failover' */
  dns: dnsSchema.optional(),
  /** `npm run deploy` asks before it changes anything, unless in CI. */
  confirm: yesOrNo(),
  network,
  fleet,
  workers,
  /** Mails by SES. Without it they are lines of the workers' log, addresses masked. @default none */
  mail: mail.optional(),
  balancing,
  database,
  sessions,
  frontend,
  edge,
  /** Gets a role that may publish the site, and nothing else. GitHub's identity provider must exist in the account. @default none */
  publisher: publisher.optional(),
  alerts,
  /** What the backend's processes tell of themselves beyond logs and alarms. @default nothing more */
  metrics: metrics.optional(),
  /** @default no request is traced */
  tracing: tracing.optional(),
  /** @default errors are in the logs alone */
  errorTracker: errorTracker.optional(),
  /** What looks at the system once a minute and tells what nobody publishes. @default all three probes, without a login */
  probes: probesSchema.optional(),
  retention,
  /** Where logs go besides CloudWatch. @default nowhere */
  logs: logs.optional(),
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
