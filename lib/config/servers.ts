/** How many servers there are, of what size, what they do, and how the balancer spreads requests over them. */
import { z } from 'zod';
import { isFleetClass } from './instances';
import { oneOf, origin, text, whole, yesOrNo } from './values';

export const fleetSchema = z.strictObject({
  /** EC2 instance class, arm64. A change replaces the servers one by one. t4g.small is about 13 USD a month each. */
  instanceClass: z
    .string()
    .refine(isFleetClass, { error: "an arm64 instance class, such as 't4g.small' or 'm7g.large'" }),
  /** Fewest servers, 1–100, always billed: 2 or more stand in different zones and survive the loss of one zone. The guide: 2. */
  min: whole(1, 100),
  /** Most servers, 1–100: the ceiling of the bill. A new account's quota of vCPUs may be lower. The guide: 10. */
  max: whole(1, 100),
  /**
   * Servers that the highest load you expect keeps fully busy, 1–100. The environment is refused if fewer would be left at that load after the
   * loss of a zone. Measure what one server handles with `npm run load`. Costs nothing. @default not checked
   */
  peak: whole(1, 100).optional(),
  /** Node processes on each server, 1–16. Use the number of its vCPUs; fewer leave some idle. A change replaces the servers. */
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
   * Requests per minute that one server should get, 60–1,000,000. Target tracking then adds as many servers at once as a peak needs, and only
   * target tracking removes servers (the guide's `downBelowCpu` is not used). Measure what a server handles with `npm run load` and use
   * about half. `npm run scaling` simulates it. Costs nothing. @default none: scaling by CPU only, one server at a time
   */
  requestsPerServer: whole(60, 1_000_000).optional(),
  /**
   * Other values of `min` and `max` from a given time until the next entry, for a peak at a known time. A deployment that changes `min` or `max`
   * sets them at once, until the next entry begins; any other deployment keeps the scheduled values. Costs only the servers. @default none
   */
  schedule: z
    .array(
      z.strictObject({
        /** Name of the entry, unique in this environment. */
        name: text(/^[A-Z][A-Za-z0-9]{0,31}$/, "a name such as 'Morning'"),
        /** Cron expression: minute, hour, day, month, weekday, such as '0 7 * * 1-5'. */
        cron: text(/^([\d*,/-]+ ){4}[\dA-Z*,/-]+$/, "five fields of cron, such as '0 7 * * 1-5'"),
        /** Time zone of the IANA database. @default UTC */
        timeZone: text(/^[A-Za-z_]+(\/[A-Za-z_]+)*$/, "a time zone, such as 'Europe/Berlin'").optional(),
        /** Fewest and most servers from then on. */
        min: whole(1, 100),
        max: whole(1, 100),
      }),
    )
    .optional(),
  /**
   * What is kept ready for a peak. 'warm-pool': stopped servers that are already set up, as many as the fleet may still grow by (`max` minus those
   * that run), so a peak waits only for their boot. Each costs its disk, about 1.80 USD a month, and some minutes of its class when it is
   * prepared. The idle group between releases has none, since its `max` is 0; during a release both groups have a pool. @default nothing
   */
  spare: z.strictObject({ kind: oneOf('warm-pool') }).optional(),
  /** Requests to `/api` from one address in 15 minutes, 1–1,000,000; above that the address gets 429. A whole office may share one address. The guide: 100. */
  requestsPer15Minutes: whole(1, 1_000_000),
  /** Other sites whose pages may call `/api` with the visitor's cookies, such as 'https://admin.example.com'. @default none */
  corsOrigins: z.array(origin()).optional(),
});

/** Servers that scaling by CPU has running while `peak` of them are kept busy: as many as bring them below `upAboveCpu`. */
export const serversAtPeak = ({
  peak = 0,
  max,
  upAboveCpu,
}: {
  readonly peak?: number;
  readonly max: number;
  readonly upAboveCpu: number;
}) => Math.min(max, Math.ceil((100 * peak) / upAboveCpu));

/** Of `count` that stand evenly in `zones`, the most that one zone takes along. */
export const lostWithZone = (count: number, zones: number) => Math.ceil(count / zones);

export const workersSchema = z.strictObject({
  /** Jobs that one worker does at once, 1–99; each holds a connection to the database. A change replaces the servers. */
  jobsAtOnce: whole(1, 99),
  /**
   * Separate servers for the jobs. Without them each server of the fleet runs a worker beside its backends. That costs nothing, but jobs take
   * CPU from requests, and there are as many workers as servers. May change at any time; jobs wait meanwhile. @default none
   */
  group: z
    .strictObject({
      /** EC2 instance class, arm64. A change replaces the servers one by one. t4g.small is about 13 USD a month each. */
      instanceClass: z
        .string()
        .refine(isFleetClass, { error: "an arm64 instance class, such as 't4g.small' or 'm7g.large'" }),
      /** Fewest servers, 1–100, always billed. With only one, after the loss of its zone jobs wait some minutes for a new one. */
      min: whole(1, 100),
      /** Most servers, 1–100: the ceiling of the bill. */
      max: whole(1, 100),
      /**
       * Waiting jobs per server, 1–100,000. Above that, servers are added after 3 minutes; a tenth below it, they are removed after 15. Use the
       * number of jobs that one server does in the time that a job may wait.
       */
      backlog: whole(1, 100_000),
    })
    .optional(),
});

export const mailSchema = z.strictObject({
  /**
   * Sender's address. It, or its domain, must be verified in SES in the primary region (and in the second one if `recovery.mode` has servers
   * there), and the account must have left SES's sandbox there. Otherwise mails are refused and become dead letters. About 0.10 USD a thousand.
   */
  from: z.email({ error: 'a mail address' }),
});

export const balancingSchema = z.strictObject({
  /** How the load balancer picks a server. 'least-outstanding' suits requests of uneven length. May change at any time. */
  algorithm: oneOf('round-robin', 'least-outstanding', 'weighted-random'),
  /**
   * Seconds that a visitor stays with one server, at most 7 days; 0 is never (sessions are shared, so nothing needs it). In a release a visitor
   * stays with the old or the new servers as long: a canary's percentage is then one of visitors, and a rollback waits until its servers are gone.
   */
  stickySeconds: whole(0, 604_800),
  /** Seconds that a stopping server has to finish its requests, 5–3600. Less than the longest request (20) cuts it off; each replacement waits this long. */
  drainSeconds: whole(5, 3600),
  /**
   * Seconds in which a new server's share of the requests grows to that of the others, 30–900; only with 'round-robin'. For an
   * application that stays slow after its first requests (`backend/warm-up.json`). Costs nothing. @default none: the full share at once
   */
  slowStartSeconds: whole(30, 900).optional(),
  /**
   * Fixed IP addresses, one per zone, under `static.` plus the site's name, for callers whose firewall allows listed addresses only. Needs
   * `edge.directAccess` 'failover', and an elastic IP per zone in addition to those of `network.natGateways` (an account has 5 until it asks for
   * more). About 18 USD a month, 4 for each address, and 0.006 USD a GB; a second region has its own. May change at any
   * time; turned off and on again, the addresses are different. @default false
   */
  staticAddresses: yesOrNo().optional(),
  /**
   * Zonal autoshift: AWS takes the load balancer out of a zone that it sees failing, and practises this for half an hour a week. It doesn't
   * practise while a critical alarm of the load balancer rings, and stops when one begins. Doing it by hand is always possible
   * (docs/on-call.md). Costs nothing; the zone's servers are idle meanwhile. @default false
   */
  autoshift: yesOrNo().optional(),
});
